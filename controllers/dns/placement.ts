import { FAIRLEAD } from '../shared/annotations.ts'
import type { ServingFact } from '../shared/facts.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { objectKey } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import { tenancyOf } from '../shared/tenancy.ts'
import { unitKey } from '../shared/unit.ts'
import { filedClaims } from './claims.ts'
import type { DnsIntent } from './intent.ts'
import type { Claim, DnsObserved, Zone } from './observed.ts'
import { ownedRecord, recordsAt, registryOf } from './owned.ts'
import { objectOf, type RecordType, registryFault, registryName, resourceOf } from './registry.ts'
import { type ZoneChoice, zoneFor } from './zones.ts'

/** Where a served host's records go, or why they go nowhere. `zone` is null when nobody could look up the zones (an offline plan). */
export type Placement =
  | { readonly kind: 'placed'; readonly fact: ServingFact; readonly zone: Zone | null; readonly types: readonly RecordType[] }
  | { readonly kind: 'blocked'; readonly fact: ServingFact; readonly finding: Finding }
  | { readonly kind: 'left'; readonly fact: ServingFact }

export function place(context: PlanContext, intent: DnsIntent, observed: DnsObserved, fact: ServingFact): Placement {
  const wish = intent.wishes[objectKey(fact.object)]
  if (wish?.leftToOthers === true) return { kind: 'left', fact }
  if (tenancyOf(context).refusesRecord(fact.object, fact.host) && !hasRecord(context, observed, fact))
    return { kind: 'left', fact }
  const types: readonly RecordType[] = fact.ipAddressType === 'dualstack' ? ['A', 'AAAA'] : ['A']
  if (observed.zones === null) return { kind: 'placed', fact, zone: null, types }
  const choice = zoneFor(fact.host, fact.scheme, wish?.zone ?? null, observed.zones)
  if (choice.kind !== 'zone') return blocked(fact, zoneFinding(fact, choice, wish?.zone ?? null, observed.zones))
  const { zone } = choice
  const fault = registryFault(fact.host, types, zone)
  if (fault !== null)
    return blocked(
      fact,
      finding(
        fact,
        'OwnershipNotWritable',
        'a host whose ownership record DNS can hold',
        `Host ${fact.host} gets no record: ${fault}`,
      ),
    )
  const foreign = foreignFinding(context, observed, fact, zone) ?? takenNameFinding(observed, fact, zone, types)
  if (foreign !== null) return blocked(fact, foreign)
  const claimed = claimedFinding(context, observed, fact, zone)
  return claimed === null ? { kind: 'placed', fact, zone, types } : blocked(fact, claimed)
}

/** Its record is in place, as the registry proves. What the namespace may not have any more is not taken away. */
function hasRecord({ settings }: PlanContext, observed: DnsObserved, fact: ServingFact): boolean {
  const resource = resourceOf(fact.object)
  return Object.values(observed.records).some((records) =>
    (['A', 'AAAA'] as const).some((type) => {
      const owned = ownedRecord(records, fact.host, type, settings.txtOwner)
      return owned?.record != null && owned.resource === resource
    }),
  )
}

function blocked(fact: ServingFact, reason: Finding): Placement {
  return { kind: 'blocked', fact, finding: reason }
}

function finding(fact: ServingFact, code: string, expected: string, message: string, field = 'spec.rules'): Finding {
  return { code, severity: 'blocking', object: fact.object, field, read: fact.host, expected, message }
}

function zoneFinding(
  fact: ServingFact,
  choice: Exclude<ZoneChoice, { kind: 'zone' }>,
  pin: string | null,
  zones: readonly Zone[],
): Finding {
  const listed = zones.map((zone) => `${zone.name} (${zone.private ? 'private' : 'public'}, ${zone.id})`).sort()
  const known =
    listed.length === 0 ? 'there are none' : `there are ${listed.slice(0, 10).join(', ')}${listed.length > 10 ? ', …' : ''}`
  switch (choice.kind) {
    case 'none':
      return finding(
        fact,
        'NoHostedZone',
        `a host in a hosted zone of the account; ${known}`,
        `Host ${fact.host} of an ${fact.scheme} load balancer is in no hosted zone; ${known}`,
      )
    case 'ambiguous': {
      const ids = choice.zones.map((zone) => zone.id).sort()
      return finding(
        fact,
        'AmbiguousZone',
        `annotation ${FAIRLEAD}zone with one of ${ids.join(', ')}`,
        `Host ${fact.host} is in more than one zone named ${choice.zones[0]?.name}; set annotation ${FAIRLEAD}zone to one of ${ids.join(', ')}`,
      )
    }
    case 'bad-pin': {
      const why =
        choice.zone === null
          ? 'is not a hosted zone of the account'
          : `is zone ${choice.zone.name}, which does not hold ${fact.host}`
      const message = `Annotation ${FAIRLEAD}zone is ${JSON.stringify(pin)}: it ${why}; ${known}`
      return {
        ...finding(
          fact,
          'UnknownZone',
          `the id of a zone that holds ${fact.host}; ${known}`,
          message,
          annotationField(`${FAIRLEAD}zone`),
        ),
        read: pin ?? '',
      }
    }
    default:
      return choice satisfies never
  }
}

