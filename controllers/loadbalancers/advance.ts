import type { Change } from '../shared/change.ts'
import type { Outcome } from '../shared/planner.ts'
import { advanceBalancer } from './advance-balancer.ts'
import { advanceGroup } from './advance-group.ts'
import { advanceListener } from './advance-listener.ts'
import { advanceSecurityGroup } from './advance-security-group.ts'
import { advanceTags } from './advance-tags.ts'
import { callOf } from './changes.ts'
import { Input } from './input.ts'
import type { LoadBalancersObserved } from './observed.ts'

/**
 * What is observed after a change was made. `outcome` has what AWS answered; in a model, where nothing answered, what is missing
 * is made up from the change's id, and so is every reference to it: a plan can be walked to its end without AWS.
 */
export function advance(observed: LoadBalancersObserved, change: Change, outcome: Outcome, now: number): LoadBalancersObserved {
  const { operation, input } = callOf(change)
  const given = new Input(input, change.id, outcome)
  for (const step of [advanceBalancer, advanceListener, advanceGroup, advanceSecurityGroup, advanceTags]) {
    const after = step(observed, operation, given, now)
    if (after !== null) return used(after)
  }
  return observed
}

/** Which load balancer a target group serves follows from the rules that name it. */
function used(observed: LoadBalancersObserved): LoadBalancersObserved {
  const balancers = new Map(observed.listeners.map((item) => [item.ListenerArn, item.LoadBalancerArn]))
  const serves = new Map<string, Set<string>>()
  for (const rule of observed.rules)
    for (const action of rule.Actions)
      for (const share of action.Type === 'forward' ? action.TargetGroups : []) {
        const balancer = balancers.get(rule.ListenerArn)
        if (balancer !== undefined)
          serves.set(share.TargetGroupArn, (serves.get(share.TargetGroupArn) ?? new Set()).add(balancer))
      }
  return {
    ...observed,
    targetGroups: observed.targetGroups.map((group) => {
      const arns = [...(serves.get(group.TargetGroupArn) ?? [])].sort()
      return arns.join() === group.LoadBalancerArns.join() ? group : { ...group, LoadBalancerArns: arns }
    }),
  }
}
