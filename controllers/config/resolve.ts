import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { type Environment, isServiceLink, unknownVariables } from './environment.ts'
import { type Origins, originsOf } from './origins.ts'
import { problemsOf } from './problems.ts'
import { readText } from './read-text.ts'
import { schemaNode } from './schema-node.ts'
import { type Setting, settingsIn } from './setting.ts'
import { readYaml } from './yaml.ts'

export type Given = {
  /** The text of a YAML file, and what to call it. */
  readonly text: string
  readonly source: string
  /** Whole sections in place of the file's. */
  readonly overrides?: Readonly<Record<string, unknown>>
  /** What the command line says, by key (`aws.region`). */
  readonly flags?: Readonly<Record<string, string>>
  readonly environment?: Environment
}

export type Resolved<T> = { readonly value: T; readonly origins: Origins }

/** Flags before variables before the file before defaults; checked and frozen. Throws ConfigError with every mistake there is. */
export function resolveConfig<T>(schema: z.ZodType<T>, given: Given): Resolved<T> {
  const { flags = {}, environment = {} } = given
  const root = schemaNode(schema)
  const settings = settingsIn(root)
  const yaml = readYaml(given.text, given.source)
  const read: Record<string, unknown> = { ...yaml.value, ...given.overrides }
  const fromFlags = new Map<string, { readonly name: string; readonly setting: Setting }>()
  const fromVariables = new Map<string, { readonly name: string; readonly setting: Setting }>()
  for (const setting of settings) {
    const flag = setting.flag === null ? undefined : flags[setting.key]
    const variable = isServiceLink(environment, setting.variable) ? undefined : environment[setting.variable]
    const text = flag ?? variable
    if (text === undefined || !put(read, setting.path, readText(setting.node, text))) continue
    if (flag !== undefined) fromFlags.set(setting.key, { name: setting.flag ?? '', setting })
    else fromVariables.set(setting.key, { name: setting.variable, setting })
  }
  const origins = originsOf(given.source, yaml, fromFlags, fromVariables)
  const result = schema.safeParse(read)
  const problems = [
    ...unknownVariables(environment, settings),
    ...(result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, { root, value: read, origins }))),
  ]
  if (!result.success || problems.length > 0) throw new ConfigError('the configuration', problems)
  return { value: frozen(result.data), origins }
}

/** False where something above it is no object: the schema says so. */
function put(into: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    into[first] = value
    return true
  }
  const below = into[first] ?? {}
  if (typeof below !== 'object' || Array.isArray(below)) return false
  // A copy: what was given stays as it was.
  const copy: Record<string, unknown> = { ...below }
  into[first] = copy
  return put(copy, rest, value)
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
