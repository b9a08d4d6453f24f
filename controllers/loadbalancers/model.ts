import { annotationField, type Finding } from '../shared/finding.ts'
import { type Known, unknown, WORLD } from '../shared/known.ts'
import { lastMade } from '../shared/last-made.ts'
import { tagValue } from '../shared/names.ts'
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
import { holder } from './rule-hold.ts'
import { type SharedRule, shareRules } from './rule-share.ts'
import { sizeAllowed } from './rule-size.ts'
import { settle } from './settle.ts'
import { type GroupWish, type HeldLine, type ListenerWish, type LoadBalancerIntent, type RuleWish, refKey } from './wish.ts'

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
  /** The intent with which it was made: what nobody can read is as it stands. */
  readonly intent: LoadBalancerIntent
  /** Null: there is nothing to serve. */
  readonly model: Model | null
  readonly findings: readonly Finding[]
  /** Nobody knows which load balancer is meant, and none is seen: what is there may belong to it. */
  readonly blind: boolean
  /** Whether an observed rule stays although nobody may change it now. */
  readonly isHeld: (rule: ObservedRule) => boolean
  /** Whether anything at all is held: then what is shared stays, too. */
  readonly holds: boolean
}

/** Asked by `build` and by `retire`. */
export const modelOf = lastMade(modelAnew)

