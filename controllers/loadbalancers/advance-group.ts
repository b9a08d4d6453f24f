import type { Shape } from '../shared/change.ts'
import { attributesIn } from './advance-balancer.ts'
import { type Input, textOf } from './input.ts'
import type { HealthCheck, LoadBalancersObserved, ObservedTarget, ObservedTargetGroup } from './observed.ts'
import { isDraining } from './plan-groups.ts'
import { type Target, targetKey } from './targets.ts'

type Step = (observed: LoadBalancersObserved, operation: string, input: Input) => LoadBalancersObserved | null

export const advanceGroup: Step = (observed, operation, input) => {
  const arn = input.text('TargetGroupArn')
  const update = (part: (item: ObservedTargetGroup) => Partial<ObservedTargetGroup>): LoadBalancersObserved => ({
    ...observed,
    targetGroups: observed.targetGroups.map((item) => (item.TargetGroupArn === arn ? { ...item, ...part(item) } : item)),
  })
  switch (operation) {
    case 'CreateTargetGroup': {
      const made = created(input)
      return {
        ...observed,
        targetGroups: [...observed.targetGroups.filter((item) => item.TargetGroupArn !== made.TargetGroupArn), made],
      }
    }
    case 'ModifyTargetGroup':
      return update((item) => ({ HealthCheck: { ...item.HealthCheck, ...checkIn(input) } }))
    case 'ModifyTargetGroupAttributes':
      return update((item) => ({ Attributes: { ...item.Attributes, ...attributesIn(input) } }))
    case 'RegisterTargets':
      return update((item) => ({ Targets: registered(item, targetsIn(input)) }))
    case 'DeregisterTargets':
      return update((item) => ({ Targets: deregistered(item, targetsIn(input)) }))
    case 'DeleteTargetGroup':
      return { ...observed, targetGroups: observed.targetGroups.filter((item) => item.TargetGroupArn !== arn) }
    default:
      return null
  }
}

function created(input: Input): ObservedTargetGroup {
  return {
    TargetGroupArn: input.answer('TargetGroupArn'),
    TargetGroupName: input.text('Name'),
    Protocol: input.text('Protocol') as ObservedTargetGroup['Protocol'],
    ProtocolVersion: input.text('ProtocolVersion') as ObservedTargetGroup['ProtocolVersion'],
    Port: input.number('Port'),
    VpcId: input.text('VpcId'),
    TargetType: input.text('TargetType') as ObservedTargetGroup['TargetType'],
    IpAddressType: input.text('IpAddressType') as ObservedTargetGroup['IpAddressType'],
    HealthCheck: checkIn(input) as HealthCheck,
    LoadBalancerArns: [],
    Tags: input.tags(),
    Attributes: null,
    Targets: [],
  }
}

const TEXTS = ['HealthCheckProtocol', 'HealthCheckPort', 'HealthCheckPath'] as const
const NUMBERS = [
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
] as const

function checkIn(input: Input): Partial<HealthCheck> {
  const matcher: Shape = input.shape('Matcher')
  return Object.fromEntries([
    ...TEXTS.filter((field) => input.has(field)).map((field) => [field, input.text(field)]),
    ...NUMBERS.filter((field) => input.has(field)).map((field) => [field, input.number(field)]),
    ...(input.has('Matcher') ? [['Matcher', textOf(matcher.HttpCode ?? matcher.GrpcCode)]] : []),
  ]) as Partial<HealthCheck>
}

function targetsIn(input: Input): readonly Target[] {
  return input.shapes('Targets').map((item) => ({ Id: textOf(item.Id), Port: Number(item.Port) }))
}

/** Registering ends draining and otherwise changes nothing for what is there. */
function registered(group: ObservedTargetGroup, targets: readonly Target[]): readonly ObservedTarget[] {
  const staying = group.Targets.filter((item) => !isDraining(item.State))
  const there = new Set(staying.map(targetKey))
  const added = targets.filter((target) => !there.has(targetKey(target)))
  const keys = new Set(added.map(targetKey))
  const drained = group.Targets.filter((item) => isDraining(item.State) && !keys.has(targetKey(item)))
  const fresh = added.map(
    (target): ObservedTarget =>
      group.LoadBalancerArns.length > 0
        ? { ...target, State: 'initial', Reason: 'Elb.RegistrationInProgress' }
        : { ...target, State: 'unused', Reason: 'Target.NotInUse' },
  )
  return [...staying, ...drained, ...fresh].sort((a, b) => (targetKey(a) < targetKey(b) ? -1 : 1))
}

/** Nothing flows to a group that is not in use, so its targets are gone at once; others drain. */
function deregistered(group: ObservedTargetGroup, targets: readonly Target[]): readonly ObservedTarget[] {
  const keys = new Set(targets.map(targetKey))
  if (group.LoadBalancerArns.length === 0) return group.Targets.filter((item) => !keys.has(targetKey(item)))
  return group.Targets.map((item) =>
    keys.has(targetKey(item)) ? { ...item, State: 'draining', Reason: 'Target.DeregistrationInProgress' } : item,
  )
}
