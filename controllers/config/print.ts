import { Document, isMap, isScalar } from 'yaml'
import { scrubText } from '../shared/scrub.ts'
import { type Origins, originText } from './origins.ts'

/** What `fairlead config print` shows. As YAML it can be loaded again and gives the same configuration, but for secrets. */
export function printConfig(config: object, format: 'yaml' | 'json', origins: Origins | null): string {
  const plain = withoutSecrets(config) as Readonly<Record<string, unknown>>
  if (format === 'json') {
    const sources =
      origins === null ? null : Object.fromEntries(leaves(plain).map((path) => [path.join('.'), originText(origins.of(path))]))
    return JSON.stringify(sources === null ? plain : { config: plain, sources }, null, 2)
  }
  const document = new Document(plain)
  if (origins !== null) comment(document.contents, [], origins)
  return document.toString({ lineWidth: 0 }).trimEnd()
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value !== 'object' || value === null) return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  if (Array.isArray(value)) return value.map(withoutSecrets)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([key, part]) => [key, withoutSecrets(part)]),
  )
}

/** The paths of everything that is no object: a list is one value. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  return entries.length === 0 ? [path] : entries.flatMap(([key, part]) => leaves(part, [...path, key]))
}

/** Behind a value that stands on the key's line; above the key of one that may not. */
function comment(map: unknown, path: readonly string[], origins: Origins): void {
  if (!isMap(map)) return
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue
    const at = [...path, String(key.value)]
    const text = ` ${originText(origins.of(at))}`
    if (isScalar(value)) value.comment = text
    else if (isMap(value) && value.items.length > 0) comment(value, at, origins)
    else key.commentBefore = text
  }
}
