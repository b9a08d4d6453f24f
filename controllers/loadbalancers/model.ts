import type { Finding } from '../shared/finding.ts'
import { type Known, unknown, WORLD } from '../shared/known.ts'
import { TAG_OBJECT, TAG_RETIRE_AFTER, TAG_SLOT, tagValue } from '../shared/names.ts'
import type { LoadBalancersUp, PlanContext } from '../shared/planner.ts'
import { problem } from './backend.ts'
import { type Certificate, certificatesFor } from './certificate-choice.ts'
import { balancerName, groupName, ids, slots } from './naming.ts'
import type {
  LoadBalancersObserved,
  ObservedListener,
  ObservedLoadBalancer,
  ObservedRule,
  ObservedTargetGroup,
} from './observed.ts'
import { refusalOf } from './policies.ts'
import type { GroupWish, ListenerWish, LoadBalancerIntent, RuleWish } from './wish.ts'

/** What is wanted, beside what is there of it: every part of the plan reads this. */
export type Model = {
  readonly name: string
  readonly scheme: 'internal' | 'internet-facing'
  readonly arn: Known<string>
  readonly balancer: ObservedLoadBalancer | null
  readonly vpcId: Known<string>
  readonly listeners: readonly ModelListener[]
  readonly rules: readonly ModelRule[]
  readonly groups: readonly ModelGroup[]
}
export type ModelListener = {
  readonly wish: ListenerWish
  readonly arn: Known<string>
  readonly observed: ObservedListener | null
  /** In order of the hosts they are for; the first is the default one of a new listener. */
  readonly certificates: readonly Certificate[]
}
export type ModelRule = {
  readonly wish: RuleWish
  readonly listener: ModelListener
  readonly group: ModelGroup
  readonly observed: ObservedRule | null
  readonly certificates: readonly Certificate[]
}
export type ModelGroup = {
  readonly wish: GroupWish
  readonly name: string
  readonly arn: Known<string>
  readonly observed: ObservedTargetGroup | null
}
export type Modelled = {
  /** Null: there is nothing to serve. */
  readonly model: Model | null
  readonly findings: readonly Finding[]
  /** Whether an observed rule stays although nobody may change it now. */
  readonly isHeld: (rule: ObservedRule) => boolean
  /** Whether anything at all is held: then what is shared stays, too. */
  readonly holds: boolean
}

export function modelOf(
  context: PlanContext,
  intent: LoadBalancerIntent,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
): Modelled {
  const { unit, settings } = context
  const standing = observed.loadBalancers.find((item) => item.Tags[TAG_RETIRE_AFTER] === undefined) ?? observed.loadBalancers[0]
  const vpc = settings.vpcId ?? observed.network?.VpcId ?? standing?.VpcId ?? null
  const wanted = intent.loadBalancer.scheme ?? standing?.Scheme ?? settings.defaults.scheme
  const name = intent.loadBalancer.name ?? balancerName(unit, settings.clusterId, wanted, vpc)
  const balancer = observed.loadBalancers.find((item) => item.LoadBalancerName === name) ?? null
  const scheme = balancer?.Scheme ?? wanted
  const findings: Finding[] = []
  if (scheme !== wanted && intent.owner !== null) findings.push(fixedName(intent.owner, name, wanted, scheme))
  const there = balancer === null ? [] : observed.rules.filter((rule) => isOn(rule, balancer, observed))
  const { admitted, refused } = admit(context, intent, there, up, findings)
  const held = new Set([...intent.held.slots, ...refused].map((slot) => tagValue(slots.rule(unit, slot))))
  const objects = new Set(intent.held.objects.map(tagValue))
  const mayHold = (rule: ObservedRule) => objects.has(rule.Tags[TAG_OBJECT] ?? '') || held.has(rule.Tags[TAG_SLOT] ?? '')
  const holds = objects.size + held.size > 0
  if (admitted.length === 0) return { model: null, findings, isHeld: mayHold, holds }

  const groups = new Map<string, ModelGroup>()
  for (const wish of intent.targetGroups) {
    if (!admitted.some((rule) => rule.group === wish.key)) continue
    const called = groupName(unit, settings.clusterId, name, vpc, wish)
    const found = observed.targetGroups.find((item) => item.TargetGroupName === called) ?? null
    const arn = found?.TargetGroupArn ?? unknown(ids.group('create', called), 'TargetGroupArn')
    groups.set(wish.key, { wish, name: called, arn, observed: found })
  }
  const arn = balancer?.LoadBalancerArn ?? unknown(ids.balancer('create', name), 'LoadBalancerArn')
  const listeners = new Map<number, ModelListener>()
  for (const wish of intent.listeners) {
    const served = admitted.filter((rule) => rule.port === wish.port)
    const redirects = wish.redirectTo !== null && admitted.some((rule) => rule.port === wish.redirectTo)
    if (served.length === 0 && !redirects) continue
    const found = observed.listeners.find((item) => item.LoadBalancerArn === balancer?.LoadBalancerArn && item.Port === wish.port)
    const byHost = [...served].sort((a, b) => (a.host < b.host ? -1 : 1))
    const certificates = new Map(byHost.flatMap((rule) => certificatesFor(rule, up.certificates)).map((item) => [item.key, item]))
    listeners.set(wish.port, {
      wish,
      arn: found?.ListenerArn ?? unknown(ids.listener('create', name, wish.port), 'ListenerArn'),
      observed: found ?? null,
      certificates: [...certificates.values()].sort((a, b) => Number(a.blocked) - Number(b.blocked)),
    })
  }
  const rules = admitted.map((wish): ModelRule => {
    const listener = listeners.get(wish.port)!
    const tag = tagValue(slots.rule(unit, wish.slot))
    const found = there.find((item) => item.ListenerArn === listener.observed?.ListenerArn && item.Tags[TAG_SLOT] === tag)
    const certificates = certificatesFor(wish, up.certificates)
    return { wish, listener, group: groups.get(wish.group)!, observed: found ?? null, certificates }
  })
  const model: Model = {
    name,
    scheme,
    arn,
    balancer,
    vpcId: vpc ?? unknown(WORLD, 'VpcId'),
    listeners: [...listeners.values()],
    rules,
    groups: [...groups.values()],
  }
  // A rule that another member has taken over is wanted, whoever it was made for.
  const wantedRules = new Set(rules.map((rule) => rule.observed))
  const isHeld = (rule: ObservedRule) => !wantedRules.has(rule) && mayHold(rule)
  return { model, findings, isHeld, holds }
}

