import type { Change } from '../shared/change.ts'
import type { AnsweringFact, CertificateUse, LoadBalancerFacts } from '../shared/facts.ts'
import type { Finding } from '../shared/finding.ts'
import { isUnknown } from '../shared/known.ts'
import { lastMade } from '../shared/last-made.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import type { Built, LoadBalancersUp, PlanContext } from '../shared/planner.ts'
import { problem } from './backend.ts'
import { isOn, type Model, type Modelled, modelOf } from './model.ts'
import { ids } from './naming.ts'
import type { LoadBalancersObserved, ObservedListener, ObservedLoadBalancer, ObservedRule } from './observed.ts'
import { planBalancer } from './plan-balancer.ts'
import { planGroups } from './plan-groups.ts'
import { isSpare, planListeners } from './plan-listeners.ts'
import { planRules } from './plan-rules.ts'
import { planTags } from './plan-tags.ts'
import { roomFor } from './rule-room.ts'
import { addressesOf, heldFacts, objectOf, servingFacts } from './serving.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** Brings into being what the members want, and says what serves their hosts. `retire` asks it again. */
export const build = lastMade(buildAnew)

function buildAnew(
  context: PlanContext,
  given: LoadBalancerIntent,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
): Built<LoadBalancerFacts> {
  const modelled = modelOf(context, given, observed, up)
  const { intent, model, isHeld } = modelled
  const findings: Finding[] = [...modelled.findings, ...protectedFindings(modelled, observed)]
  const balancer = model && planBalancer(context, intent, model, observed)
  findings.push(...(balancer?.findings ?? []))
  if (model === null || balancer === null || !balancer.possible) {
    const serving = heldFacts(observed, isHeld, [], up.certificates)
    const uses = certificateUses(modelled, observed, up, false)
    return { changes: [], findings, facts: { serving, uses, answering: answeringFacts(observed) } }
  }
  const groups = planGroups(context, intent, model)
  const listeners = planListeners(context, intent, model, lingeringRules(model, observed), up.certificates)
  const earlier = [...balancer.changes, ...groups.changes, ...listeners]
  const room = roomFor(modelled, observed, context.settings.quotas)
  const rules = planRules(context, intent, model, observed, earlier, room.needs)
  const changes = [...earlier, ...rules, ...planTags(context, intent, model)]
  const { facts, findings: late } = servingFacts(context, intent, model, changes)
  const addresses = { [model.name]: addressesOf(intent, model, changes) }
  const serving = [...facts, ...heldFacts(observed, isHeld, facts, up.certificates, addresses)]
  findings.push(...groups.findings, ...late)
  const uses = certificateUses(modelled, observed, up, true)
  return { changes, findings, facts: { serving, uses, answering: answeringFacts(observed) } }
}

/** Whom the rules that are there answer for: a record may have pointed here a moment ago, whatever is wanted now. */
function answeringFacts(observed: LoadBalancersObserved): readonly AnsweringFact[] {
  const balancers = new Map(observed.loadBalancers.map((item) => [item.LoadBalancerArn, item.DNSName]))
  const listeners = new Map(observed.listeners.map((item) => [item.ListenerArn, balancers.get(item.LoadBalancerArn)]))
  return observed.rules.flatMap((rule) => {
    const dnsName = listeners.get(rule.ListenerArn)
    return dnsName === undefined ? [] : rule.Hosts.map((host) => ({ host, dnsName }))
  })
}

/** All changes that `build` makes, for `retire` to need. */
export function buildChanges(...args: Parameters<typeof build>): readonly Change[] {
  return build(...args).changes
}

/** Rules on the model's load balancer that the model does not want: held, or leaving. */
export function lingeringRules(model: Model, observed: LoadBalancersObserved): readonly ObservedRule[] {
  const { balancer } = model
  if (balancer === null) return []
  const mine = new Set(model.rules.map((rule) => rule.observed?.RuleArn))
  return observed.rules.filter((rule) => !mine.has(rule.RuleArn) && isOn(rule, balancer, observed))
}

