import type { KubeObject } from '../shared/objects.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Who changed an object last, and when: kept of managedFields for the audit when the rest is dropped. */
export type LastChange = { readonly manager: string; readonly operation: string; readonly time: string }

const lastChanges = new WeakMap<KubeObject, LastChange>()

/** Of a trimmed object: the newest entry its managedFields had. */
export function lastChange(object: KubeObject): LastChange | null {
  return lastChanges.get(object) ?? null
}

/** The object without what nobody here reads and what makes up most of its size, frozen. */
export function trimObject<T extends KubeObject>(object: T): T {
  // Everything that comes out of here is frozen; nothing else is.
  if (Object.isFrozen(object)) return object
  const { managedFields, annotations, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown }
  const kept =
    annotations === undefined
      ? undefined
      : Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED))
  const trimmed = { ...object, metadata: kept === undefined ? metadata : { ...metadata, annotations: kept } } as T
  const newest = newestOf(managedFields)
  if (newest !== null) lastChanges.set(trimmed, newest)
  return freeze(trimmed)
}

function newestOf(managedFields: unknown): LastChange | null {
  let newest: LastChange | null = null
  for (const entry of Array.isArray(managedFields) ? managedFields : []) {
    const { manager, operation, time } = entry as Partial<LastChange>
    if (typeof manager !== 'string' || typeof time !== 'string') continue
    // RFC 3339 in UTC, to the second: text order is time order.
    if (newest === null || time >= newest.time) newest = { manager, operation: String(operation ?? ''), time }
  }
  return newest
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
