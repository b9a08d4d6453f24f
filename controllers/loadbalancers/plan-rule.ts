import type { Change, Shape, Wait } from '../shared/change.ts'
import { type Known, unknown } from '../shared/known.ts'
import { canonicalJson } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import { forward, type Share, sameActions, shapeOf, sharesOf } from './actions.ts'
import { LISTENER_RULE } from './changes.ts'
import { draft, tagList, tagsFor } from './draft.ts'
import type { Model, ModelRule } from './model.ts'
import { slots } from './naming.ts'
import type { LoadBalancersObserved, ObservedRule } from './observed.ts'
import { conditions, observedConditions, pathsOf, textOf } from './rule-conditions.ts'
import { answersNow, takenBy, takesFromAnswering } from './rule-handover.ts'
import { hasHealthy, healthyWait, mayAnswer } from './rule-health.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** A new rule. If others answer for its paths now, they go on until its own targets are healthy: see `modifyRule`. */
export function createRule(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  rule: ModelRule,
  observed: LoadBalancersObserved,
  priority: number,
  needs: readonly string[],
): readonly Change[] {
  const { wish, listener, group } = rule
  const tags = tagsFor(context, wish.object, slots.rule(context.unit, wish.slot), intent.loadBalancer.tags)
  const final: Share = { TargetGroupArn: group.arn, Weight: 1 }
  const serving = hasHealthy(group) ? null : answersNow(rule, model, observed)
  const shares = serving === null ? [final] : [serving, { ...final, Weight: 0 }]
  const create = draft(context, {
    action: 'create',
    type: LISTENER_RULE,
    target: `${model.name}/${wish.slot}`,
    object: wish.object,
    call: 'CreateRule',
    reason: `${textOf(rule)} goes to Service ${group.wish.service}${serving === null ? '' : ', once its targets are healthy'}`,
    after: {
      ListenerArn: listener.arn,
      Priority: priority,
      Conditions: conditions(rule),
      Actions: [forward(shares)],
      Tags: tagList(tags),
    },
    needs,
  })
  if (serving === null) return [create]
  const made = unknown(create.id, 'RuleArn')
  const step = { shares: [final], before: [forward(shares)], reason: arrivesText(rule), needs: [...needs, create.id] }
  return [create, update(context, model, rule, made, { ...step, waits: [healthyWait(group)] })]
}

/**
 * A rule moves to another target group without ever pointing at one that cannot answer. A group in no rule is not health checked,
 * so the new one first joins with weight 0, which AWS checks like any other; when it is healthy it takes over.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export function modifyRule(
  context: PlanContext,
  model: Model,
  rule: ModelRule,
  there: ObservedRule,
  observed: LoadBalancersObserved,
  needs: readonly string[],
): readonly Change[] {
  const { wish, group } = rule
  const shown = [there.Hosts, there.Paths, there.Other]
  const differs = canonicalJson(shown) !== canonicalJson([wish.host === '' ? [] : [wish.host], [...pathsOf(rule)].sort(), ''])
  const final = [{ TargetGroupArn: group.arn, Weight: 1 }]
  const points = !sameActions(there.Actions, [forward(final)])
  if (!differs && !points) return []
  const shares = sharesOf(there.Actions)
  const serving = shares.find(
    (share) => share.Weight > 0 && share.TargetGroupArn !== group.arn && mayAnswer(share.TargetGroupArn, model, observed),
  )
  const joined = shares.some((share) => share.TargetGroupArn === group.arn)
  const before = there.Actions.map(shapeOf)
  const last = {
    shares: final,
    before,
    reason: points ? arrivesText(rule) : `${textOf(rule)} has other paths in its rule`,
    needs: [...needs, ...takenBy(model, there, rule)],
    ...(differs ? { conditions: observedConditions(there) } : {}),
  }
  const unhealthy = !hasHealthy(group)
  if (!points || serving === undefined || !unhealthy) {
    const waits = unhealthy && takesFromAnswering(rule, model, observed) ? [healthyWait(group)] : []
    return [update(context, model, rule, there.RuleArn, { ...last, waits })]
  }
  const waits = [healthyWait(group)]
  if (joined) return [update(context, model, rule, there.RuleArn, { ...last, waits })]
  const both = [serving, { TargetGroupArn: group.arn, Weight: 0 }]
  const reason = `${group.name} joins without traffic, so that its targets are health checked before they take over ${textOf(rule)}`
  const join = update(context, model, rule, there.RuleArn, { detail: 'join', shares: both, before, reason, needs, waits: [] })
  const after = { ...last, before: [forward(both)], needs: [...last.needs, join.id], waits }
  return [join, update(context, model, rule, there.RuleArn, after)]
}

type Step = {
  readonly detail?: string
  readonly shares: readonly Share[]
  readonly before: readonly Shape[]
  /** The conditions it has, if they are to become others. */
  readonly conditions?: readonly Shape[]
  readonly reason: string
  readonly needs: readonly string[]
  readonly waits: readonly Wait[]
}

function update(context: PlanContext, model: Model, rule: ModelRule, arn: Known<string>, step: Step): Change {
  const { wish } = rule
  const name = `${model.name}/${wish.slot}`
  const was = step.conditions === undefined ? {} : { Conditions: step.conditions }
  const becomes = step.conditions === undefined ? {} : { Conditions: conditions(rule) }
  return draft(context, {
    action: 'update',
    type: LISTENER_RULE,
    target: typeof arn === 'string' ? arn : name,
    name,
    detail: step.detail ?? '',
    object: wish.object,
    call: 'ModifyRule',
    before: { RuleArn: arn, ...was, Actions: step.before },
    after: { RuleArn: arn, ...becomes, Actions: [forward(step.shares)] },
    reason: step.reason,
    needs: step.needs,
    waits: step.waits,
  })
}

function arrivesText(rule: ModelRule): string {
  return `${textOf(rule)} goes to ${rule.group.name} (Service ${rule.group.wish.service}) from now on`
}
