import { objectKey } from '../shared/objects.ts'
import type { RecordSet } from './observed.ts'
import { type Ownership, objectOf, parseRegistryValue, type RecordType, registryHost, registryNames } from './registry.ts'

/** One record that the registry says is ours, or a registry entry whose record is gone. */
export type OwnedRecord = {
  readonly host: string
  readonly type: RecordType
  readonly resource: string | null
  readonly record: RecordSet | null
  /** Its registry entries, of whatever generation. */
  readonly registry: readonly RecordSet[]
}

const indexes = new WeakMap<readonly RecordSet[], ReadonlyMap<string, readonly RecordSet[]>>()
type Filed = { readonly all: readonly OwnedRecord[]; readonly byObject: ReadonlyMap<string, readonly OwnedRecord[]> }
const ownedByOwner = new WeakMap<readonly RecordSet[], Map<string, Filed>>()
const ownerships = new WeakMap<RecordSet, readonly Ownership[]>()

/**
 * What a set says as a registry entry; nothing if it is none. As in external-dns its first value makes it one; if others name
 * owners, too, the set is theirs as well. Read once per set.
 */
function ownershipsOf(set: RecordSet): readonly Ownership[] {
  if (set.type !== 'TXT') return []
  const known = ownerships.get(set)
  if (known !== undefined) return known
  const [first, ...others] = set.values
  const one = parseRegistryValue(first)
  const all = one === null ? [] : [one, ...others.flatMap((value) => parseRegistryValue(value) ?? [])]
  ownerships.set(set, all)
  return all
}

/** The sets at a name. Indexed once per array, since arrays are never changed in place. */
export function recordsAt(records: readonly RecordSet[], name: string): readonly RecordSet[] {
  let index = indexes.get(records)
  if (index === undefined) {
    const byName = new Map<string, RecordSet[]>()
    for (const record of records) {
      const there = byName.get(record.name)
      if (there === undefined) byName.set(record.name, [record])
      else there.push(record)
    }
    index = byName
    indexes.set(records, index)
  }
  return index.get(name) ?? []
}

/** The registry entries that speak of a record, with what they say. */
export function registryOf(
  records: readonly RecordSet[],
  host: string,
  type: RecordType,
): readonly { readonly set: RecordSet; readonly ownership: Ownership }[] {
  return registryNames(host, type).flatMap((name) =>
    recordsAt(records, name).flatMap((set) => ownershipsOf(set).map((ownership) => ({ set, ownership }))),
  )
}

/** Everything in a zone that the registry proves to be `owner`'s, and nobody else's. */
export function ownedIn(records: readonly RecordSet[], owner: string): readonly OwnedRecord[] {
  return filedIn(records, owner).all
}

/** Those of one Ingress, `namespace/name`. */
export function ownedBy(records: readonly RecordSet[], owner: string, ingress: string): readonly OwnedRecord[] {
  return filedIn(records, owner).byObject.get(ingress) ?? []
}

function filedIn(records: readonly RecordSet[], owner: string): Filed {
  const known = ownedByOwner.get(records)?.get(owner)
  if (known !== undefined) return known
  const found = new Map<string, OwnedRecord>()
  for (const set of records) {
    if (ownershipsOf(set)[0]?.owner !== owner) continue
    const about = registryHost(set.name)
    if (about === null || found.has(`${about.host} ${about.type}`)) continue
    const owned = ownedRecord(records, about.host, about.type, owner)
    if (owned !== null) found.set(`${about.host} ${about.type}`, owned)
  }
  const filed = { all: [...found.values()], byObject: byIngress(found.values()) }
  const perOwner = ownedByOwner.get(records) ?? new Map<string, Filed>()
  ownedByOwner.set(records, perOwner.set(owner, filed))
  return filed
}

function byIngress(owned: Iterable<OwnedRecord>): ReadonlyMap<string, readonly OwnedRecord[]> {
  const filed = new Map<string, OwnedRecord[]>()
  for (const item of owned) {
    const object = objectOf(item.resource)
    if (object === null || object.kind !== 'Ingress') continue
    const there = filed.get(objectKey(object))
    if (there === undefined) filed.set(objectKey(object), [item])
    else there.push(item)
  }
  return filed
}

/** A record as ours; null if the registry does not say so, or says that somebody else has a part in it. */
export function ownedRecord(records: readonly RecordSet[], host: string, type: RecordType, owner: string): OwnedRecord | null {
  const entries = registryOf(records, host, type)
  if (entries.length === 0 || entries.some((entry) => entry.ownership.owner !== owner || entry.set.setIdentifier !== null))
    return null
  const at = recordsAt(records, host)
  // An entry `cname-HOST` beside a CNAME speaks of that CNAME, which is nothing we write.
  if (at.some((record) => record.type === 'CNAME')) return null
  const sets = at.filter((record) => record.type === type)
  if (sets.some((record) => record.setIdentifier !== null)) return null
  return {
    host,
    type,
    resource: entries[0]?.ownership.resource ?? null,
    record: sets[0] ?? null,
    registry: [...new Set(entries.map((entry) => entry.set))],
  }
}
