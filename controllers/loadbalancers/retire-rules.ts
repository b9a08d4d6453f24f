import type { Change } from '../shared/change.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import { shapeOf } from './actions.ts'
import { LISTENER, LISTENER_RULE } from './changes.ts'
import { draft } from './draft.ts'
import { isOn } from './model.ts'
import { ids, ruleName } from './naming.ts'
import type { ObservedLoadBalancer } from './observed.ts'
import { listenerStays } from './plan.ts'
import { goneWhen, type Retiring, sharedObject } from './retiring.ts'
import { takenBy } from './rule-handover.ts'
import { roomFor } from './rule-room.ts'
import { objectOf } from './serving.ts'

/** Rules on a load balancer that stays. */
export function retireRules(retiring: Retiring, balancer: ObservedLoadBalancer): readonly Change[] {
  const { context, modelled, observed, built } = retiring
  const { model, isHeld } = modelled
  const here = model?.name === balancer.LoadBalancerName ? model.rules : []
  const wanted = new Set(here.map((rule) => rule.observed?.RuleArn))
  const there = observed.rules.filter((rule) => isOn(rule, balancer, observed))
  const { first } = roomFor(modelled, observed, context.settings.quotas)
  return there
    .filter((rule) => !wanted.has(rule.RuleArn) && !isHeld(rule))
    .map((rule) => {
      const host = rule.Hosts[0] ?? ''
      const successors = here.filter((item) => item.wish.host === host)
      const held = there.some((item) => isHeld(item) && (item.Hosts[0] ?? '') === host)
      // Its record goes to another load balancer, even if this one keeps some of the host for who is merely broken.
      const moves = here.length === 0 && model?.rules.some((item) => item.wish.host === host)
      const stays = successors.length > 0 || (held && !moves)
      // A host that stays gets its other rules first; one that goes, first has no record any more. A rule that is there already
      // serves, even if it is still to go elsewhere: that may take for ever, and must not hold up who leaves.
      const after = successors.map(({ wish }) => ids.rule('create', model!.name, wish.slot))
      const taken = model === null ? [] : takenBy(model, rule, null)
      const pending = new Set(built.map((item) => item.id))
      const until = stays
        ? { needs: first.has(rule) ? [] : [...new Set([...after, ...taken])].filter((id) => pending.has(id)), waits: [] }
        : goneWhen(retiring, balancer, host === '' ? [] : [host])
      return draft(context, {
        action: 'delete',
        type: LISTENER_RULE,
        target: rule.RuleArn,
        name: ruleName(balancer, rule),
        object: objectOf(rule.Tags[TAG_OBJECT]),
        call: 'DeleteRule',
        before: {
          RuleArn: rule.RuleArn,
          Priority: rule.Priority,
          Hosts: rule.Hosts,
          Paths: rule.Paths,
          Actions: rule.Actions.map(shapeOf),
        },
        reason: `Nobody asks for ${host || 'any host'}${rule.Paths[0] ?? ''} any more`,
        ...until,
      })
    })
}

/** Listeners that nobody wants on a load balancer that stays, once their rules are gone. */
export function retireListeners(retiring: Retiring, balancer: ObservedLoadBalancer, rules: readonly Change[]): readonly Change[] {
  const { context, observed, modelled } = retiring
  return observed.listeners
    .filter((item) => item.LoadBalancerArn === balancer.LoadBalancerArn && !listenerStays(item, modelled, observed))
    .map((listener) => {
      const its = observed.rules.filter((rule) => rule.ListenerArn === listener.ListenerArn).map((rule) => rule.RuleArn)
      return draft(context, {
        action: 'delete',
        type: LISTENER,
        target: listener.ListenerArn,
        name: `${balancer.LoadBalancerName}/${listener.Port}`,
        object: sharedObject(retiring, listener.Tags[TAG_OBJECT]),
        call: 'DeleteListener',
        before: { ListenerArn: listener.ListenerArn, Protocol: listener.Protocol, Port: listener.Port },
        reason: `Nobody listens on port ${listener.Port} any more`,
        needs: rules.filter((item) => its.includes(item.target)).map((item) => item.id),
      })
    })
}
