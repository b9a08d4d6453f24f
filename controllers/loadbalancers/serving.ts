import type { Change, ObjectRef, Wait } from '../shared/change.ts'
import type { CertificateFacts, ServingFact, Until } from '../shared/facts.ts'
import type { Finding } from '../shared/finding.ts'
import { unknown } from '../shared/known.ts'
import { lastMade } from '../shared/last-made.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import { problem } from './backend.ts'
import { mayServe } from './certificate-choice.ts'
import type { Model, ModelRule } from './model.ts'
import { ids } from './naming.ts'
import type { LoadBalancersObserved, ObservedLoadBalancer, ObservedRule } from './observed.ts'
import { opening } from './plan-balancer.ts'
import { certificateNeed } from './plan-listeners.ts'
import { hasHealthy, healthyWait } from './rule-health.ts'
import type { LoadBalancerIntent } from './wish.ts'

type Served = { readonly facts: readonly ServingFact[]; readonly findings: readonly Finding[] }

/** What serves each wanted host, and what must be so before it may be published there for the first time. */
export function servingFacts(context: PlanContext, intent: LoadBalancerIntent, model: Model, changes: readonly Change[]): Served {
  const findings: Finding[] = []
  const facts = hostsOf(model).map((host): ServingFact => {
    const rules = model.rules.filter((rule) => rule.wish.host === host)
    const oldest = rules.reduce((a, b) => (b.wish.age < a.wish.age ? b : a))
    const made = ids.balancer('create', model.name)
    const publishable = publishableWhen(context, model, rules, changes)
    if (publishable.late) findings.push(noHealthy(oldest))
    return {
      host,
      object: oldest.wish.object,
      loadBalancerArn: model.arn,
      dnsName: model.balancer?.DNSName ?? unknown(made, 'DNSName'),
      zoneId: model.balancer?.CanonicalHostedZoneId ?? unknown(made, 'CanonicalHostedZoneId'),
      scheme: model.scheme,
      ...addressesOf(intent, model, changes),
      certificateArn: rules.flatMap((rule) => rule.certificates)[0]?.arn ?? null,
      publishable: { needs: publishable.needs, waits: publishable.waits },
    }
  })
  return { facts, findings }
}

type Addresses = Pick<ServingFact, 'ipAddressType' | 'ipv6Needs'>

/** Which addresses a load balancer is to have. IPv6 ones it has once the change is made that gives it them; AWS may refuse it. */
export function addressesOf(intent: LoadBalancerIntent, { name }: Model, changes: readonly Change[]): Addresses {
  const { ipAddressType } = intent.loadBalancer
  const change = ids.balancer('update', name, 'ip-address-type')
  return { ipAddressType, ipv6Needs: changes.some((item) => item.id === change) ? [change] : [] }
}

/** Hosts that are only held are served by what is there. `addresses` of the load balancer that is wanted, by its name. */
export function heldFacts(
  observed: LoadBalancersObserved,
  isHeld: (rule: ObservedRule) => boolean,
  known: readonly ServingFact[],
  certificates: CertificateFacts,
  addresses: Readonly<Record<string, Addresses>> = {},
): readonly ServingFact[] {
  const facts = new Map<string, ServingFact>()
  for (const rule of observed.rules.filter(isHeld)) {
    const listener = observed.listeners.find((item) => item.ListenerArn === rule.ListenerArn)
    const balancer = observed.loadBalancers.find((item) => item.LoadBalancerArn === listener?.LoadBalancerArn)
    if (listener === undefined || balancer === undefined) continue
    for (const host of rule.Hosts) {
      if (known.some((fact) => fact.host === host) || facts.has(host)) continue
      const held = listener.DefaultCertificate === null ? [] : [...listener.Certificates, listener.DefaultCertificate]
      facts.set(host, {
        host,
        object: objectOf(rule.Tags[TAG_OBJECT]),
        loadBalancerArn: balancer.LoadBalancerArn,
        dnsName: balancer.DNSName,
        zoneId: balancer.CanonicalHostedZoneId,
        scheme: balancer.Scheme,
        ...(addresses[balancer.LoadBalancerName] ?? { ipAddressType: balancer.IpAddressType }),
        certificateArn: held.find((arn) => mayServe(arn, host, certificates)) ?? null,
        publishable: { needs: [], waits: [] },
      })
    }
  }
  return [...facts.values()]
}

