import type { Change, Wait } from '../shared/change.ts'
import type { RecordFact, Until } from '../shared/facts.ts'
import { isUnknown } from '../shared/known.ts'
import { leavingIn } from '../shared/members.ts'
import type { PlanContext } from '../shared/planner.ts'
import { type DnsIntent, hostsOf } from './intent.ts'
import type { DnsObserved, PendingChange } from './observed.ts'
import { ownedIn, recordsAt } from './owned.ts'
import { recordName } from './record-name.ts'
import { recordSetsIn } from './shapes.ts'

/**
 * Every record of ours that points at something, or did until lately, and what must happen before nobody is sent there any more:
 * its change is made, Route 53 says INSYNC, and the TTL that resolvers hold it for has passed.
 */
export function pointingFacts(
  context: PlanContext,
  intent: DnsIntent,
  observed: DnsObserved,
  changes: readonly Change[],
): readonly RecordFact[] {
  const facts = new Map<string, RecordFact>()
  const add = (fact: RecordFact): void => {
    const key = `${fact.host} ${fact.dnsName}`
    const there = facts.get(key)
    facts.set(key, there === undefined ? fact : { ...fact, gone: both(there.gone, fact.gone) })
  }
  const moves = movesIn(changes)
  for (const zone of observed.zones ?? []) {
    for (const owned of ownedIn(observed.records[zone.id] ?? [], context.settings.txtOwner)) {
      const dnsName = owned.record?.alias?.dnsName
      if (dnsName === undefined) continue
      const move = moves.get(`${zone.id} ${owned.host} ${owned.type}`)
      add({
        host: owned.host,
        dnsName,
        gone: move === undefined ? null : { needs: [move], waits: fullWait(context, owned.host) },
      })
    }
  }
  for (const pending of observed.pending) {
    const waits = waitsFor(context, pending)
    if (waits.length > 0) add({ host: pending.host, dnsName: pending.dnsName, gone: { needs: [], waits } })
  }
  for (const fact of forgotten(context, intent, observed)) if (!facts.has(`${fact.host} ${fact.dnsName}`)) add(fact)
  return [...facts.values()]
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
 * What was removed before this memory begins was recorded nowhere. For an object that is leaving, whose status still names a
 * load balancer while its host has no record, the full wait starts again when the memory begins.
 */
function forgotten(context: PlanContext, intent: DnsIntent, observed: DnsObserved): readonly RecordFact[] {
  if (intent.formerHosts.length === 0 || observed.zones === null) return []
  return leavingIn(context.view, context.unit).flatMap((ingress) =>
    (ingress.status?.loadBalancer?.ingress ?? []).flatMap(({ hostname }) => {
      if (hostname === undefined || hostname === '') return []
      return hostsOf(ingress).flatMap((host): readonly RecordFact[] => {
        const inZones = Object.values(observed.records).some((records) => recordsAt(records, host).length > 0)
        if (inZones || observed.pending.some((pending) => pending.host === host)) return []
        const dnsName = recordName(hostname)
        const since = { host, type: 'A', zoneId: '', dnsName, changeId: null, submittedAt: observed.since, insyncAt: null }
        const waits = waitsFor(context, since)
        return waits.length === 0 ? [] : [{ host, dnsName, gone: { needs: [], waits } }]
      })
    }),
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
