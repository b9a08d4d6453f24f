import type { Change, Wait } from '../shared/change.ts'
import type { AnsweringFact, RecordFact, Until } from '../shared/facts.ts'
import { isUnknown } from '../shared/known.ts'
import { leavingIn } from '../shared/members.ts'
import type { Ingress } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import { type DnsIntent, hostsOf } from './intent.ts'
import type { DnsObserved, PendingChange, RecordSet } from './observed.ts'
import { ownedIn, ownedRecord } from './owned.ts'
import { recordName } from './record-name.ts'
import type { RecordType } from './registry.ts'
import { recordSetsIn } from './shapes.ts'

/**
 * Every record of ours, of the types given, that points at something, or did until lately, and what must happen before nobody is sent there any more:
 * its change is made, Route 53 says INSYNC, and the TTL that resolvers hold it for has passed.
 */
export function pointingFacts(
  context: PlanContext,
  intent: DnsIntent,
  observed: DnsObserved,
  changes: readonly Change[],
  answering: readonly AnsweringFact[],
  types: readonly RecordType[],
): readonly RecordFact[] {
  const { txtOwner } = context.settings
  const zones = (observed.zones ?? []).map(({ id }) => ({ id, records: observed.records[id] ?? [] }))
  const facts = new Map<string, RecordFact>()
  for (const { records } of zones) for (const [key, fact] of standingIn(records, txtOwner, types)) facts.set(key, fact)
  const moves = movesIn(changes)
  for (const [key, fact] of moved(context, zones, moves, types)) facts.set(key, fact)
  const left = observed.pending.filter((pending) => types.some((type) => type === pending.type))
  for (const pending of left) {
    const waits = waitsFor(context, pending)
    if (waits.length > 0) add(facts, { host: pending.host, dnsName: pending.dnsName, gone: { needs: [], waits } })
  }
  for (const fact of forgotten(context, intent, { ...observed, pending: left }, answering))
    if (!facts.has(`${fact.host} ${fact.dnsName}`)) add(facts, fact)
  return [...facts.values()]
}

type Facts = Map<string, RecordFact>
type ZoneRecords = { readonly id: string; readonly records: readonly RecordSet[] }

function add(facts: Facts, fact: RecordFact): void {
  const key = `${fact.host} ${fact.dnsName}`
  const there = facts.get(key)
  facts.set(key, there === undefined ? fact : { ...fact, gone: both(there.gone, fact.gone) })
}

const standing = new WeakMap<readonly RecordSet[], Map<string, ReadonlyMap<string, RecordFact>>>()

/** What the records of a zone point at while no plan moves them. Once per array, since arrays are never changed in place. */
function standingIn(records: readonly RecordSet[], owner: string, types: readonly RecordType[]): ReadonlyMap<string, RecordFact> {
  const key = `${types.join()} ${owner}`
  const known = standing.get(records)?.get(key)
  if (known !== undefined) return known
  const facts: Facts = new Map()
  for (const { host, type, record } of ownedIn(records, owner)) {
    const dnsName = record?.alias?.dnsName
    if (dnsName !== undefined && types.includes(type)) facts.set(`${host} ${dnsName}`, { host, dnsName, gone: null })
  }
  standing.set(records, (standing.get(records) ?? new Map()).set(key, facts))
  return facts
}

/** The facts of the hosts that a plan moves: a host goes from somewhere when its last record of any zone and type does. */
function moved(
  context: PlanContext,
  zones: readonly ZoneRecords[],
  moves: ReadonlyMap<string, string>,
  types: readonly RecordType[],
): Facts {
  const facts: Facts = new Map()
  for (const host of new Set([...moves.keys()].map((key) => key.split(' ')[1] ?? '')))
    for (const { id, records } of zones)
      for (const type of types) {
        const dnsName = ownedRecord(records, host, type, context.settings.txtOwner)?.record?.alias?.dnsName
        if (dnsName === undefined) continue
        const move = moves.get(`${id} ${host} ${type}`)
        add(facts, { host, dnsName, gone: move === undefined ? null : { needs: [move], waits: fullWait(context, host) } })
      }
  return facts
}

