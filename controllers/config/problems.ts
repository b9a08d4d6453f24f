import type { z } from 'zod'
import { nearest } from '../shared/annotations.ts'
import { scrubText } from '../shared/scrub.ts'
import type { Origins } from './origins.ts'
import { keysAt, nodesAt, type SchemaNode } from './schema-node.ts'
import { typeText } from './type-text.ts'

type Read = { readonly root: SchemaNode; readonly value: unknown; readonly origins: Origins }
type Path = readonly PropertyKey[]

/** What is wrong, one line for each mistake: where it stands, what was read, and what would be right. */
export function problemsOf(issue: z.core.$ZodIssue, read: Read): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key], read))
  const found = valueAt(read.value, issue.path)
  if (issue.code === 'invalid_key') {
    const why = issue.issues[0]?.message ?? issue.message
    return [`${placeOf(issue.path, read.origins)} is not a name; expected ${why}`]
  }
  const nodes = nodesAt(read.root, issue.path)
  const is = found === undefined ? 'is missing' : `is ${shown(found, nodes)}`
  return [`${placeOf(issue.path, read.origins)} ${is}; expected ${expected(issue, nodes)}${suggestion(found, nodes)}`]
}

function unknownKey(path: Path, { root, origins }: Read): string {
  const above = path.slice(0, -1)
  const known = keysAt(root, above)
  const near = nearest(String(path.at(-1)), known)
  const hint = near === null ? `known here: ${known.join(', ')}` : `did you mean ${[...above, near].join('.')}?`
  return `${placeOf(path, origins)} is not a setting; ${hint}`
}

/** `fairlead.yaml:3: aws.share`, `FAIRLEAD_AWS_SHARE`, `FAIRLEAD_VAULTS: vaults.default.address`, `--aws-share`. */
function placeOf(path: Path, origins: Origins): string {
  const key = path.join('.')
  const origin = origins.near(path)
  if (origin.kind === 'file') return `${origin.name}:${origin.line}: ${key}`
  if (origin.kind === 'default') return key
  return origin.setting.key === key ? origin.name : `${origin.name}: ${key}`
}

/** Words of a section's own say what would be right; the library's say only what is wrong. */
function expected(issue: z.core.$ZodIssue, nodes: readonly SchemaNode[]): string {
  if (!/^(Invalid|Too (big|small)|Unrecognized)\b/.test(issue.message)) return issue.message
  return [...new Set(nodes.map((node) => typeText(node)))].join(' or ') || issue.message
}

function suggestion(found: unknown, nodes: readonly SchemaNode[]): string {
  const words = nodes.flatMap((node) => node.enum ?? node.const ?? [])
  const near = typeof found === 'string' && !words.includes(found) ? nearest(found, words) : null
  return near === null ? '' : `; did you mean ${near}?`
}

const LONGEST = 120

/** What was read, but for secrets: none that is marked, none that looks like one, and no object whole. */
function shown(found: unknown, nodes: readonly SchemaNode[]): string {
  if (nodes.some((node) => node.sensitive)) return '[redacted]'
  if (Array.isArray(found)) return 'a list'
  if (typeof found === 'object' && found !== null) return 'an object'
  const text = JSON.stringify(found) ?? String(found)
  const safe = scrubText(text).replaceAll(/\/\/[^/@\s"]*@/g, '//[redacted]@')
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST)}…`
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  )
}
