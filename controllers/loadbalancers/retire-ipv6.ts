import type { Change } from '../shared/change.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import { LOAD_BALANCER } from './changes.ts'
import { draft } from './draft.ts'
import { goneWhen, type Retiring, sharedObject } from './retiring.ts'

/** The IPv6 addresses of a load balancer that stays, once no AAAA record sends anybody to them. */
export function retireIpv6(retiring: Retiring): readonly Change[] {
  const { context, intent, modelled, down } = retiring
  const there = modelled.model?.balancer ?? null
  const { ipAddressType } = intent.loadBalancer
  if (there === null || there.IpAddressType === 'ipv4' || ipAddressType === 'dualstack') return []
  const { LoadBalancerArn } = there
  return [
    draft(context, {
      action: 'update',
      type: LOAD_BALANCER,
      target: LoadBalancerArn,
      name: there.LoadBalancerName,
      detail: 'ip-address-type',
      object: sharedObject(retiring, there.Tags[TAG_OBJECT]),
      call: 'SetIpAddressType',
      before: { IpAddressType: there.IpAddressType },
      after: { LoadBalancerArn, IpAddressType: ipAddressType },
      reason: `It is to be ${ipAddressType}`,
      ...goneWhen(retiring, there, null, down.dns.pointingIpv6 ?? []),
    }),
  ]
}
