import { hostsOf } from '../dns/intent.ts'
import type { DnsObserved, RecordSet, Zone } from '../dns/observed.ts'
import { recordsAt, registryOf } from '../dns/owned.ts'
import { objectOf } from '../dns/registry.ts'
import { zoneFor } from '../dns/zones.ts'
import { annotation, FAIRLEAD, refOf } from '../shared/annotations.ts'
import { type Change, type ObjectRef, sameObject } from '../shared/change.ts'
import type { Composition } from '../shared/compose.ts'
import type { Finding } from '../shared/finding.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Stop } from './stops.ts'

/** An Ingress that asks for a host. `waiting`: nothing of its own answers for the host yet, or another of its unit has it. */
export type Wanting = {
  readonly object: ObjectRef
  readonly unit: string
  readonly standing: 'holds' | 'refused' | 'waiting' | 'leaving'
  readonly because: string | null
  readonly createdAt: string
}

export type HostRecord = RecordSet & {
  /** What the TXT registry says: ours, somebody else's, or nothing. */
  readonly owner: 'fairlead' | 'other' | 'none'
  readonly ownerName: string | null
  readonly object: ObjectRef | null
}

/** What `fairlead explain host -o json` prints: a contract. */
export type ExplainedHost = {
  readonly version: 1
  readonly kind: 'host'
  readonly host: string
  /** One sentence: whether it is served, and if not, why. */
  readonly says: string
  readonly served: boolean
  /** The wildcard that is explained instead, where nobody asks for the host itself. */
  readonly coveredBy: string | null
  readonly wantedBy: readonly Wanting[]
  readonly zone: Zone | null
  readonly records: readonly HostRecord[]
  /** When a change of its record was last sent, if that is known. */
  readonly submittedAt: string | null
  /** What is planned for its records. */
  readonly changes: readonly Change[]
  /** What is planned besides, where a change of its records is. */
  readonly before: readonly Change[]
  readonly findings: readonly Finding[]
  readonly stops: readonly Stop[]
}

export type HostUnit = { readonly composition: Composition; readonly context: PlanContext; readonly observed: DnsObserved }

/** The zone of a host and what is in it under its name. */
export function hostRecords(
  host: string,
  units: readonly HostUnit[],
  owner: string,
): { readonly zone: Zone | null; readonly records: readonly HostRecord[] } {
  const found = units.flatMap(({ composition, context, observed }) => {
    const { scheme = 'internet-facing', object } =
      composition.facts.loadbalancers.serving.find((item) => item.host === host) ?? {}
    const ingress = context.view.ingresses.find(
      (item) => hostsOf(item).includes(host) && (object === undefined || sameObject(refOf(item), object)),
    )
    const pin = ingress === undefined ? undefined : annotation(ingress, `${FAIRLEAD}zone`)
    const choice = zoneFor(host, scheme, pin ?? null, observed.zones ?? [])
    return choice.kind === 'zone' ? [{ zone: choice.zone, records: observed.records[choice.zone.id] ?? [] }] : []
  })
  const [first] = [...found].sort((a, b) => b.records.length - a.records.length)
  if (first === undefined) return { zone: null, records: [] }
  return {
    zone: first.zone,
    records: recordsAt(first.records, host)
      .filter(isAddress)
      .map((record) => owned(record, first.records, owner)),
  }
}

/** The objects that records of ours at a host were made for, in whatever zone. */
export function recordOwners(host: string, { records }: DnsObserved, owner: string): readonly ObjectRef[] {
  const entries = Object.values(records).flatMap((sets) =>
    (['A', 'AAAA'] as const).flatMap((type) => registryOf(sets, host, type)),
  )
  return entries.flatMap(({ ownership }) => (ownership.owner === owner ? (objectOf(ownership.resource) ?? []) : []))
}

function isAddress({ type }: RecordSet): boolean {
  return type === 'A' || type === 'AAAA' || type === 'CNAME'
}

function owned(record: RecordSet, records: readonly RecordSet[], owner: string): HostRecord {
  const entries = registryOf(records, record.name, record.type === 'AAAA' ? 'AAAA' : 'A')
  const entry = entries.find(({ ownership }) => ownership.owner !== owner) ?? entries[0]
  if (entry === undefined) return { ...record, owner: 'none', ownerName: null, object: null }
  const { ownership } = entry
  const whose = ownership.owner === owner ? 'fairlead' : 'other'
  return { ...record, owner: whose, ownerName: ownership.owner, object: objectOf(ownership.resource) }
}

type Told = Omit<ExplainedHost, 'says' | 'served'>

/** The one sentence that comes first. */
export function saysOf(told: Told): { readonly says: string; readonly served: boolean } {
  const { host, coveredBy, records, changes, wantedBy, zone } = told
  const name = coveredBy === null ? host : `${host}, which ${coveredBy} stands for,`
  const ours = records.filter((item) => item.owner === 'fairlead')
  const holder = wantedBy.find((item) => item.standing === 'holds')
  if (wantedBy.length === 0)
    return {
      served: false,
      says: `Nobody asks for ${name} any more; its record is still there${changes.length > 0 ? ' and is about to go' : ''}.`,
    }
  if (holder !== undefined && ours.length > 0 && changes.length === 0)
    return {
      served: true,
      says: `${name} is served: its record in zone ${zone?.name} points at ${target(ours)}, for Ingress ${keyOf(holder.object)}.`,
    }
  const state = ours.length > 0 ? `${name} has a record that is to change` : `${name} has no record of Fairlead’s`
  return { served: false, says: `${state}: ${reasonOf(told)}` }
}

function reasonOf({ wantedBy, findings, stops, changes, before, zone }: Told): string {
  const active = wantedBy.filter((item) => item.standing !== 'leaving')
  if (active.length === 0) return 'every Ingress that asks for it is being deleted.'
  const refusal = active.find((item) => item.because !== null)
  if (refusal !== undefined && active.every((item) => item.standing === 'refused')) return `${refusal.because}.`
  if (active.every((item) => item.standing === 'refused')) return 'its namespace may not have it.'
  const frozen = stops.find((stop) => stop.kind === 'freeze')
  if (frozen !== undefined) return `${frozen.message}.`
  const paused = stops.find((stop) => stop.kind === 'pause')
  if (paused !== undefined) return `${paused.message}.`
  const blocking = findings.find((item) => item.severity === 'blocking')
  if (blocking !== undefined) return `${blocking.message}.`
  const [change] = changes
  if (change !== undefined) {
    const waits = [...change.waits, ...before.filter((item) => item.needs.length === 0).flatMap((item) => item.waits)]
    const [wait] = waits
    if (wait !== undefined) return `it waits for ${wait.kind} of ${wait.of} (${wait.seconds} s at most).`
    if (before.length === 0) return 'the change is to be made next.'
    return `${before.length} other change${before.length === 1 ? '' : 's'} of its unit come first; next: ${before[0]!.reason}.`
  }
  const others = findings.find((item) => item.code === 'RecordsLeftToOthers')
  if (others !== undefined) return `${others.message}.`
  return zone === null ? 'it is in no hosted zone of the account.' : 'nothing answers for it yet.'
}

function target(records: readonly HostRecord[]): string {
  const [record] = records
  return record?.alias?.dnsName ?? record?.values.join(', ') ?? ''
}

export function keyOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`
}
