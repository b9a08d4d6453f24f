import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'

export type Yaml = {
  readonly value: Readonly<Record<string, unknown>>
  /** The line a path stands in, or what is nearest above it; null if the file does not have it at all. */
  lineOf(path: readonly PropertyKey[]): { readonly line: number; readonly exact: boolean } | null
}

/** Reads a configuration file. Throws ConfigError. */
export function readYaml(text: string, source: string): Yaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0)
    throw new ConfigError(
      source,
      document.errors.map((error) => `${source}: ${error.message.split('\n')[0] ?? error.message}`),
    )
  const value: unknown = document.toJS() ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(source, [`${source} is ${Array.isArray(value) ? 'a list' : 'a text'}; expected keys and their values`])
  return {
    value: value as Readonly<Record<string, unknown>>,
    lineOf(path) {
      let node: unknown = document.contents
      let line: number | null = null
      for (const [index, key] of path.entries()) {
        const found = isMap(node)
          ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key))
          : null
        const start = (found?.key as Node | undefined)?.range?.[0]
        if (found === null || found === undefined || start === undefined) {
          // The items of a list stand where the list does.
          return line === null ? null : { line, exact: !isMap(node) && index > 0 }
        }
        line = lines.linePos(start).line
        node = found.value
      }
      return line === null ? null : { line, exact: true }
    },
  }
}
