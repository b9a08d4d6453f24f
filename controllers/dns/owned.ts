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

type Filed = { readonly all: Map<string, OwnedRecord>; readonly byObject: Map<string, readonly OwnedRecord[]> }
const indexes = new WeakMap<readonly RecordSet[], Map<string, readonly RecordSet[]>>()
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
  return indexOf(records).get(name) ?? []
}

function indexOf(records: readonly RecordSet[]): Map<string, readonly RecordSet[]> {
  const known = indexes.get(records)
  if (known !== undefined) return known
  const index = new Map<string, RecordSet[]>()
  for (const record of records) {
    const there = index.get(record.name)
    if (there === undefined) index.set(record.name, [record])
    else there.push(record)
  }
  indexes.set(records, index)
  return index
}

/**
 * A zone after a write differs from before at a few names: what was filed of it goes on to the new array, with those names filed anew. A zone
 * of ten thousand hosts takes a fifth of a second to file. Whoever still asks of the old array has it filed again.
 */
export function refile(before: readonly RecordSet[], after: readonly RecordSet[], names: ReadonlySet<string>): void {
  const index = indexes.get(before)
  if (index === undefined) return
  indexes.delete(before)
  for (const name of names) index.delete(name)
  for (const record of after) if (names.has(record.name)) index.set(record.name, [...(index.get(record.name) ?? []), record])
  indexes.set(after, index)
  const owners = ownedByOwner.get(before)
  if (owners === undefined) return
  ownedByOwner.delete(before)
  const about = new Set([...names].flatMap((name) => [name, registryHost(name)?.host ?? name]))
  for (const [owner, filed] of owners)
    for (const host of about)
      for (const type of ['A', 'AAAA'] as const) {
        const key = `${host} ${type}`
        const was = filed.all.get(key)
        if (was !== undefined) unfile(filed, key, was)
        const now = ownedRecord(after, host, type, owner)
        if (now !== null) file(filed, key, now)
      }
  ownedByOwner.set(after, owners)
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
  return [...filedIn(records, owner).all.values()]
}

/** Those of one Ingress, `namespace/name`. */
export function ownedBy(records: readonly RecordSet[], owner: string, ingress: string): readonly OwnedRecord[] {
  return filedIn(records, owner).byObject.get(ingress) ?? []
}

function filedIn(records: readonly RecordSet[], owner: string): Filed {
  const known = ownedByOwner.get(records)?.get(owner)
  if (known !== undefined) return known
  const filed: Filed = { all: new Map(), byObject: new Map() }
  for (const set of records) {
    if (ownershipsOf(set)[0]?.owner !== owner) continue
    const about = registryHost(set.name)
    if (about === null || filed.all.has(`${about.host} ${about.type}`)) continue
    const owned = ownedRecord(records, about.host, about.type, owner)
    if (owned !== null) file(filed, `${about.host} ${about.type}`, owned)
  }
  const perOwner = ownedByOwner.get(records) ?? new Map<string, Filed>()
  ownedByOwner.set(records, perOwner.set(owner, filed))
  return filed
}

function file({ all, byObject }: Filed, key: string, owned: OwnedRecord): void {
  all.set(key, owned)
  const ingress = ingressOf(owned)
  if (ingress !== null) byObject.set(ingress, [...(byObject.get(ingress) ?? []), owned].sort(byName))
}

/** Always the same order, whatever was filed anew: plans are compared. */
function byName(a: OwnedRecord, b: OwnedRecord): number {
  return a.host !== b.host ? (a.host < b.host ? -1 : 1) : a.type < b.type ? -1 : 1
}

function unfile({ all, byObject }: Filed, key: string, owned: OwnedRecord): void {
  all.delete(key)
  const ingress = ingressOf(owned)
  if (ingress === null) return
  const left = (byObject.get(ingress) ?? []).filter((item) => item !== owned)
  if (left.length === 0) byObject.delete(ingress)
  else byObject.set(ingress, left)
}

function ingressOf({ resource }: OwnedRecord): string | null {
  const object = objectOf(resource)
  return object?.kind === 'Ingress' ? objectKey(object) : null
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
