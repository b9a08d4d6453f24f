import { annotation, refOf, STATUS_ANNOTATION } from './annotations.ts'
import type { ObjectRef } from './change.ts'
import { canonicalHost, covers } from './hosts.ts'
import { unitOf } from './members.ts'
import { type Ingress, objectKey } from './objects.ts'
import type { TenancySettings } from './settings.ts'
import { type Grant, isGranted, mayHave } from './tenancy-grant.ts'
import { unitKey } from './unit.ts'

/** What an Ingress asks for, of whatever unit. */
export type Claim = {
  readonly ingress: Ingress
  readonly object: ObjectRef
  readonly key: string
  readonly namespace: string
  readonly unit: string
  /** Canonical hosts of rules and tls, each once. */
  readonly hosts: readonly string[]
  /** A load balancer answers for it already, as its status says, which tenants cannot write. */
  readonly serves: boolean
  /** Those of its hosts that were in place when it was last reported. */
  readonly served: ReadonlySet<string>
  /** Sorts by age: creation time, then uid. */
  readonly age: string
}

/** Claims, oldest first. */
export function claimsOf(ingresses: readonly Ingress[]): readonly Claim[] {
  return ingresses.map(claimOf).sort((a, b) => compare(a.age, b.age))
}

const known = new WeakMap<Ingress, Claim>()

/** What an Ingress claims, live or not. */
export function claimOf(ingress: Ingress): Claim {
  const there = known.get(ingress)
  if (there !== undefined) return there
  const { namespace = '', creationTimestamp, uid } = ingress.metadata
  const serves = (ingress.status?.loadBalancer?.ingress ?? []).some((item) => (item.hostname ?? '') !== '')
  const claim: Claim = {
    ingress,
    object: refOf(ingress),
    key: objectKey(ingress.metadata),
    namespace,
    unit: unitKey(unitOf(ingress)),
    hosts: [...new Set(writtenHosts(ingress).flatMap(({ host }) => canonicalHost(host) ?? []))],
    serves,
    served: new Set(serves ? reportedHosts(ingress) : []),
    age: `${creationTimestamp} ${uid}`,
  }
  known.set(ingress, claim)
  return claim
}

/** Every host an Ingress names, as written, and where. */
export function writtenHosts({ spec }: Ingress): readonly { readonly host: string; readonly field: string }[] {
  return [
    ...(spec.rules ?? []).flatMap(({ host }, index) => (host ? [{ host, field: `spec.rules[${index}].host` }] : [])),
    ...(spec.tls ?? []).flatMap(({ hosts = [] }, index) =>
      hosts.flatMap((host, at) => (host ? [{ host, field: `spec.tls[${index}].hosts[${at}]` }] : [])),
    ),
  ]
}

/** What our own report on the object says is in place. */
function reportedHosts(ingress: Ingress): readonly string[] {
  try {
    const { hosts } = JSON.parse(annotation(ingress, STATUS_ANNOTATION) ?? '{}') as { readonly hosts?: unknown }
    return Array.isArray(hosts) ? hosts.map(String) : []
  } catch {
    return []
  }
}

type Stake = {
  readonly claim: Claim
  readonly host: string
  readonly granted: boolean
  /** In place, for a namespace of which nobody knows now what it may have. */
  readonly unseen: boolean
}

/**
 * Who has which host. What is in place stays with whom it is in place for; then a namespace that is listed for the host comes before one that
 * is not; then the oldest object. A host and the wildcard above it are one thing here, or whoever has the one could take the other's traffic;
 * unless both namespaces are listed for what they ask. Only Ingresses of one group whose namespaces are both listed share a host.
 * A namespace of which it is not known now what it may have keeps what is in place, and keeps others from it.
 */
export function ownersAmong(
  claims: readonly Claim[],
  settings: TenancySettings,
  grantFor: (namespace: string) => Grant | null,
): (key: string, host: string) => boolean {
  const stakes = claims
    .flatMap((claim) => {
      const grant = grantFor(claim.namespace)
      const hosts = claim.hosts.filter((host) => (grant === null ? claim.served.has(host) : mayHave(settings, grant, host)))
      return hosts.map(
        (host): Stake => ({ claim, host, granted: grant !== null && isGranted(grant, host), unseen: grant === null }),
      )
    })
    .sort((a, b) => rank(a) - rank(b) || compare(a.claim.age, b.claim.age) || compare(a.host, b.host))
  const byHost = new Map<string, Stake[]>()
  const below = new Map<string, Stake[]>()
  const owned = new Set<string>()
  for (const stake of stakes) {
    const { host, claim } = stake
    const parent = host.slice(host.indexOf('.') + 1)
    const near = [
      ...(byHost.get(host) ?? []),
      ...(host.startsWith('*.') ? (below.get(parent) ?? []) : (byHost.get(`*.${parent}`) ?? [])),
    ]
    if (near.some((other) => excludes(other, stake))) continue
    owned.add(`${claim.key} ${host}`)
    file(byHost, host, stake)
    if (!host.startsWith('*.')) file(below, parent, stake)
  }
  return (key, host) => owned.has(`${key} ${host}`)
}

function excludes(owner: Stake, stake: Stake): boolean {
  if (owner.claim.namespace === stake.claim.namespace) return false
  if (owner.host !== stake.host && !covers(owner.host, stake.host) && !covers(stake.host, owner.host)) return false
  const may = (one: Stake, beside: Stake) => one.granted || (one.unseen && isInPlace(beside))
  if (!may(owner, stake) || !may(stake, owner)) return true
  return owner.host === stake.host && owner.claim.unit !== stake.claim.unit
}

function isInPlace({ claim, host }: Stake): boolean {
  return claim.served.has(host)
}

function rank(stake: Stake): number {
  return isInPlace(stake) ? 0 : stake.granted ? 1 : 2
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function file(map: Map<string, Stake[]>, key: string, stake: Stake): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [stake])
  else there.push(stake)
}
