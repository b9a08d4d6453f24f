import type { Shape } from '../shared/change.ts'
import { canonicalCidr } from '../shared/cidr-text.ts'
import { uniqueBy } from './look.ts'
import type { Model } from './model.ts'
import type { IngressPermission } from './observed.ts'
import type { BalancerWish } from './wish.ts'

/** Who may connect: each listener's port from each of its CIDRs. Of two that EC2 takes for the same, one: it refuses repetitions. */
export function wantedPermissions({ listeners }: Model, { ipAddressType }: BalancerWish): readonly IngressPermission[] {
  const everybody = ipAddressType === 'dualstack' ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0']
  const all = listeners.flatMap(({ wish }) =>
    [...wish.cidrs, ...(wish.open ? everybody : [])].map((cidr) => ({
      IpProtocol: 'tcp',
      FromPort: wish.port,
      ToPort: wish.port,
      Cidr: written(cidr),
    })),
  )
  return uniqueBy(all, permissionKey)
}

export function permissionKey(item: IngressPermission): string {
  return `${item.IpProtocol} ${item.FromPort}-${item.ToPort} ${written(item.Cidr)}`
}

/** EC2 clears the host bits of what it is given, and so compares. */
const written = (cidr: string): string => canonicalCidr(cidr) ?? cidr

/** `IpPermissions`, one per port range, each with its ranges. */
export function ipPermissions(items: readonly IngressPermission[]): readonly Shape[] {
  const ports = new Map<string, IngressPermission[]>()
  for (const item of items) {
    const key = `${item.IpProtocol} ${item.FromPort}-${item.ToPort}`
    ports.set(key, [...(ports.get(key) ?? []), item])
  }
  return [...ports.values()].map((group) => {
    const { IpProtocol, FromPort, ToPort } = group[0]!
    const v4 = group.filter((item) => !item.Cidr.includes(':')).map((item) => ({ CidrIp: item.Cidr }))
    const v6 = group.filter((item) => item.Cidr.includes(':')).map((item) => ({ CidrIpv6: item.Cidr }))
    return {
      IpProtocol,
      FromPort,
      ToPort,
      ...(v4.length > 0 ? { IpRanges: v4 } : {}),
      ...(v6.length > 0 ? { Ipv6Ranges: v6 } : {}),
    }
  })
}
