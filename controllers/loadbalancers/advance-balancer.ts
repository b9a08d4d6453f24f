import { type Input, textOf } from './input.ts'
import type { Attributes, LoadBalancersObserved, ObservedLoadBalancer } from './observed.ts'

type Step = (observed: LoadBalancersObserved, operation: string, input: Input, now: number) => LoadBalancersObserved | null

export const advanceBalancer: Step = (observed, operation, input, now) => {
  const arn = input.text('LoadBalancerArn')
  const update = (part: (item: ObservedLoadBalancer) => Partial<ObservedLoadBalancer>): LoadBalancersObserved => ({
    ...observed,
    loadBalancers: observed.loadBalancers.map((item) => (item.LoadBalancerArn === arn ? { ...item, ...part(item) } : item)),
  })
  switch (operation) {
    case 'CreateLoadBalancer': {
      const made = created(input, now)
      const others = observed.loadBalancers.filter((item) => item.LoadBalancerArn !== made.LoadBalancerArn)
      return { ...observed, loadBalancers: [...others, made] }
    }
    case 'SetSubnets':
      return update(() => ({ Subnets: [...input.texts('Subnets')].sort() }))
    case 'SetSecurityGroups':
      return update(() => ({ SecurityGroups: [...input.texts('SecurityGroups')].sort() }))
    case 'SetIpAddressType':
      return update(() => ({ IpAddressType: input.text('IpAddressType') as ObservedLoadBalancer['IpAddressType'] }))
    case 'ModifyLoadBalancerAttributes':
      return update((item) => ({ Attributes: { ...item.Attributes, ...attributesIn(input) } }))
    case 'DeleteLoadBalancer': {
      const listeners = observed.listeners.filter((item) => item.LoadBalancerArn === arn).map((item) => item.ListenerArn)
      return {
        ...observed,
        loadBalancers: observed.loadBalancers.filter((item) => item.LoadBalancerArn !== arn),
        listeners: observed.listeners.filter((item) => !listeners.includes(item.ListenerArn)),
        rules: observed.rules.filter((item) => !listeners.includes(item.ListenerArn)),
      }
    }
    default:
      return null
  }
}

function created(input: Input, now: number): ObservedLoadBalancer {
  const time = input.outcome('CreatedTime')
  const state = (input.outcome('State') as { readonly Code?: ObservedLoadBalancer['State'] } | undefined)?.Code ?? 'provisioning'
  return {
    LoadBalancerArn: input.answer('LoadBalancerArn'),
    LoadBalancerName: input.text('Name'),
    DNSName: input.answer('DNSName'),
    CanonicalHostedZoneId: input.answer('CanonicalHostedZoneId'),
    Scheme: input.text('Scheme') as ObservedLoadBalancer['Scheme'],
    IpAddressType: input.text('IpAddressType') as ObservedLoadBalancer['IpAddressType'],
    VpcId: input.answer('VpcId'),
    State: state,
    activeSeenAt: state === 'active' ? now : null,
    CreatedTime: time instanceof Date ? time.toISOString() : typeof time === 'string' ? time : new Date(now).toISOString(),
    Subnets: [...input.texts('Subnets')].sort(),
    SecurityGroups: [...input.texts('SecurityGroups')].sort(),
    Tags: input.tags(),
    Attributes: null,
  }
}

export function attributesIn(input: Input): Attributes {
  return Object.fromEntries(input.shapes('Attributes').map((item) => [textOf(item.Key), textOf(item.Value)]))
}
