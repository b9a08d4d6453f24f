import { annotation, FAIRLEAD } from './annotations.ts'
import type { ObjectRef } from './change.ts'
import type { Finding } from './finding.ts'
import { canonicalHost } from './hosts.ts'
import { lastMade } from './last-made.ts'
import { membersOf } from './members.ts'
import { type ClusterView, type Ingress, objectKey } from './objects.ts'
import type { PlanContext } from './planner.ts'
import type { Settings } from './settings.ts'
import { type Claim, claimsOf, writtenHosts } from './tenancy-claims.ts'
import {
  accountNotAllowed,
  anyHostNotAllowed,
  hostClaimed,
  hostNotAllowed,
  namespaceAnnotationInvalid,
  overQuota,
  profileNotAllowed,
} from './tenancy-findings.ts'
import { isGranted, mayHave, mayUse, type QuotaKind } from './tenancy-grant.ts'
import { isRefused, type Standing, standingIn, wholeOf } from './tenancy-neighbourhood.ts'
import type { Excess } from './tenancy-quotas.ts'
import { parseUnitKey, type Unit, unitKey } from './unit.ts'

/**
 * What the objects of a unit may not have. "Refused" is: nothing new is made. What each controller can prove to be in place already stays and
 * is looked after, since a change of policy must not take down what serves.
 */
export type Tenancy = {
  readonly findings: readonly Finding[]
  /** By canonical host; '' is a rule for any host. Of any object that names the host, not only of the unit's. */
  refusesHost(object: ObjectRef, host: string): boolean
  refusesProfile(object: ObjectRef): boolean
  refusesCertificate(object: ObjectRef): boolean
  refusesRecord(object: ObjectRef, host: string): boolean
  readonly refusesLoadBalancer: boolean
}

/** Who of a unit may have what. Once per view, since every controller asks. */
export function tenancyOf({ unit, settings, view }: PlanContext): Tenancy {
  return decided(unitKey(unit), settings, view)
}

const decided = lastMade((key: string, settings: Settings, view: ClusterView) => decide(parseUnitKey(key), settings, view))

function decide(unit: Unit, settings: Settings, view: ClusterView): Tenancy {
  const { tenancy } = settings
  const members = claimsOf(membersOf(view, unit))
  const all = members.length === 0 ? null : standingIn(wholeOf(view), tenancy)
  const rivalsOf = (host: string) => view.rivals?.[host] ?? wholeOf(view)
  const shared = new Set(members.map((claim) => claim.namespace)).size > 1
  const findings: Finding[] = []
  const refused = new Set<string>()
  const profiles = new Set<string>()
  const excess = excessesOf(members, (namespace) => {
    const counted = view.quotas === undefined ? wholeOf(view) : view.quotas[namespace]
    return counted === undefined ? null : standingIn(counted, tenancy)
  })
  for (const { ingress, object, key, namespace } of members) {
    // A Namespace that was not seen yet may have a list: nothing new for its objects until it was.
    const grant = view.unseenNamespaces?.includes(namespace) === true ? null : (all?.grantFor(namespace) ?? null)
    const places = uniqueHosts(ingress)
    if (grant === null) {
      for (const host of ['', ...places.map((place) => place.host)]) refused.add(`${key} ${host}`)
      profiles.add(key)
      continue
    }
    findings.push(...grant.faults.map((fault) => namespaceAnnotationInvalid(ingress, fault)))
    for (const place of places) {
      const allowed = mayHave(tenancy, grant, place.host)
      if (allowed && !isRefused(rivalsOf(place.host), tenancy, object, place.host)) continue
      refused.add(`${key} ${place.host}`)
      findings.push(allowed ? hostClaimed(ingress, place) : hostNotAllowed(ingress, place, grant))
    }
    if (shared && takesAnyHost(ingress) && !isGranted(grant, '*')) {
      refused.add(`${key} `)
      findings.push(anyHostNotAllowed(ingress))
    }
    const { certificate, profile, account } = wishes(ingress)
    const named = profile ?? settings.defaultProfile
    if (certificate === 'vault' && !mayUse(tenancy, grant.profiles, named, settings.defaultProfile)) {
      profiles.add(key)
      findings.push(profileNotAllowed(ingress, named, grant))
    }
    if (account !== undefined && !mayUse(tenancy, grant.accounts, account, settings.account))
      findings.push(accountNotAllowed(ingress, account, grant))
  }
  const ours = new Set(members.map((claim) => claim.key))
  const refusesHost = (object: ObjectRef, host: string) => {
    const key = objectKey(object)
    if (ours.has(key)) return refused.has(`${key} ${host}`)
    return host !== '' && view.rivals?.[host] !== undefined && isRefused(view.rivals[host], tenancy, object, host)
  }
  const beyond = (found: Excess | undefined) => found !== undefined && !found.has
  const refusesLoadBalancer = beyond(excess.loadBalancers.get(unitKey(unit)))
  return {
    findings: [...findings, ...excess.findings],
    refusesHost,
    refusesProfile: (object) => profiles.has(objectKey(object)),
    refusesCertificate: (object) => refusesLoadBalancer || beyond(excess.certificates.get(objectKey(object))),
    // What the object says of itself is not believed here: the records themselves tell what is in place.
    refusesRecord: (object, host) => excess.records.has(`${objectKey(object)} ${host}`) || refusesHost(object, host),
    refusesLoadBalancer,
  }
}

function excessesOf(members: readonly Claim[], standingOf: (namespace: string) => Standing | null) {
  const of =
    (kind: QuotaKind) =>
    (namespace: string): ReadonlyMap<string, Excess> =>
      standingOf(namespace)?.excess(kind, namespace) ?? new Map()
  const merged = (kind: QuotaKind) => {
    const byNamespace = new Map([...new Set(members.map((claim) => claim.namespace))].map((name) => [name, of(kind)(name)]))
    return {
      get: (id: string): Excess | undefined => {
        for (const found of byNamespace.values()) if (found.has(id)) return found.get(id)
        return undefined
      },
      has: (id: string) => [...byNamespace.values()].some((found) => found.has(id)),
    }
  }
  const [loadBalancers, certificates, records] = [merged('loadBalancers'), merged('certificates'), merged('records')]
  const findings = members.flatMap(({ ingress, key, unit, hosts }, index) => {
    const balancer = index === 0 ? loadBalancers.get(unit) : undefined
    const certificate = certificates.get(key)
    return [
      ...(balancer === undefined ? [] : [overQuota(ingress, 'loadBalancers', balancer, null)]),
      ...(certificate === undefined ? [] : [overQuota(ingress, 'certificates', certificate, null)]),
      ...hosts.flatMap((host) => {
        const record = records.get(`${key} ${host}`)
        return record === undefined ? [] : [overQuota(ingress, 'records', record, host)]
      }),
    ]
  })
  return { loadBalancers, certificates, records, findings }
}

function wishes(ingress: Ingress) {
  const read = (name: string) => annotation(ingress, `${FAIRLEAD}${name}`)
  return { certificate: read('certificate'), profile: read('certificate-profile'), account: read('account') }
}

/** What is no DNS name at all is told of elsewhere. */
function uniqueHosts(ingress: Ingress) {
  const places = writtenHosts(ingress).flatMap(({ host, field }) => {
    const canonical = canonicalHost(host)
    return canonical === null ? [] : [{ host: canonical, field }]
  })
  return [...new Map([...places].reverse().map((place) => [place.host, place])).values()].reverse()
}

function takesAnyHost({ spec }: Ingress): boolean {
  return spec.defaultBackend !== undefined || (spec.rules ?? []).some((rule) => !rule.host)
}
