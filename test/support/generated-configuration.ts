import { z } from 'zod'
import { schema } from '../../controllers/config.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

/** What of a JSON schema the configuration's schema uses. */
type Node = {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly const?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly oneOf?: readonly Node[]
}
type Row = readonly [key: string, type: string, byDefault: string, description: string]

export function configurationPage(): string {
  const rows = rowsOf('', z.toJSONSchema(schema, { io: 'input' }) as Node)
  return `${generatedNotice('the sections in controllers/config')}# Configuration

A YAML file, given by \`--config FILE\`. Every key may be left out unless its default is *required*. A key that is not in this table is an error, which
names the nearest one. Names in capitals stand for names that you choose.

${markdownTable(['key', 'type', 'default', 'what it is'], rows)}`
}

function rowsOf(path: string, node: Node): readonly Row[] {
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => rowsAt(join(path, key), child, required.has(key)))
}

function rowsAt(path: string, node: Node, required: boolean): readonly Row[] {
  const { additionalProperties: values, oneOf: variants, description = '' } = node
  if (node.properties !== undefined)
    return [...(description === '' ? [] : [row(path, 'object', '', description)]), ...rowsOf(path, node)]
  if (variants !== undefined)
    return [row(path, 'object', required ? '*required*' : '', description), ...variants.flatMap((one) => variantRows(path, one))]
  if (typeof values === 'object' && values.properties !== undefined)
    return [row(path, 'object by name', shown(node.default), description), ...rowsOf(`${path}.NAME`, values)]
  return [row(path, typeOf(node), required ? '*required*' : shown(node.default), description)]
}

/** One of several shapes, told apart by its constant. */
function variantRows(path: string, node: Node): readonly Row[] {
  const [name = '', tag] = Object.entries(node.properties ?? {}).find(([, child]) => child.const !== undefined) ?? []
  return rowsOf(path, node).map(([key, type, byDefault, what]) =>
    key === `\`${join(path, name)}\``
      ? row(join(path, name), type, byDefault, what)
      : [key, type, byDefault, `With \`${name}: ${tag?.const}\`: ${what}`],
  )
}

function row(path: string, type: string, byDefault: string, description: string): Row {
  return [`\`${path}\``, type, byDefault, description]
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function typeOf(node: Node): string {
  if (node.const !== undefined) return `\`${node.const}\``
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ')
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`
  if (node.type === 'object') return 'texts by name'
  if (node.type === 'integer') return 'whole number above 0'
  if (node.type === 'number') {
    const least = node.exclusiveMinimum === undefined ? `from ${node.minimum ?? 0}` : `above ${node.exclusiveMinimum}`
    return `number ${least}${node.maximum === undefined ? '' : ` to ${node.maximum}`}`
  }
  return 'text'
}

function shown(value: unknown): string {
  return value === undefined
    ? 'none'
    : value === ''
      ? 'empty'
      : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
