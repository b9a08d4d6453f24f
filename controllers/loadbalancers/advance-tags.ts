import type { Tags } from '../shared/names.ts'
import type { Input } from './input.ts'
import type { LoadBalancersObserved } from './observed.ts'

/** AddTags and RemoveTags name resources of any kind. */
export function advanceTags(observed: LoadBalancersObserved, operation: string, input: Input): LoadBalancersObserved | null {
  if (operation !== 'AddTags' && operation !== 'RemoveTags') return null
  const arns = new Set(input.texts('ResourceArns'))
  const added = operation === 'AddTags' ? input.tags() : {}
  const removed = new Set(operation === 'RemoveTags' ? input.texts('TagKeys') : [])
  const apply = <T extends { readonly Tags: Tags }>(item: T, arn: string): T => {
    if (!arns.has(arn)) return item
    const kept = Object.entries({ ...item.Tags, ...added }).filter(([key]) => !removed.has(key))
    return { ...item, Tags: Object.fromEntries(kept) }
  }
  return {
    ...observed,
    loadBalancers: observed.loadBalancers.map((item) => apply(item, item.LoadBalancerArn)),
    listeners: observed.listeners.map((item) => apply(item, item.ListenerArn)),
    rules: observed.rules.map((item) => apply(item, item.RuleArn)),
    targetGroups: observed.targetGroups.map((item) => apply(item, item.TargetGroupArn)),
  }
}
