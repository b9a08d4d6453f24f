import type { Claim, DnsObserved, PendingChange, RecordSet } from '../../controllers/dns/observed.ts'
import { ownedRecord } from '../../controllers/dns/owned.ts'
import { objectOf, registryName, registryValue } from '../../controllers/dns/registry.ts'
import { membersOf } from '../../controllers/shared/members.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'

/** The load balancer of another unit; outside of what a walk looks at. */
export const ELSEWHERE = 'elsewhere.elb.amazonaws.com'

/**
 * The part of the units that objects of `dns.claims` are in, by the same rules as ours: what is theirs and wanted moves to their
 * load balancer, what was theirs and is wanted by nobody goes. The rest is left to the unit of the walk.
 */
export function neighboursAct(dns: DnsObserved, { view, unit, settings }: PlanContext, now: number): DnsObserved {
  const wantedHere = new Map<string, readonly { readonly name: string; readonly age: string }[]>()
  for (const { metadata, spec } of membersOf(view, unit))
    for (const { host = '' } of spec.rules ?? []) {
      const known = wantedHere.get(host) ?? []
      wantedHere.set(host, [...known, { name: metadata.name, age: `${metadata.creationTimestamp} ${metadata.uid}` }])
    }
  const pending: PendingChange[] = [...dns.pending]
  const leaves = (zoneId: string, { name: host, type, alias }: RecordSet): void => {
    if (alias === null || alias.dnsName === ELSEWHERE) return
    pending.push({ host, type, zoneId, dnsName: alias.dnsName, changeId: 'C1', submittedAt: now, insyncAt: null })
  }
  const records: Record<string, readonly RecordSet[]> = {}
  for (const [zoneId, list] of Object.entries(dns.records)) {
    let next = list
    for (const record of list) {
      if (record.alias === null) continue
      const type = record.type === 'AAAA' ? 'AAAA' : 'A'
      const holder = objectOf(ownedRecord(list, record.name, 'A', settings.txtOwner)?.resource ?? null)
      const here = wantedHere.get(record.name) ?? []
      const others = dns.claims.filter((claim) => claim.hosts.includes(record.name))
      const taker = others.filter((claim) => claim.live && claim.serves).find((claim) => takes(claim, holder?.name, here))
      const registry = registryName(record.name, type)
      const rest = () => next.filter((item) => item.name !== registry && !(item.name === record.name && item.type === type))
      if (taker !== undefined && (record.alias.dnsName !== ELSEWHERE || holder?.name !== taker.object.name)) {
        leaves(zoneId, record)
        const alias = { ...record.alias, dnsName: ELSEWHERE }
        const txt = next.find((item) => item.name === registry)!
        next = [...rest(), { ...record, alias }, { ...txt, values: [registryValue(settings.txtOwner, taker.object)] }]
      } else if (taker === undefined && here.length === 0 && dns.claims.some((claim) => isOf(claim, holder?.name))) {
        leaves(zoneId, record)
        next = rest()
      }
    }
    records[zoneId] = next
  }
  return { ...dns, records, pending }
}

/** Who has the record keeps it, else the older object; see `placement.ts`. */
function takes(
  claim: Claim,
  holder: string | undefined,
  here: readonly { readonly name: string; readonly age: string }[],
): boolean {
  if (here.some((member) => member.name === holder)) return false
  return isOf(claim, holder) || here.every((member) => claim.age < member.age)
}

function isOf(claim: Claim, name: string | undefined): boolean {
  return claim.object.name === name
}
