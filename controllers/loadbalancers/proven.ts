import type { Tags } from '../shared/names.ts'
import type { LoadBalancersObserved } from './observed.ts'

/** The tags with which a resource proved itself when it was read, or with which we made it; null: it never did. */
export function tagsOf(observed: LoadBalancersObserved, id: string): Tags | null {
  return (
    observed.loadBalancers.find((item) => item.LoadBalancerArn === id)?.Tags ??
    observed.listeners.find((item) => item.ListenerArn === id)?.Tags ??
    observed.rules.find((item) => item.RuleArn === id)?.Tags ??
    observed.targetGroups.find((item) => item.TargetGroupArn === id)?.Tags ??
    observed.securityGroups.find((item) => item.GroupId === id)?.Tags ??
    null
  )
}
