import { type Change, change, type ObjectRef, type Shape, sameObject } from '../shared/change.ts'
import type { DnsFacts, ServingFact, Until } from '../shared/facts.ts'
import { covers } from '../shared/hosts.ts'
import { isUnknown, unknown, WORLD } from '../shared/known.ts'
import { canonicalJson } from '../shared/names.ts'
import type { Built, DnsUp, PlanContext } from '../shared/planner.ts'
import type { DnsIntent } from './intent.ts'
import type { DnsObserved, RecordSet } from './observed.ts'
import { ownedRecord } from './owned.ts'
import { type Placement, place } from './placement.ts'
import { pointingFacts } from './pointing.ts'
import { recordReason } from './policies.ts'
import { recordName } from './record-name.ts'
import { objectOf, REGISTRY_TTL, type RecordType, registryName, registryValue } from './registry.ts'
import { removals } from './retire.ts'
import { batchOf, RECORD_SET, recordShape } from './shapes.ts'

/** Records for every host that something serves, each with its proof of ownership. */
export function buildDns(context: PlanContext, intent: DnsIntent, observed: DnsObserved, up: DnsUp): Built<DnsFacts> {
  const { placements, leaving } = decided(context, intent, observed, up)
  const changes = placements.flatMap((placement) =>
    placement.kind === 'placed' ? placement.types.flatMap((type) => recordChange(context, observed, up, placement, type)) : [],
  )
  return {
    changes,
    findings: placements.flatMap((placement) => (placement.kind === 'blocked' ? [placement.finding] : [])),
    facts: { pointing: pointingFacts(context, intent, observed, [...changes, ...leaving], up.loadbalancers.answering ?? []) },
  }
}

type Decided = { readonly placements: readonly Placement[]; readonly leaving: readonly Change[] }
const decisions = new WeakMap<DnsUp, Decided & { readonly of: readonly unknown[] }>()

/** Where records go and which leave. `build` and `retire` of one composition ask the same, of the same arguments: worked out once. */
export function decided(context: PlanContext, intent: DnsIntent, observed: DnsObserved, up: DnsUp): Decided {
  const of = [context, intent, observed]
  const known = decisions.get(up)
  if (known?.of.every((item, index) => item === of[index])) return known
  const placements = up.loadbalancers.serving.map((fact) => place(context, intent, observed, fact))
  const made = { placements, leaving: removals(context, observed, placements), of }
  decisions.set(up, made)
  return made
}

function recordChange(
  context: PlanContext,
  observed: DnsObserved,
  up: DnsUp,
  { fact, zone }: Extract<Placement, { kind: 'placed' }>,
  type: RecordType,
): readonly Change[] {
  const { txtOwner, account } = context.settings
  const records = zone === null ? [] : (observed.records[zone.id] ?? [])
  const existing = ownedRecord(records, fact.host, type, txtOwner)
  const zoneId = zone?.id ?? unknown(WORLD, 'HostedZoneId')
  const registry = registrySet(txtOwner, fact, type)
  const after: Shape = {
    ...recordShape(zoneId, fact.host, type, null, [registry]),
    AliasTarget: {
      HostedZoneId: fact.zoneId,
      DNSName: isUnknown(fact.dnsName) ? fact.dnsName : recordName(fact.dnsName),
      // An alias to a load balancer follows its health; what is not healthy is not answered where there is a choice.
      EvaluateTargetHealth: true,
    },
  }
  const covered = coveredFrom(up, fact)
  const before = existing === null ? null : recordShape(zoneId, fact.host, type, existing.record, existing.registry)
  if (before !== null && canonicalJson(before) === canonicalJson(after)) return []
  return [
    change({
      controller: 'dns',
      action: existing?.record ? 'update' : 'create',
      type: RECORD_SET,
      target: `${fact.host} ${type}`,
      ...(zone?.private === true ? { detail: zone.id } : {}),
      account,
      region: 'us-east-1',
      object: fact.object,
      ...takenFrom(existing?.record == null ? null : objectOf(existing.resource), fact.object),
      before,
      after,
      reason: recordReason({ host: fact.host, object: fact.object, existing, after, registry }),
      needs: [...fact.publishable.needs, ...covered.needs],
      waits: [...fact.publishable.waits, ...covered.waits],
      calls: ['ChangeResourceRecordSets'],
      batch: zone === null ? null : batchOf(observed, zone.id, fact.host),
    }),
  ]
}

/** A record moves between objects as one update: nobody finds nothing in between, and it is the first one's to lose. */
function takenFrom(holder: ObjectRef | null, object: ObjectRef): { readonly from?: ObjectRef } {
  return holder === null || holder.kind !== 'Ingress' || sameObject(holder, object) ? {} : { from: holder }
}

/** A certificate that is on the listener already, but is still to be issued again for the host: nobody is sent there before. */
function coveredFrom(up: DnsUp, { host, certificateArn }: ServingFact): Until {
  const used = up.certificates.current
  const ready = used
    .filter((item) => item.arn === certificateArn && item.hosts.some((name) => covers(name, host)))
    .flatMap((item) => item.ready ?? [])
  return { needs: ready.flatMap((until) => until.needs), waits: ready.flatMap((until) => until.waits) }
}

function registrySet(owner: string, fact: ServingFact, type: RecordType): RecordSet {
  return {
    name: registryName(fact.host, type),
    type: 'TXT',
    ttl: REGISTRY_TTL,
    values: [registryValue(owner, fact.object)],
    alias: null,
    healthCheckId: null,
    setIdentifier: null,
  }
}
