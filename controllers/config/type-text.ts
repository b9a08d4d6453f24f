import { type SchemaNode, valuesOf, variantsOf } from './schema-node.ts'

/** What a value has to be, in words. `mark` goes around words that are to be written as they are. */
export function typeText(node: SchemaNode, mark = ''): string {
  const literal = (text: string) => `${mark}${text}${mark}`
  const variants = variantsOf(node)
  if (variants[0] !== node) return [...new Set(variants.map((one) => typeText(one, mark)))].join(' or ')
  if (node.const !== undefined) return literal(node.const)
  if (node.enum !== undefined) return node.enum.map(literal).join(', ')
  switch (node.type) {
    case 'boolean':
      return `${literal('true')} or ${literal('false')}`
    case 'array':
      return `list of ${node.items === undefined ? 'values' : typeText(node.items, mark)}`
    case 'object':
      return objectText(node)
    case 'integer':
    case 'number':
      return numberText(node)
    default:
      return textText(node)
  }
}

function objectText(node: SchemaNode): string {
  const values = valuesOf(node)
  if (values === null) return 'object'
  return values.type === 'string' ? 'texts by name' : 'object by name'
}

function numberText({ type, exclusiveMinimum, minimum, maximum }: SchemaNode): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
  const least =
    exclusiveMinimum === undefined
      ? minimum === undefined || minimum === Number.MIN_SAFE_INTEGER
        ? ''
        : ` from ${minimum}`
      : ` above ${exclusiveMinimum}`
  return `${type === 'integer' ? 'whole number' : 'number'}${least}${most}`
}

function textText({ format, minLength }: SchemaNode): string {
  if (format === 'uri') return 'URL'
  return minLength === undefined || minLength === 0
    ? 'text'
    : minLength === 1
      ? 'text, not empty'
      : `text of ${minLength} or more`
}
