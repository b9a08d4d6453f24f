/** A value that only the world can tell: the `field` of what the change with the id `change` will have made. */
export type Unknown = { readonly unknown: { readonly change: string; readonly field: string } }

/** In place of a change's id: what nobody here could look up (an offline plan), such as which subnets there are. */
export const WORLD = 'world'

/** A value that may not exist in the world yet. */
export type Known<T> = T | Unknown

/** A reference to a field of a change that has not been applied yet. */
export function unknown(change: string, field: string): Unknown {
  return { unknown: { change, field } }
}

/** Whether a value still waits for a change to be applied. */
export function isUnknown(value: unknown): value is Unknown {
  if (typeof value !== 'object' || value === null || !('unknown' in value)) return false
  const inner = value.unknown
  return typeof inner === 'object' && inner !== null && 'change' in inner && 'field' in inner
}

/** The ids of the changes whose outcome a value contains, however deep, each once, in order of appearance. */
export function unknownsIn(value: unknown): readonly string[] {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    if (isUnknown(part)) found.add(part.unknown.change)
    else if (Array.isArray(part)) for (const item of part) visit(item)
    else if (typeof part === 'object' && part !== null) for (const item of Object.values(part)) visit(item)
  }
  visit(value)
  return [...found]
}
