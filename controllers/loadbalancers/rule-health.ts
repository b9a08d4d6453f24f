import type { Wait } from '../shared/change.ts'
import type { Model, ModelGroup } from './model.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { isDraining } from './plan-groups.ts'
import { targetKey } from './targets.ts'

/**
 * Whether a group that a rule uses answers, or will when its targets were checked: then the rule does not leave it before
 * another one answers. One that we do not list may be somebody's, and may serve.
 */
export function mayAnswer(arn: string, model: Model, observed: LoadBalancersObserved): boolean {
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
