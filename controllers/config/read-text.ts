import { type SchemaNode, typesOf, variantsOf } from './schema-node.ts'

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/**
 * The value that a flag or a variable stands for. A list is written with commas or as JSON, an object as JSON.
 * What cannot be read as what it should be stays a text, so that the schema refuses it and the message shows it as it was written.
 */
export function readText(node: SchemaNode, text: string): unknown {
  const types = typesOf(node)
  const written = text.trim()
  if ((types.has('object') && written.startsWith('{')) || (types.has('array') && written.startsWith('['))) return json(text)
  if (types.has('array')) {
    const items = variantsOf(node).find((one) => one.items !== undefined)?.items ?? {}
    return written === '' ? [] : written.split(',').map((item) => readText(items, item.trim()))
  }
  if ((types.has('number') || types.has('integer')) && NUMBER.test(written)) return Number(written)
  if (types.has('boolean') && (written === 'true' || written === 'false')) return written === 'true'
  return text
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