/** A record or a registry entry at the host that is not proven ours is never touched, and nothing is put beside it. */
function foreignFinding(context: PlanContext, observed: DnsObserved, fact: ServingFact, zone: Zone): Finding | null {
  const records = observed.records[zone.id] ?? []
  const { txtOwner } = context.settings
  const entries = (['A', 'AAAA'] as const).flatMap((type) => registryOf(records, fact.host, type))
  const other = entries.find((entry) => entry.ownership.owner !== txtOwner)
  const unproven = recordsAt(records, fact.host).find((record) => {
    if (record.type === 'CNAME') return true
    if (record.type !== 'A' && record.type !== 'AAAA') return false
    return record.setIdentifier !== null || ownedRecord(records, fact.host, record.type, txtOwner) === null
  })
  if (other === undefined && unproven === undefined) return null
  const what = unproven === undefined ? 'An ownership record' : `A record of type ${unproven.type}`
  const whose =
    other === undefined
      ? 'no TXT record says whose it is'
      : `TXT record ${other.set.name} says that it belongs to ${JSON.stringify(other.ownership.owner)}`
  return finding(
    fact,
    'RecordOwnedByOther',
    `no record ${fact.host} in zone ${zone.name}, or one whose TXT record names the owner ${JSON.stringify(txtOwner)}`,
    `${what} of ${fact.host} exists in zone ${zone.name} and ${whose}; it is left untouched`,
  )
}

/** Where the ownership record has to go there is a text of somebody else's, or an alias that no other record may stand beside. */
function takenNameFinding(observed: DnsObserved, fact: ServingFact, zone: Zone, types: readonly RecordType[]): Finding | null {
  const records = observed.records[zone.id] ?? []
  const taken = types.flatMap((type) => {
    const entries = registryOf(records, fact.host, type).filter(({ set }) => set.setIdentifier === null)
    const known = new Set(entries.map(({ set }) => set))
    return recordsAt(records, registryName(fact.host, type)).filter(
      (set) => set.type === 'CNAME' || (set.type === 'TXT' && !known.has(set)),
    )
  })[0]
  if (taken === undefined) return null
  return finding(
    fact,
    'OwnershipNotWritable',
    `no ${taken.type} record ${taken.name} in zone ${zone.name}, or another host`,
    `Host ${fact.host} gets no record: its ownership record would be ${taken.name}, where somebody else has a ${taken.type} record`,
  )
}

/** Two units want one host: who has its record keeps it, else the older object. The loser is not told whose it is. */
function claimedFinding(context: PlanContext, observed: DnsObserved, fact: ServingFact, zone: Zone): Finding | null {
  const unit = unitKey(context.unit)
  const others = (filedClaims(observed.claims).byHost.get(fact.host) ?? []).filter((claim) => claim.live && claim.unit !== unit)
  if (others.length === 0) return null
  const resource = ownedRecord(observed.records[zone.id] ?? [], fact.host, 'A', context.settings.txtOwner)?.resource ?? null
  const holder = objectOf(resource)
  const held = holder !== null && others.some((claim) => same(claim, holder))
  const tenancy = tenancyOf(context)
  const mine = context.view.ingresses.find((item) => objectKey(item.metadata) === objectKey(fact.object))
  const age = mine === undefined ? '' : `${mine.metadata.creationTimestamp} ${mine.metadata.uid}`
  const holdsIt = holder !== null && objectKey(holder) === objectKey(fact.object)
  if (!held && (holdsIt || others.every((claim) => claim.age > age || tenancy.refusesHost(claim.object, fact.host)))) return null
  return finding(
    fact,
    'HostClaimed',
    'a host that no older object claims',
    `Host ${fact.host} is claimed by an older object, which keeps it; this object gets no record for it`,
  )
}

function same(claim: Claim, object: { readonly namespace: string; readonly name: string }): boolean {
  return claim.object.namespace === object.namespace && claim.object.name === object.name
}
