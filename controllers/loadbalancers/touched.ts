import type { Change, Shape, ShapeValue } from '../shared/change.ts'
import {
  LISTENER,
  LISTENER_CERTIFICATE,
  LISTENER_RULE,
  LOAD_BALANCER,
  SECURITY_GROUP,
  SECURITY_GROUP_INGRESS,
  TARGET_GROUP,
} from './changes.ts'
import type { LoadBalancersObserved } from './observed.ts'
import type { Part, Stale } from './stale.ts'

// PURE: what a change acts upon.

/** The ids that a call names as what it changes, or as the parent of what it creates. Each must be proven ours. */
export function actsUpon(input: Shape): readonly string[] {
  const { LoadBalancerArn, ListenerArn, RuleArn, TargetGroupArn, GroupId, ResourceArns, RulePriorities } = input
  const moved = list(RulePriorities).map((item) => (item as Shape).RuleArn)
  return [LoadBalancerArn, ListenerArn, RuleArn, TargetGroupArn, GroupId, ...list(ResourceArns), ...moved].filter(
    (id): id is string => typeof id === 'string',
  )
}

function list(value: ShapeValue): readonly ShapeValue[] {
  return Array.isArray(value) ? value : []
}

/** Marks what has to be read again after a change of which nobody knows whether, or into what, it was made. */
export function markTouched(stale: Stale, change: Change, input: Shape, observed: LoadBalancersObserved): void {
  const [part, arn] = touched(change, input, observed)
  stale.add(part, arn)
  if (change.type === LISTENER) stale.add('certificates', text(input.ListenerArn))
  if (change.type === TARGET_GROUP && change.action === 'create') stale.add('targets')
  for (const id of list(input.ResourceArns)) if (typeof id === 'string') stale.add('tags', id)
}

function touched(change: Change, input: Shape, observed: LoadBalancersObserved): readonly [Part, string?] {
  switch (change.type) {
    case LOAD_BALANCER:
      return ['load-balancers']
    case LISTENER:
      return withArn('listeners', text(input.LoadBalancerArn))
    case LISTENER_CERTIFICATE:
      return withArn('certificates', text(input.ListenerArn))
    case LISTENER_RULE:
      return withArn('rules', text(input.ListenerArn) ?? listenerOf(input, observed))
    case TARGET_GROUP:
      return input.Targets === undefined ? ['target-groups'] : withArn('targets', text(input.TargetGroupArn))
    case SECURITY_GROUP:
    case SECURITY_GROUP_INGRESS:
      return ['security-groups']
    default:
      throw new TypeError(`${change.type} is not a resource of this controller`)
  }
}

function withArn(part: Part, arn: string | undefined): readonly [Part, string?] {
  return arn === undefined ? [part] : [part, arn]
}

function listenerOf(input: Shape, observed: LoadBalancersObserved): string | undefined {
  return observed.rules.find((rule) => rule.RuleArn === input.RuleArn)?.ListenerArn
}

function text(value: ShapeValue): string | undefined {
  return typeof value === 'string' ? value : undefined
}
