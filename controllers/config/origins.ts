import type { Setting } from './setting.ts'
import type { Yaml } from './yaml.ts'

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'flag' | 'variable'; readonly name: string; readonly setting: Setting }
  | { readonly kind: 'file'; readonly name: string; readonly line: number }
  | { readonly kind: 'default' }

export type Origins = {
  /** Of the value at a path. */
  of(path: readonly PropertyKey[]): Origin
  /** Where a mistake at a path is to be mended: the nearest place above it, if it is nowhere itself. */
  near(path: readonly PropertyKey[]): Origin
}

type Given = { readonly name: string; readonly setting: Setting }

/** `flags` and `variables` are those that counted, by key. */
export function originsOf(
  source: string,
  yaml: Yaml,
  flags: ReadonlyMap<string, Given>,
  variables: ReadonlyMap<string, Given>,
): Origins {
  const given = (path: readonly PropertyKey[]): Origin | null => {
    for (let length = path.length; length > 0; length--) {
      const key = path.slice(0, length).join('.')
      const flag = flags.get(key)
      if (flag !== undefined) return { kind: 'flag', ...flag }
      const variable = variables.get(key)
      if (variable !== undefined) return { kind: 'variable', ...variable }
    }
    return null
  }
  const find = (path: readonly PropertyKey[], nearby: boolean): Origin => {
    const found = given(path)
    if (found !== null) return found
    const line = yaml.lineOf(path)
    return line !== null && (line.exact || nearby) ? { kind: 'file', name: source, line: line.line } : { kind: 'default' }
  }
  return { of: (path) => find(path, false), near: (path) => find(path, true) }
}

export function originText(origin: Origin): string {
  if (origin.kind === 'default') return 'default'
  return origin.kind === 'file' ? `${origin.name}:${origin.line}` : origin.name
}