/** Whether a load balancer is to go: nothing wanted is on it, and nothing held. */
export function isGoing(
  balancer: ObservedLoadBalancer,
  { model, isHeld, holds }: Modelled,
  observed: LoadBalancersObserved,
): boolean {
  if (model === null) return !holds
  if (model.name === balancer.LoadBalancerName) return false
  return !observed.rules.some((rule) => isOn(rule, balancer, observed) && isHeld(rule))
}

export function isProtected(balancer: ObservedLoadBalancer): boolean {
  return balancer.Attributes?.['deletion_protection.enabled'] === 'true'
}

/** Deletion protection was switched on by a person, and only a person switches it off. */
function protectedFindings(modelled: Modelled, observed: LoadBalancersObserved): readonly Finding[] {
  return observed.loadBalancers
    .filter((balancer) => isProtected(balancer) && isGoing(balancer, modelled, observed))
    .map((balancer) => {
      const object = objectOf(balancer.Tags[TAG_OBJECT])
      const field = 'metadata.annotations[alb.ingress.kubernetes.io/load-balancer-attributes]'
      const says = `Load balancer ${balancer.LoadBalancerName} is to go, but is protected from deletion`
      return problem(
        object,
        'DeletionProtected',
        field,
        'deletion_protection.enabled=true',
        'deletion protection switched off on it',
        says,
      )
    })
}

/** Whether a listener stays: wanted, or on a load balancer where something is held. */
export function listenerStays(listener: ObservedListener, { model, holds }: Modelled, observed: LoadBalancersObserved): boolean {
  if (holds) return true
  const balancer = observed.loadBalancers.find((item) => item.LoadBalancerArn === listener.LoadBalancerArn)
  return (
    model !== null &&
    balancer?.LoadBalancerName === model.name &&
    model.listeners.some((item) => item.wish.port === listener.Port)
  )
}

/** For each certificate on a listener, whether it stays, and otherwise the change that takes it off. */
function certificateUses(
  modelled: Modelled,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
  possible: boolean,
): readonly CertificateUse[] {
  const { model } = modelled
  const uses = new Map<string, { stays: boolean; needs: string[] }>()
  const note = (arn: string, leaves: string | null) => {
    const use = uses.get(arn) ?? { stays: false, needs: [] }
    uses.set(arn, leaves === null ? { ...use, stays: true } : { ...use, needs: [...use.needs, leaves] })
  }
  for (const listener of observed.listeners) {
    if (listener.Protocol !== 'HTTPS') continue
    const balancer = observed.loadBalancers.find((item) => item.LoadBalancerArn === listener.LoadBalancerArn)
    if (balancer === undefined) continue
    const name = balancer.LoadBalancerName
    const wanted = model?.name === name ? model.listeners.find((item) => item.observed === listener) : undefined
    for (const arn of new Set([listener.DefaultCertificate, ...listener.Certificates])) {
      if (arn === null) continue
      if (isGoing(balancer, modelled, observed)) note(arn, isProtected(balancer) ? null : ids.balancer('delete', name))
      else if (wanted === undefined)
        note(arn, listenerStays(listener, modelled, observed) ? null : ids.listener('delete', name, listener.Port))
      else if (!possible || !isRemovable(arn, wanted, modelled, observed, up)) note(arn, null)
      else {
        if (listener.Certificates.includes(arn)) note(arn, ids.certificate('delete', name, listener.Port, arn))
        if (listener.DefaultCertificate === arn) note(arn, ids.listener('update', name, listener.Port, 'certificate'))
      }
    }
  }
  for (const arn of model?.listeners.flatMap((item) => item.certificates.map((certificate) => certificate.arn)) ?? [])
    if (!isUnknown(arn)) note(arn, null)
  return [...uses].map(([arn, { stays, needs }]) => ({ arn, stays, until: { needs: stays ? [] : needs.sort(), waits: [] } }))
}

/** Neither wanted nor needed by a rule that is held; rules that are leaving only delay it. */
export function isRemovable(
  arn: string,
  listener: Model['listeners'][number],
  { model, isHeld }: Modelled,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
): boolean {
  if (model === null || listener.certificates.length === 0) return false
  return isSpare(arn, listener, lingeringRules(model, observed).filter(isHeld), up.certificates)
}
