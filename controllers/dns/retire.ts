import { type Change, change, changeId } from '../shared/change.ts'
import { membersOf } from '../shared/members.ts'
import { objectKey } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import { filedClaims } from './claims.ts'
import { hostsOf } from './intent.ts'
import type { Claim, DnsObserved } from './observed.ts'
import { type OwnedRecord, ownedBy, ownedRecord } from './owned.ts'
import type { Placement } from './placement.ts'
import { objectOf } from './registry.ts'
import { batchOf, RECORD_SET, recordShape } from './shapes.ts'
import { withoutOurs } from './without-ours.ts'

/**
 * What is to be removed: records that the registry proves ours, whose object belongs to this unit, for hosts that no live object
 * wants here any more. A host that is still wanted but cannot be served or placed right now keeps its record.
 *
 * Which unit a record belongs to: the one its object is in; if there is no such object anywhere, `ingress/NAMESPACE/NAME`
 * (group membership ends with the object, so nothing else can be known).
 */
export function removals(context: PlanContext, observed: DnsObserved, placements: readonly Placement[]): readonly Change[] {
  const { txtOwner } = context.settings
  const keys = objectsHere(context, observed)
  const wanted = new Set(membersOf(context.view, context.unit).flatMap(hostsOf))
  const placed = new Map(placements.map((item) => [item.fact.host, item]))
  const found: Change[] = []
  for (const zone of observed.zones ?? []) {
    for (const owned of keys.flatMap((key) => ownedBy(observed.records[zone.id] ?? [], txtOwner, key))) {
      if (isTakenOver(context, observed, owned)) continue
      const placement = placed.get(owned.host)
      const stays =
        placement?.kind === 'placed'
          ? placement.zone === null || (placement.zone.id === zone.id && placement.types.includes(owned.type))
          : placement !== undefined || wanted.has(owned.host)
      if (stays) continue
      const others = owned.registry.flatMap((set) => withoutOurs(set) ?? [])
      found.push(
        change({
          controller: 'dns',
          action: 'delete',
          type: RECORD_SET,
          target: `${owned.host} ${owned.type}`,
          ...(zone.private ? { detail: zone.id } : {}),
          account: context.settings.account,
          region: 'us-east-1',
          object: objectOf(owned.resource) ?? { kind: 'Ingress', namespace: '', name: '' },
          before: recordShape(zone.id, owned.host, owned.type, owned.record, owned.registry),
          after: others.length === 0 ? null : recordShape(zone.id, owned.host, owned.type, null, others),
          reason:
            owned.record === null
              ? `the ownership record of ${owned.host} has outlived its record`
              : placement?.kind === 'placed'
                ? `${owned.host} has no ${owned.type} record in zone ${zone.name} any more`
                : `no object of the unit wants ${owned.host} any more`,
          needs: moveOf(context, observed, owned, placement),
          calls: ['ChangeResourceRecordSets'],
          batch: batchOf(observed, zone.id, owned.host),
        }),
      )
    }
  }
  return found
}

/** The change that makes the record in the zone it moves to, if that is still to be made. */
function moveOf(
  context: PlanContext,
  observed: DnsObserved,
  { host, type }: OwnedRecord,
  placement: Placement | undefined,
): readonly string[] {
  if (placement?.kind !== 'placed' || placement.zone === null || !placement.types.includes(type)) return []
  const { id } = placement.zone
  if (ownedRecord(observed.records[id] ?? [], host, type, context.settings.txtOwner)?.record != null) return []
  return [changeId('dns', 'create', RECORD_SET, `${host} ${type}`, placement.zone.private ? id : '')]
}

/** The objects whose records belong to this unit, sorted, so that a plan's order does not depend on who asked first. */
function objectsHere({ view, unit }: PlanContext, observed: DnsObserved): readonly string[] {
  const keys = new Set(view.ingresses.map((item) => objectKey(item.metadata)))
  if (unit.kind === 'ingress' && observed.complete) {
    const key = objectKey(unit)
    const claims = filedClaims(observed.claims).byObject.get(key) ?? []
    if (claims.every((claim) => claim.unit === unitKey(unit))) keys.add(key)
  }
  return [...keys].sort()
}

/** An object of another unit wants the host and can serve it: its plan moves the record, so that no resolver ever finds nothing. */
function isTakenOver(context: PlanContext, observed: DnsObserved, owned: OwnedRecord): boolean {
  if (owned.record === null) return false
  const unit = unitKey(context.unit)
  const claims = filedClaims(observed.claims).byHost.get(owned.host) ?? []
  return claims.some((claim) => claim.live && claim.serves && claim.unit !== unit && !isRefused(observed, claim, owned.host))
}

function isRefused({ refused = [] }: DnsObserved, { object }: Claim, host: string): boolean {
  return refused.includes(`${objectKey(object)} ${host}`)
}
