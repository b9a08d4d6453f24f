import { z } from 'zod'

/** What of a JSON schema the sections use. Flags, variables, messages and the documentation are all made from it. */
export type SchemaNode = {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly const?: string
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly minItems?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaNode | boolean
  readonly propertyNames?: SchemaNode
  readonly items?: SchemaNode
  readonly oneOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
  /** Of `secret()`: its value is shown nowhere. */
  readonly sensitive?: boolean
}

export function schemaNode(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode
}

export const variantsOf = (node: SchemaNode): readonly SchemaNode[] => node.oneOf ?? node.anyOf ?? [node]

/** The types that a value may have: `string`, `number`, `integer`, `boolean`, `array`, `object`. */
export function typesOf(node: SchemaNode): ReadonlySet<string> {
  return new Set(
    variantsOf(node).flatMap((one) =>
      one === node ? [node.type ?? (typeof node.const === 'string' ? 'string' : [])].flat() : [...typesOf(one)],
    ),
  )
}

/** The values of an object whose keys are the user's own names, or null. */
export function valuesOf(node: SchemaNode): SchemaNode | null {
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : null
}

/** All that may stand at a path. */
export function nodesAt(root: SchemaNode, path: readonly PropertyKey[]): readonly SchemaNode[] {
  let nodes: readonly SchemaNode[] = variantsOf(root)
  for (const key of path)
    nodes = nodes
      .flatMap((node) => node.properties?.[String(key)] ?? valuesOf(node) ?? node.items ?? [])
      .flatMap((node) => variantsOf(node))
  return nodes
}

export function keysAt(root: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  return [...new Set(nodesAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})))]
}
