import { hash } from 'node:crypto'

/** Hex of SHA-256 over the parts, each separated so that no two lists of parts collide. */
export function hashOf(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts))
}

/** JSON with sorted keys and without undefined: equal shapes give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, item]) => item !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : part,
  )
}

/**
 * A name for an AWS resource: readable parts, then a hash of everything immutable, so that a replacement has another name.
 * Letters, digits and hyphens only, at most `limit` characters (32 for load balancers and target groups).
 */
export function resourceName(parts: readonly string[], immutable: readonly string[], limit = 32): string {
  const hash = hashOf(...parts, ...immutable).slice(0, 10)
  const room = limit - hash.length - 1 - 'fl-'.length
  const readable = parts.map((part) =>
    part
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, ''),
  )
  const each = Math.max(1, Math.floor((room - (readable.length - 1)) / readable.length))
  return `fl-${readable.map((part) => part.slice(0, each)).join('-')}-${hash}`.replace(/-{2,}/g, '-')
}

export const TAG_CLUSTER = 'fairlead.dev/cluster'
export const TAG_OBJECT = 'fairlead.dev/object'
export const TAG_SLOT = 'fairlead.dev/slot'
/** ISO time before which a resource that is on its way out must stay; written before its record moves. */
export const TAG_RETIRE_AFTER = 'fairlead.dev/retire-after'
/** On a hosted zone, with the cluster id or the TXT owner behind it: who lives under that name, see `heartbeat.ts`. */
export const TAG_OWNER = 'fairlead.dev/owner'
export const TAG_TXT_OWNER = 'fairlead.dev/txt-owner'

/** AWS allows 256 characters in a tag value; longer ones are cut and end in `=` and a hash of the whole. */
export function tagValue(value: string): string {
  return value.length <= 256 ? value : `${value.slice(0, 223)}=${hashOf(value).slice(0, 32)}`
}

export type Tags = Readonly<Record<string, string>>

/** The three tags that prove a resource ours. `slot` is `UNIT:REST`, see `slotUnit`. */
export function ownershipTags(clusterId: string, object: { kind: string; namespace: string; name: string }, slot: string): Tags {
  return {
    [TAG_CLUSTER]: tagValue(clusterId),
    [TAG_OBJECT]: tagValue(`${object.kind}/${object.namespace}/${object.name}`),
    [TAG_SLOT]: tagValue(slot),
  }
}

/** A slot: the unit's key and what the resource is within the unit, by content. */
export function slotName(unitKey: string, rest: string): string {
  return `${unitKey}:${rest}`
}

/** The key of the unit a slot belongs to; null if it is not one of our slots. */
export function slotUnit(slot: string): string | null {
  const cut = slot.indexOf(':')
  return cut > 0 ? slot.slice(0, cut) : null
}

/** Whether tags prove that a resource belongs to this cluster. The only place that decides it. */
export function isOurs(tags: Tags, clusterId: string): boolean {
  return tags[TAG_CLUSTER] === tagValue(clusterId) && tags[TAG_SLOT] !== undefined
}
