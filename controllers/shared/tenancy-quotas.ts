import { annotation, FAIRLEAD } from './annotations.ts'
import type { TenancySettings } from './settings.ts'
import type { Claim } from './tenancy-claims.ts'
import { type Grant, mayHave, type QuotaKind } from './tenancy-grant.ts'

/** What is beyond a quota: `has` says that it is there already, and therefore stays. */
export type Excess = { readonly limit: number; readonly count: number; readonly from: string; readonly has: boolean }

type Entry = { readonly id: string; readonly has: boolean; readonly age: string }

/**
 * What of a namespace is beyond its quota, by id: what is there already comes first, then the oldest. Ids: a unit's key for load balancers,
 * an object's for certificates, an object's and a host for records.
 */
export function excessOf(
  kind: QuotaKind,
  namespace: string,
  grant: Grant,
  claims: readonly Claim[],
  settings: TenancySettings,
  certified: ReadonlySet<string>,
): ReadonlyMap<string, Excess> {
  const quota = grant.quotas[kind]
  if (quota === null) return new Map()
  const entries = entriesOf(kind, namespace, grant, claims, settings, certified)
  const ordered = [...entries].sort((a, b) => Number(b.has) - Number(a.has) || (a.age < b.age ? -1 : a.age > b.age ? 1 : 0))
  return new Map(
    ordered
      .slice(quota.value)
      .map(({ id, has }) => [id, { limit: quota.value, count: entries.length, from: quota.from, has }] as const),
  )
}

function entriesOf(
  kind: QuotaKind,
  namespace: string,
  grant: Grant,
  claims: readonly Claim[],
  settings: TenancySettings,
  certified: ReadonlySet<string>,
): readonly Entry[] {
  const mine = claims.filter((claim) => claim.namespace === namespace)
  switch (kind) {
    case 'loadBalancers':
      return balancersOf(namespace, claims)
    case 'certificates':
      return mine
        .filter(({ ingress }) => annotation(ingress, `${FAIRLEAD}certificate`) === 'vault')
        .map(({ key, age }) => ({ id: key, has: certified.has(key), age }))
    case 'records':
      return recordsOf(mine, (host) => mayHave(settings, grant, host))
    default:
      return kind satisfies never
  }
}

/** A load balancer counts for the namespace of its oldest Ingress. Claims are in order of age. */
function balancersOf(namespace: string, claims: readonly Claim[]): readonly Entry[] {
  const units = new Map<string, { readonly oldest: Claim; has: boolean }>()
  for (const claim of claims) {
    const unit = units.get(claim.unit)
    if (unit === undefined) units.set(claim.unit, { oldest: claim, has: claim.serves })
    else unit.has ||= claim.serves
  }
  return [...units]
    .filter(([, { oldest }]) => oldest.namespace === namespace)
    .map(([id, { oldest, has }]) => ({ id, has, age: oldest.age }))
}

/** One for each host, whichever types its records have, and however many Ingresses name it. */
function recordsOf(mine: readonly Claim[], counts: (host: string) => boolean): readonly Entry[] {
  const seen = new Set<string>()
  const entries: Entry[] = []
  for (const { key, hosts, served, age } of mine)
    for (const host of hosts) {
      if (seen.has(host) || !counts(host)) continue
      seen.add(host)
      entries.push({ id: `${key} ${host}`, has: served.has(host), age: `${age} ${host}` })
    }
  return entries
}