/** Which records, by zone, name and type, a plan takes away from where they point: the id of the change. */
function movesIn(changes: readonly Change[]): ReadonlyMap<string, string> {
  const moves = new Map<string, string>()
  for (const item of changes) {
    const before = recordSetsIn(item.before)[0]?.alias?.dnsName
    const target = (item.after?.AliasTarget as { DNSName?: unknown } | undefined)?.DNSName
    const stays = typeof target === 'string' && recordName(target) === before
    if (before === undefined || (stays && !isUnknown(target))) continue
    moves.set(`${String(item.before?.HostedZoneId)} ${String(item.before?.Name)} ${String(item.before?.Type)}`, item.id)
  }
  return moves
}

function fullWait(context: PlanContext, host: string): readonly Wait[] {
  const { propagationSeconds, aliasTtlSeconds, ttlMarginSeconds } = context.settings.waits
  return [
    { kind: 'record-insync', of: host, seconds: propagationSeconds },
    { kind: 'ttl-passed', of: host, seconds: aliasTtlSeconds + ttlMarginSeconds },
  ]
}

/** What is left to wait for after a change; nothing when its time is over. */
export function waitsFor(context: PlanContext, pending: PendingChange): readonly Wait[] {
  const { propagationSeconds, aliasTtlSeconds, ttlMarginSeconds } = context.settings.waits
  // Without the change's id GetChange cannot tell: the time Route 53 promises is assumed.
  const assumed = pending.changeId === null ? pending.submittedAt + propagationSeconds * 1000 : null
  const insync = pending.insyncAt ?? assumed
  if (insync === null || context.now < insync) return fullWait(context, pending.host)
  const left = insync + (aliasTtlSeconds + ttlMarginSeconds) * 1000 - context.now
  return left > 0 ? [{ kind: 'ttl-passed', of: pending.host, seconds: Math.ceil(left / 1000) }] : []
}

/**
 * What was moved or removed before this memory begins was recorded nowhere. What still answers for a host that points elsewhere
 * now, or nowhere, may have had its record until just before: the full wait starts when the memory begins. That is every
 * rule of a load balancer; and for an object that is leaving the load balancer that its status names.
 */
function forgotten(
  context: PlanContext,
  intent: DnsIntent,
  observed: DnsObserved,
  answering: readonly AnsweringFact[],
): readonly RecordFact[] {
  if (observed.zones === null) return []
  const left = intent.formerHosts.length === 0 ? [] : leavingIn(context.view, context.unit).flatMap(statusOf)
  return [...left, ...answering].flatMap((item): readonly RecordFact[] => {
    const { host } = item
    const dnsName = recordName(item.dnsName)
    // When it left there is known.
    if (observed.pending.some((pending) => pending.host === host && pending.dnsName === dnsName)) return []
    const since = { host, type: 'A', zoneId: '', dnsName, changeId: null, submittedAt: observed.since, insyncAt: null }
    const waits = waitsFor(context, since)
    return waits.length === 0 ? [] : [{ host, dnsName, gone: { needs: [], waits } }]
  })
}

function statusOf(ingress: Ingress): readonly AnsweringFact[] {
  return (ingress.status?.loadBalancer?.ingress ?? []).flatMap(({ hostname = '' }) =>
    hostname === '' ? [] : hostsOf(ingress).map((host) => ({ host, dnsName: hostname })),
  )
}

/** Both must be over; if one has no end, there is none. */
function both(a: Until | null, b: Until | null): Until | null {
  if (a === null || b === null) return null
  const waits = [...a.waits, ...b.waits]
  return {
    needs: [...new Set([...a.needs, ...b.needs])],
    waits: waits.filter((wait, index) => waits.findIndex((other) => other.kind === wait.kind && other.of === wait.of) === index),
  }
}