/** The object a tag names; values that AWS's limit cut short name one that is not there, which harms nobody. */
export function objectOf(tag: string | undefined): ObjectRef {
  const [kind = 'Ingress', namespace = '', name = ''] = (tag ?? '').split('/')
  return { kind, namespace, name }
}

export function hostsOf(model: Model): readonly string[] {
  return [...new Set(model.rules.map((rule) => rule.wish.host))].filter((host) => host !== '').sort()
}

/**
 * Everything outstanding for a host, then an active load balancer, then one healthy target. For that nobody waits for ever:
 * `firstHealthySeconds` after the rule was first seen on an active load balancer it goes on (`late`), with a warning.
 */
export function publishableWhen(
  { settings, now }: PlanContext,
  model: Model,
  rules: readonly ModelRule[],
  changes: readonly Change[],
): Until & { readonly late: boolean } {
  const planned = idsIn(changes)
  const registers = rules.map((rule) => ids.group('update', rule.group.name, REGISTER))
  const candidates = [
    ids.balancer('create', model.name),
    ...planned.opening,
    ...rules.flatMap((rule) => [
      ids.listener('create', model.name, rule.wish.port),
      ids.rule('create', model.name, rule.wish.slot),
      ...rule.certificates.map((certificate) => certificateNeed(model, rule.listener, certificate, changes) ?? ''),
    ]),
    ...planned.registering.filter((id) => registers.some((prefix) => id.startsWith(prefix))),
  ]
  const needs = [...new Set(candidates.filter((id) => planned.all.has(id)))].sort()
  const waits: Wait[] = []
  const active = isActive(model.balancer)
  if (!active)
    waits.push({
      kind: 'load-balancer-active',
      of: model.balancer?.LoadBalancerArn ?? model.name,
      seconds: settings.waits.loadBalancerActiveSeconds,
    })
  // A group that is healthy by another rule may be left by that one before this rule is there.
  if (rules.some((rule) => rule.observed !== null && hasHealthy(rule.group))) return { needs, waits, late: false }
  const seen = rules.map((rule) => rule.observed?.seenAt)
  const since = Math.max(...seen.map((at) => at ?? Number.NaN), model.balancer?.activeSeenAt ?? Number.NaN)
  const left = Number.isNaN(since)
    ? settings.waits.firstHealthySeconds
    : settings.waits.firstHealthySeconds - (now - since) / 1000
  if (left <= 0) return { needs, waits, late: true }
  // One healthy target of any group is enough; each that has targets is named, so that each is looked at.
  const groups = [...new Map(rules.map((rule) => [rule.group.name, rule.group])).values()]
  const able = groups.filter((group) => group.wish.targets.length > 0)
  for (const group of able.length > 0 ? able : groups.slice(0, 1)) waits.push({ ...healthyWait(group), seconds: Math.ceil(left) })
  return { needs, waits, late: false }
}

const REGISTER = 'register:'
/** Asked for each host of a load balancer: what is the same for all is looked for once. */
const idsIn = lastMade((changes: readonly Change[]) => {
  const all = new Set(changes.map((item) => item.id))
  return { all, opening: opening(changes), registering: [...all].filter((id) => id.includes(`:${REGISTER}`)) }
})

export function isActive(balancer: ObservedLoadBalancer | null): boolean {
  return balancer?.State === 'active' || balancer?.State === 'active_impaired'
}

function noHealthy({ wish, group }: ModelRule): Finding {
  const reasons = [...new Set(group.observed?.Targets.map((target) => target.Reason).filter((reason) => reason !== ''))]
  const read =
    group.wish.targets.length === 0
      ? 'no ready endpoints'
      : `no healthy target${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`
  const expected = `a target that answers health checks on ${group.wish.HealthCheck.HealthCheckPath}`
  const says = `Service ${group.wish.service} has ${read}, so ${wish.host} answers with errors`
  return problem(wish.object, 'NoHealthyTargets', wish.field, read, expected, says, 'warning')
}