function modelAnew(
  context: PlanContext,
  given: LoadBalancerIntent,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
): Modelled {
  const { unit, settings } = context
  const { intent, findings: against, standing, missing } = settle(given, observed)
  const vpc = settings.vpcId ?? observed.network?.VpcId ?? standing?.VpcId ?? null
  const wanted = intent.loadBalancer.scheme ?? standing?.Scheme ?? settings.defaults.scheme
  const name = intent.loadBalancer.name ?? balancerName(unit, settings.clusterId, wanted, vpc)
  const balancer = observed.loadBalancers.find((item) => item.LoadBalancerName === name) ?? null
  const scheme = balancer?.Scheme ?? wanted
  const findings: Finding[] = [...against]
  if (scheme !== wanted && intent.owner !== null) findings.push(fixedName(intent.owner, name, wanted, scheme))
  const there = balancer === null ? [] : observed.rules.filter((rule) => isOn(rule, balancer, observed))
  const alreadyHeld = holder(unit, intent.held.objects, intent.held.lines, observed)
  const shared = shareRules(
    intent.rules,
    ({ port }) => there.filter((rule) => portOf(rule, observed) === port),
    (slot) => tagValue(slots.rule(unit, slot)),
    alreadyHeld,
    sizeAllowed(settings.quotas),
  )
  const { admitted, refused } = admit(context, shared, there, alreadyHeld, up, findings)
  const lines = [...intent.held.lines, ...refused]
  const mayHold = holder(unit, intent.held.objects, lines, observed)
  const holds = intent.held.objects.length + lines.length > 0
  if (admitted.length > 0 && missing.length > 0) findings.push(...notReadable(admitted, missing))
  if (admitted.length === 0 || missing.length > 0)
    return { intent, model: null, blind: missing.length > 0, findings, isHeld: mayHold, holds }

  const groups = new Map<string, ModelGroup>()
  for (const wish of intent.targetGroups) {
    if (!admitted.some((rule) => rule.wish.group === wish.key)) continue
    const called = groupName(unit, settings.clusterId, name, vpc, wish)
    const found = observed.targetGroups.find((item) => item.TargetGroupName === called) ?? null
    const arn = found?.TargetGroupArn ?? unknown(ids.group('create', called), 'TargetGroupArn')
    groups.set(wish.key, { wish, name: called, arn, observed: found })
  }
  const arn = balancer?.LoadBalancerArn ?? unknown(ids.balancer('create', name), 'LoadBalancerArn')
  const listeners = new Map<number, ModelListener>()
  for (const wish of intent.listeners) {
    const served = admitted.map((rule) => rule.wish).filter((rule) => rule.port === wish.port)
    const redirects = wish.redirectTo !== null && admitted.some((rule) => rule.wish.port === wish.redirectTo)
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
  const rules = admitted.map(({ wish, observed: found }): ModelRule => {
    const listener = listeners.get(wish.port)!
    const certificates = certificatesFor(wish, up.certificates)
    return { wish, listener, group: groups.get(wish.group)!, observed: found, certificates }
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
  return { intent, model, blind: false, findings, isHeld, holds }
}

function portOf(rule: ObservedRule, { listeners }: LoadBalancersObserved): number | undefined {
  return listeners.find((item) => item.ListenerArn === rule.ListenerArn)?.Port
}

export function isOn(rule: ObservedRule, balancer: ObservedLoadBalancer, observed: LoadBalancersObserved): boolean {
  const listener = observed.listeners.find((item) => item.ListenerArn === rule.ListenerArn)
  return listener?.LoadBalancerArn === balancer.LoadBalancerArn
}

/**
 * Lets in what is served already, then the oldest, as long as there is room; the rest is refused, each with its finding. What its
 * namespace may not have is let in only where it is there; that is told elsewhere.
 */
function admit(
  { settings }: PlanContext,
  shared: readonly SharedRule[],
  there: readonly ObservedRule[],
  mayHold: (rule: ObservedRule) => boolean,
  up: LoadBalancersUp,
  findings: Finding[],
): { readonly admitted: readonly SharedRule[]; readonly refused: readonly HeldLine[] } {
  const mine = new Set(shared.map((rule) => rule.observed))
  let rules = there.filter((rule) => !mine.has(rule) && mayHold(rule)).length
  const groups = new Set<string>()
  const onListener = new Map<number, Set<string>>()
  const admitted = new Set<SharedRule>()
  const refused: HeldLine[] = []
  const turn = ({ wish }: SharedRule) => (wish.host === '' ? 1 : 0)
  const isThere = ({ observed }: SharedRule) => Number(observed !== null)
  const queue = [...shared].sort((a, b) => turn(a) - turn(b) || isThere(b) - isThere(a) || a.wish.age - b.wish.age)
  for (const item of queue) {
    const rule = item.wish
    if (rule.refused && item.observed === null) {
      refused.push(...linesOf(rule))
      continue
    }
    const certificates = certificatesFor(rule, up.certificates)
    const keys = onListener.get(rule.port) ?? new Set<string>()
    const others = [...onListener].filter(([port]) => port !== rule.port).map(([, held]) => Math.max(0, held.size - 1))
    const onOthers = others.reduce((sum, count) => sum + count, 0)
    const refusal = refusalOf({ rule, certificates, rules, groups, onListener: keys, onOthers, quotas: settings.quotas })
    if (refusal !== null) {
      findings.push(refusal)
      refused.push(...linesOf(rule))
      continue
    }
    admitted.add(item)
    rules++
    groups.add(rule.group)
    for (const { key } of certificates) keys.add(key)
    onListener.set(rule.port, keys)
  }
  return { admitted: shared.filter((item) => admitted.has(item)), refused }
}

function linesOf({ parts, object, port, host }: RuleWish): readonly HeldLine[] {
  return parts.map((part) => ({ ...part, object, port, host }))
}

/** Told to each member that waits for it; whose annotation it is, is that one's own affair. */
function notReadable(admitted: readonly SharedRule[], missing: readonly string[]): readonly Finding[] {
  const objects = new Map(admitted.map(({ wish }) => [refKey(wish.object), wish.object]))
  return missing.flatMap((key) =>
    [...objects.values()].map((object) => {
      const says = `An Ingress of the group states ${key} so that it cannot be read, and no load balancer stands that would tell`
      return problem(object, 'GroupNotReadable', annotationField(key), '', `a value of ${key} that can be read`, says)
    }),
  )
}

function fixedName(owner: NonNullable<LoadBalancerIntent['owner']>, name: string, wanted: string, there: string): Finding {
  const field = 'metadata.annotations[alb.ingress.kubernetes.io/load-balancer-name]'
  const says = `Load balancer ${name} is ${there}; to make it ${wanted} it has to be replaced, which takes another name`
  return problem(owner, 'ReplacementNeedsAnotherName', field, name, 'another load-balancer-name, or none', says)
}
