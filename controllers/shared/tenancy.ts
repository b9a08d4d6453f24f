import { annotation, FAIRLEAD } from './annotations.ts'
import type { ObjectRef } from './change.ts'
import type { Finding } from './finding.ts'
import { canonicalHost } from './hosts.ts'
import type { Ingress } from './objects.ts'
import type { PlanContext } from './planner.ts'
import { type Claim, claimsIn, ownersAmong, writtenHosts } from './tenancy-claims.ts'
import {
  accountNotAllowed,
  anyHostNotAllowed,
  hostClaimed,
  hostNotAllowed,
  namespaceAnnotationInvalid,
  overQuota,
  profileNotAllowed,
} from './tenancy-findings.ts'
import { type Grant, grantOf, isGranted, mayHave, mayUse } from './tenancy-grant.ts'
import { type Excess, excessOf } from './tenancy-quotas.ts'
import { unitKey } from './unit.ts'

/**
 * What the objects of a unit may not have. "Refused" is: nothing new is made. What each controller can prove to be in place already stays and
 * is looked after, since a change of policy must not take down what serves.
 */
export type Tenancy = {
  readonly findings: readonly Finding[]
  /** By canonical host; '' is a rule for any host. */
  refusesHost(object: ObjectRef, host: string): boolean
  refusesProfile(object: ObjectRef): boolean
  refusesCertificate(object: ObjectRef): boolean
  refusesRecord(object: ObjectRef, host: string): boolean
  readonly refusesLoadBalancer: boolean
}

const decided = new WeakMap<PlanContext, Tenancy>()

/** Who of a unit may have what. Once per context, since every controller asks. */
export function tenancyOf(context: PlanContext): Tenancy {
  const known = decided.get(context)
  if (known !== undefined) return known
  const made = decide(context)
  decided.set(context, made)
  return made
}

function decide({ unit, view, settings }: PlanContext): Tenancy {
  const { tenancy } = settings
  const claims = claimsIn(view)
  const members = claims.filter((claim) => claim.unit === unitKey(unit))
  const grants = new Map<string, Grant>()
  // A Namespace that was not seen yet may have a list: nothing new for its objects until it was.
  const unseen = new Set(view.unseenNamespaces ?? [])
  for (const { namespace } of claims) {
    if (grants.has(namespace) || unseen.has(namespace)) continue
    const found = view.namespaces.find((item) => item.metadata.name === namespace) ?? null
    grants.set(namespace, grantOf(tenancy, namespace, found))
  }
  const owns = ownersAmong(claims, tenancy, (namespace) => grants.get(namespace) ?? null)
  const shared = new Set(members.map((claim) => claim.namespace)).size > 1
  const findings: Finding[] = []
  const refused = new Set<string>()
  const profiles = new Set<string>()
  const excess = excesses(claims, members, grants, tenancy, new Set(view.certified ?? []))
  for (const { ingress, key, namespace } of members) {
    const grant = grants.get(namespace)
    if (grant === undefined) continue
    findings.push(...grant.faults.map((fault) => namespaceAnnotationInvalid(ingress, fault)))
    for (const place of uniqueHosts(ingress)) {
      if (owns(key, place.host)) continue
      refused.add(`${key} ${place.host}`)
      findings.push(mayHave(tenancy, grant, place.host) ? hostClaimed(ingress, place) : hostNotAllowed(ingress, place, grant))
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
  const keyOf = (object: ObjectRef) => `${object.namespace}/${object.name}`
  const known = new Map(claims.map((claim) => [claim.key, claim]))
  const refusesHost = (object: ObjectRef, host: string) => {
    const claim = known.get(keyOf(object))
    if (claim === undefined) return false
    if (unseen.has(claim.namespace) || refused.has(`${claim.key} ${host}`)) return true
    return claim.unit !== unitKey(unit) && host !== '' && claim.hosts.includes(host) && !owns(claim.key, host)
  }
  const beyond = (found: Excess | undefined) => found !== undefined && !found.has
  const balancer = excess.loadBalancers.get(unitKey(unit))
  return {
    findings: [...findings, ...excess.findings],
    refusesHost,
    refusesProfile: (object) => profiles.has(keyOf(object)),
    refusesCertificate: (object) => beyond(excess.certificates.get(keyOf(object))),
    // What the object says of itself is not believed here: the records themselves tell what is in place.
    refusesRecord: (object, host) => excess.records.has(`${keyOf(object)} ${host}`) || refusesHost(object, host),
    refusesLoadBalancer: beyond(balancer),
  }
}

function excesses(
  claims: readonly Claim[],
  members: readonly Claim[],
  grants: ReadonlyMap<string, Grant>,
  settings: PlanContext['settings']['tenancy'],
  certified: ReadonlySet<string>,
) {
  const of = (kind: 'loadBalancers' | 'certificates' | 'records') =>
    new Map(
      [...new Set(members.map((claim) => claim.namespace))].flatMap((namespace) => {
        const grant = grants.get(namespace)
        return grant === undefined ? [] : [...excessOf(kind, namespace, grant, claims, settings, certified)]
      }),
    )
  const [loadBalancers, certificates, records] = [of('loadBalancers'), of('certificates'), of('records')]
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