export function isOn(rule: ObservedRule, balancer: ObservedLoadBalancer, observed: LoadBalancersObserved): boolean {
  const listener = observed.listeners.find((item) => item.ListenerArn === rule.ListenerArn)
  return listener?.LoadBalancerArn === balancer.LoadBalancerArn
}

/** Lets in what is served already, then the oldest, as long as there is room; the rest is refused, each with its finding. */
function admit(
  { unit, settings }: PlanContext,
  intent: LoadBalancerIntent,
  there: readonly ObservedRule[],
  up: LoadBalancersUp,
  findings: Finding[],
): { readonly admitted: readonly RuleWish[]; readonly refused: readonly string[] } {
  const existing = new Set(there.map((rule) => rule.Tags[TAG_SLOT] ?? ''))
  const isThere = (rule: RuleWish) => existing.has(tagValue(slots.rule(unit, rule.slot)))
  const mine = new Set(intent.rules.map((rule) => tagValue(slots.rule(unit, rule.slot))))
  const held = intent.held.slots.map((slot) => tagValue(slots.rule(unit, slot)))
  const objects = intent.held.objects.map(tagValue)
  let rules = there.filter(
    (rule) =>
      !mine.has(rule.Tags[TAG_SLOT] ?? '') &&
      (objects.includes(rule.Tags[TAG_OBJECT] ?? '') || held.includes(rule.Tags[TAG_SLOT] ?? '')),
  ).length
  const groups = new Set<string>()
  const onListener = new Map<number, Set<string>>()
  const admitted = new Set<RuleWish>()
  const refused: string[] = []
  const turn = (rule: RuleWish) => (rule.host === '' ? 1 : 0)
  const queue = [...intent.rules].sort((a, b) => turn(a) - turn(b) || Number(isThere(b)) - Number(isThere(a)) || a.age - b.age)
  for (const rule of queue) {
    const certificates = certificatesFor(rule, up.certificates)
    const keys = onListener.get(rule.port) ?? new Set<string>()
    const refusal = refusalOf({ rule, certificates, rules, groups, onListener: keys, quotas: settings.quotas })
    if (refusal !== null) {
      findings.push(refusal)
      refused.push(rule.slot)
      continue
    }
    admitted.add(rule)
    rules++
    groups.add(rule.group)
    for (const item of certificates) keys.add(item.key)
    onListener.set(rule.port, keys)
  }
  return { admitted: intent.rules.filter((rule) => admitted.has(rule)), refused }
}

function fixedName(owner: NonNullable<LoadBalancerIntent['owner']>, name: string, wanted: string, there: string): Finding {
  const field = 'metadata.annotations[alb.ingress.kubernetes.io/load-balancer-name]'
  const says = `Load balancer ${name} is ${there}; to make it ${wanted} it has to be replaced, which takes another name`
  return problem(owner, 'ReplacementNeedsAnotherName', field, name, 'another load-balancer-name, or none', says)
}
