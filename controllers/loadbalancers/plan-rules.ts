import type { Change, Shape, Wait } from '../shared/change.ts'
import { canonicalJson } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import { forward, type Share, sameActions, shapeOf, sharesOf } from './actions.ts'
import { LISTENER_RULE } from './changes.ts'
import { draft, tagList, tagsFor } from './draft.ts'
import type { Model, ModelGroup, ModelListener, ModelRule } from './model.ts'
import { ids, slots } from './naming.ts'
import type { LoadBalancersObserved, ObservedRule } from './observed.ts'
import { isDraining } from './plan-groups.ts'
import { certificateNeed } from './plan-listeners.ts'
import { assignPriorities } from './priorities.ts'
import { targetKey } from './targets.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** Rules: made, moved to their place, and pointed at their target groups. `earlier` are the changes already planned. */
export function planRules(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  observed: LoadBalancersObserved,
  earlier: readonly Change[],
): readonly Change[] {
  return model.listeners.flatMap((listener) => {
    const rules = model.rules.filter((rule) => rule.listener === listener)
    const existing = new Map(rules.flatMap((rule) => (rule.observed ? [[rule.wish.slot, rule.observed.Priority] as const] : [])))
    const mine = new Set(rules.map((rule) => rule.observed?.RuleArn))
    const others = observed.rules.filter((rule) => rule.ListenerArn === listener.observed?.ListenerArn && !mine.has(rule.RuleArn))
    const order = rules.map((rule) => rule.wish.slot)
    const priorities = assignPriorities(order, existing, new Set(others.map((rule) => rule.Priority)))
    const reorder = priorities.moved.length === 0 ? [] : [setPriorities(context, model, listener, rules, priorities)]
    const changes = rules.flatMap((rule) => {
      const needs = needsFor(model, rule, [...earlier, ...reorder])
      if (rule.observed !== null) return modify(context, model, rule, rule.observed, observed, needs)
      return [create(context, intent, model, rule, priorities.of.get(rule.wish.slot)!, needs)]
    })
    return [...reorder, ...changes]
  })
}

/** Targets registered, certificate there, place free: then requests may come. */
function needsFor(
  model: Model,
  { wish, group, listener, certificates }: ModelRule,
  earlier: readonly Change[],
): readonly string[] {
  const registers = ids.group('update', group.name, 'register:')
  const held = certificates.map((certificate) => certificateNeed(model, listener, certificate, earlier))
  const order = ids.priorities(model.name, wish.port)
  return [
    ...earlier.map((item) => item.id).filter((id) => id.startsWith(registers) || id === order),
    ...held.filter((id) => id !== null),
  ]
}

function setPriorities(
  context: PlanContext,
  model: Model,
  listener: ModelListener,
  rules: readonly ModelRule[],
  { of, moved }: ReturnType<typeof assignPriorities>,
): Change {
  const pairs = (priority: (rule: ModelRule) => number) =>
    rules
      .filter((rule) => moved.includes(rule.wish.slot))
      .map((rule) => ({ RuleArn: rule.observed!.RuleArn, Priority: priority(rule) }))
  return draft(context, {
    action: 'update',
    type: LISTENER_RULE,
    target: listener.observed!.ListenerArn,
    name: `${model.name}/${listener.wish.port}`,
    detail: 'priorities',
    object: listener.wish.object,
    call: 'SetRulePriorities',
    before: { RulePriorities: pairs((rule) => rule.observed!.Priority) },
    after: { RulePriorities: pairs((rule) => of.get(rule.wish.slot)!) },
    reason: `${moved.length} ${moved.length === 1 ? 'rule has' : 'rules have'} to move so that the more specific come first`,
  })
}

function create(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  rule: ModelRule,
  priority: number,
  needs: readonly string[],
): Change {
  const { wish, listener, group } = rule
  const tags = tagsFor(context, wish.object, slots.rule(context.unit, wish.slot), intent.loadBalancer.tags)
  return draft(context, {
    action: 'create',
    type: LISTENER_RULE,
    target: `${model.name}/${wish.slot}`,
    object: wish.object,
    call: 'CreateRule',
    reason: `${textOf(rule)} goes to Service ${group.wish.service}`,
    after: {
      ListenerArn: listener.arn,
      Priority: priority,
      Conditions: conditions(rule),
      Actions: [forward([{ TargetGroupArn: group.arn, Weight: 1 }])],
      Tags: tagList(tags),
    },
    needs,
  })
}

