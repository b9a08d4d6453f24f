import type { Change } from '../shared/change.ts'
import { lastMade } from '../shared/last-made.ts'
import type { PlanContext } from '../shared/planner.ts'
import { LISTENER_RULE } from './changes.ts'
import { draft } from './draft.ts'
import type { Model, ModelListener, ModelRule } from './model.ts'
import { ids } from './naming.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { certificateNeed } from './plan-listeners.ts'
import { createRule, modifyRule } from './plan-rule.ts'
import { assignPriorities } from './priorities.ts'
import type { LoadBalancerIntent } from './wish.ts'

/**
 * Rules: made, moved to their place, and pointed at their target groups. `earlier` are the changes already planned, `makeRoom` the
 * ids of those that have to be made before there is room for a new rule.
 */
export function planRules(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  observed: LoadBalancersObserved,
  earlier: readonly Change[],
  makeRoom: readonly string[],
): readonly Change[] {
  return model.listeners.flatMap((listener) => {
    const rules = model.rules.filter((rule) => rule.listener === listener)
    const existing = new Map(rules.flatMap((rule) => (rule.observed ? [[rule.wish.slot, rule.observed.Priority] as const] : [])))
    const mine = new Set(rules.map((rule) => rule.observed?.RuleArn))
    const others = observed.rules.filter((rule) => rule.ListenerArn === listener.observed?.ListenerArn && !mine.has(rule.RuleArn))
    const order = rules.map((rule) => rule.wish.slot)
    const priorities = assignPriorities(order, existing, new Set(others.map((rule) => rule.Priority)))
    const reorder = priorities.moved.length === 0 ? [] : [setPriorities(context, model, listener, rules, priorities)]
    const before = [...earlier, ...reorder]
    const changes = rules.flatMap((rule) => {
      const needs = needsFor(model, rule, before)
      if (rule.observed !== null) return modifyRule(context, model, rule, rule.observed, observed, needs)
      return createRule(context, intent, model, rule, observed, priorities.of.get(rule.wish.slot)!, [...needs, ...makeRoom])
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
  return [...bringers(earlier).filter((id) => id.startsWith(registers) || id === order), ...held.filter((id) => id !== null)]
}

/** Each rule of a listener asks for its own of them. */
const bringers = lastMade((earlier: readonly Change[]) =>
  earlier.filter((item) => item.type === LISTENER_RULE || item.id.includes(':register:')).map((item) => item.id),
)

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
