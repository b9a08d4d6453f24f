import { FINALIZER, refOf } from './annotations.ts'
import { type Change, change, sameObject } from './change.ts'
import type { CertificateFacts, DnsFacts, Facts, LoadBalancerFacts } from './facts.ts'
import type { Finding } from './finding.ts'
import { leavingIn, membersOf } from './members.ts'
import { canonicalJson } from './names.ts'
import type { Ingress } from './objects.ts'
import { inOrderOfNeeds, PLAN_VERSION, type Plan } from './plan.ts'
import type {
  CertificatesDown,
  CertificatesUp,
  DnsDown,
  DnsUp,
  LoadBalancersDown,
  LoadBalancersUp,
  PlanContext,
  Planner,
} from './planner.ts'
import { tenancyOf } from './tenancy.ts'
import { unitKey } from './unit.ts'

/** One value per controller: intents, or what was observed. */
export type PerController<C, L, D> = { readonly certificates: C; readonly loadbalancers: L; readonly dns: D }

export type Planners<CI, CO, LI, LO, DI, DO> = {
  readonly certificates: Planner<CI, CO, CertificatesUp, CertificateFacts, CertificatesDown>
  readonly loadbalancers: Planner<LI, LO, LoadBalancersUp, LoadBalancerFacts, LoadBalancersDown>
  readonly dns: Planner<DI, DO, DnsUp, DnsFacts, DnsDown>
}

export type IntendedUnit<CI, LI, DI> = { readonly intents: PerController<CI, LI, DI>; readonly findings: readonly Finding[] }
export type Composition = { readonly plan: Plan; readonly facts: Facts }

/** What the objects of a unit ask of each controller. */
export function intendUnit<CI, CO, LI, LO, DI, DO>(
  planners: Planners<CI, CO, LI, LO, DI, DO>,
  context: PlanContext,
): IntendedUnit<CI, LI, DI> {
  const certificates = planners.certificates.intend(context)
  const loadbalancers = planners.loadbalancers.intend(context)
  const dns = planners.dns.intend(context)
  return {
    intents: { certificates: certificates.intent, loadbalancers: loadbalancers.intent, dns: dns.intent },
    findings: [...tenancyOf(context).findings, ...certificates.findings, ...loadbalancers.findings, ...dns.findings],
  }
}

/**
 * One plan over all controllers for a unit.
 *
 *   build:   certificates -> loadbalancers -> dns      each with the facts of those before it
 *   retire:  dns -> loadbalancers -> certificates      each with the facts of those behind it
 *
 * A fact that the world does not have yet is a reference to the change that will make it; what contains one needs that change.
 */
export function compose<CI, CO, LI, LO, DI, DO>(
  planners: Planners<CI, CO, LI, LO, DI, DO>,
  context: PlanContext,
  intended: IntendedUnit<CI, LI, DI>,
  observed: PerController<CO, LO, DO>,
): Composition {
  const { intents } = intended
  const certificates = planners.certificates.build(context, intents.certificates, observed.certificates, {})
  const up = { certificates: certificates.facts }
  const loadbalancers = planners.loadbalancers.build(context, intents.loadbalancers, observed.loadbalancers, up)
  const dnsUp = { ...up, loadbalancers: loadbalancers.facts }
  const dns = planners.dns.build(context, intents.dns, observed.dns, dnsUp)
  const records = planners.dns.retire(context, intents.dns, observed.dns, dnsUp, {})
  const down = { dns: dns.facts }
  const balancers = planners.loadbalancers.retire(context, intents.loadbalancers, observed.loadbalancers, up, down)
  const unused = planners.certificates.retire(
    context,
    intents.certificates,
    observed.certificates,
    {},
    { loadbalancers: loadbalancers.facts, ...down },
  )
  const changes = [...certificates.changes, ...loadbalancers.changes, ...dns.changes, ...records, ...balancers, ...unused]
  const ordered = inOrderOfNeeds(withFinalizers(context, afterRetireMarks(changes)))
  const findings = unique([...intended.findings, ...certificates.findings, ...loadbalancers.findings, ...dns.findings])
  return {
    plan: { version: PLAN_VERSION, unit: unitKey(context.unit), changes: onlyNeedsOfThisPlan(ordered), findings },
    facts: { certificates: certificates.facts, loadbalancers: loadbalancers.facts, dns: dns.facts },
  }
}

/** A resource on its way out is marked (`retire-after`) before the record that points at it moves: the mark is what a restart finds. */
function afterRetireMarks(changes: readonly Change[]): readonly Change[] {
  const marks = changes.filter((item) => item.controller === 'loadbalancers' && item.id.endsWith(':retire'))
  if (marks.length === 0) return changes
  return changes.map((item) => {
    if (item.controller !== 'dns' || item.before === null) return item
    const before = canonicalJson(item.before).toLowerCase()
    const needs = marks.filter(
      (mark) => typeof mark.before?.DNSName === 'string' && before.includes(mark.before.DNSName.toLowerCase()),
    )
    return needs.length === 0 ? item : { ...item, needs: [...new Set([...item.needs, ...needs.map((mark) => mark.id)])].sort() }
  })
}

/** Adds our finalizer before anything is made for an object, and takes it off when nothing of the object is left to remove. */
function withFinalizers(context: PlanContext, changes: readonly Change[]): readonly Change[] {
  const added: Change[] = []
  const { removes } = context.settings
  for (const member of removes ? membersOf(context.view, context.unit) : []) {
    if (member.metadata.finalizers?.includes(FINALIZER) === true) continue
    if (changes.some((item) => isFor(item, member) && item.action !== 'delete'))
      added.push(finalizerChange(context, member, 'add', []))
  }
  const removed = leavingIn(context.view, context.unit).map((item) =>
    finalizerChange(
      context,
      item,
      'remove',
      removes ? changes.filter((other) => isFor(other, item)).map((other) => other.id) : [],
    ),
  )
  const guarded = changes.map((item) => {
    const guard = added.find((other) => sameObject(other.object, item.object))
    return guard === undefined || item.action === 'delete' ? item : { ...item, needs: [...item.needs, guard.id].sort() }
  })
  return [...added, ...guarded, ...removed]
}

function finalizerChange(context: PlanContext, ingress: Ingress, verb: 'add' | 'remove', needs: readonly string[]): Change {
  const finalizers = ingress.metadata.finalizers ?? []
  const object = refOf(ingress)
  return change({
    controller: 'loadbalancers',
    action: 'update',
    type: 'Kubernetes::Ingress',
    target: `${object.namespace}/${object.name}`,
    detail: `${verb}-finalizer`,
    account: context.settings.clusterId,
    region: '',
    object,
    before: { finalizers },
    after: { finalizers: verb === 'add' ? [...finalizers, FINALIZER] : finalizers.filter((name) => name !== FINALIZER) },
    reason:
      verb === 'add'
        ? 'what is made for this Ingress in AWS must be removed before the Ingress may go'
        : 'nothing of this Ingress is left',
    needs,
    calls: ['patch ingresses'],
  })
}

/** A need that this plan does not contain is done (or not ours to wait for): it must not hold anything back. */
function onlyNeedsOfThisPlan(changes: readonly Change[]): readonly Change[] {
  const ids = new Set(changes.map((item) => item.id))
  return changes.map((item) =>
    item.needs.every((need) => ids.has(need)) ? item : { ...item, needs: item.needs.filter((need) => ids.has(need)) },
  )
}

function isFor(item: Change, ingress: Ingress): boolean {
  return sameObject(item.object, refOf(ingress))
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((item) => [canonicalJson(item), item])).values()]
}