/**
 * A rule moves to another target group without ever pointing at one that cannot answer. A group in no rule is not health checked,
 * so the new one first joins with weight 0, which AWS checks like any other; when it is healthy it takes over.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
function modify(
  context: PlanContext,
  model: Model,
  rule: ModelRule,
  there: ObservedRule,
  observed: LoadBalancersObserved,
  needs: readonly string[],
): readonly Change[] {
  const { wish, group } = rule
  const wanted = conditions(rule)
  const shown = [there.Hosts, there.Paths, there.Other]
  const differs = canonicalJson(shown) !== canonicalJson([wish.host === '' ? [] : [wish.host], [...pathsOf(rule)].sort(), ''])
  const last: readonly Shape[] = [forward([{ TargetGroupArn: group.arn, Weight: 1 }])]
  const points = !sameActions(there.Actions, last)
  if (!differs && !points) return []
  const shares = sharesOf(there.Actions)
  const serving = shares.find(
    (share) => share.Weight > 0 && share.TargetGroupArn !== group.arn && mayAnswer(share.TargetGroupArn, model, observed),
  )
  const careful = points && serving !== undefined && !hasHealthy(group)
  const joined = shares.some((share) => share.TargetGroupArn === group.arn)
  const update = (
    detail: string,
    shares: readonly Share[],
    before: readonly Shape[],
    reason: string,
    more: Partial<Change>,
    conditioned: boolean,
  ) =>
    draft(context, {
      action: 'update',
      type: LISTENER_RULE,
      target: there.RuleArn,
      name: `${model.name}/${wish.slot}`,
      detail,
      object: wish.object,
      call: 'ModifyRule',
      before: {
        RuleArn: there.RuleArn,
        ...(conditioned ? { Conditions: observedConditions(there) } : {}),
        Actions: before,
      },
      after: { RuleArn: there.RuleArn, ...(conditioned ? { Conditions: wanted } : {}), Actions: [forward(shares)] },
      reason,
      needs: more.needs ?? needs,
      waits: more.waits ?? [],
    })
  const final = [{ TargetGroupArn: group.arn, Weight: 1 }]
  const before = there.Actions.map(shapeOf)
  const arrives = `${textOf(rule)} goes to ${group.name} (Service ${group.wish.service}) from now on`
  if (!careful) return [update('', final, before, points ? arrives : `${textOf(rule)} lost its conditions`, {}, differs)]
  const both = [serving, { TargetGroupArn: group.arn, Weight: 0 }]
  const joins = `${group.name} joins without traffic, so that its targets are health checked before they take over ${textOf(rule)}`
  const join = update('join', both, before, joins, {}, false)
  const waits: readonly Wait[] = [healthyWait(group)]
  const takeOver = update(
    '',
    final,
    joined ? before : [forward(both)],
    arrives,
    { waits, needs: joined ? needs : [...needs, join.id] },
    differs,
  )
  return joined ? [takeOver] : [join, takeOver]
}

/**
 * Whether a group that a rule uses answers, or will when its targets were checked: then the rule does not leave it before
 * another one answers. One that we do not list may be somebody's, and may serve.
 */
function mayAnswer(arn: string, model: Model, observed: LoadBalancersObserved): boolean {
  const wanted = model.groups.find((item) => item.observed?.TargetGroupArn === arn)
  const group = observed.targetGroups.find((item) => item.TargetGroupArn === arn)
  if (group === undefined) return true
  const answers = group.Targets.filter((target) => target.State === 'healthy' || target.State === 'initial').map(targetKey)
  if (wanted === undefined) return answers.length > 0
  const known = new Set(group.Targets.filter((target) => !isDraining(target.State)).map(targetKey))
  return wanted.wish.targets.some((target) => answers.includes(targetKey(target)) || !known.has(targetKey(target)))
}

/** Targets that are to be taken off do not count, whatever their last health check said. */
export function hasHealthy({ wish, observed }: ModelGroup): boolean {
  const wanted = new Set(wish.targets.map(targetKey))
  return observed?.Targets.some((target) => target.State === 'healthy' && wanted.has(targetKey(target))) ?? false
}

export function healthyWait(group: ModelGroup): Wait {
  const { HealthCheckIntervalSeconds, HealthyThresholdCount } = group.wish.HealthCheck
  const of = group.observed?.TargetGroupArn ?? group.name
  return { kind: 'targets-healthy', of, seconds: HealthCheckIntervalSeconds * HealthyThresholdCount }
}

/** A rule has at least one condition: any path stands for none. */
function pathsOf({ wish }: ModelRule): readonly string[] {
  return wish.paths.length === 0 && wish.host === '' ? ['/*'] : wish.paths
}

function conditions(rule: ModelRule): readonly Shape[] {
  return conditionsOf(rule.wish.host === '' ? [] : [rule.wish.host], pathsOf(rule))
}

function observedConditions(rule: ObservedRule): readonly Shape[] {
  return conditionsOf(rule.Hosts, rule.Paths)
}

function conditionsOf(hosts: readonly string[], paths: readonly string[]): readonly Shape[] {
  return [
    ...(hosts.length > 0 ? [{ Field: 'host-header', HostHeaderConfig: { Values: hosts } }] : []),
    ...(paths.length > 0 ? [{ Field: 'path-pattern', PathPatternConfig: { Values: paths } }] : []),
  ]
}

function textOf({ wish }: ModelRule): string {
  return `${wish.host || 'any host'}${wish.path || '/*'} on port ${wish.port}`
}
