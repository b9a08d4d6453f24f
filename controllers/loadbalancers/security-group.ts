import type { Shape } from '../shared/change.ts'
import type { Model } from './model.ts'
import type { IngressPermission } from './observed.ts'

/** Who may connect: each listener's port from each of its CIDRs. */
export function wantedPermissions(model: Model): readonly IngressPermission[] {
  return model.listeners.flatMap(({ wish }) =>
    wish.cidrs.map((cidr) => ({ IpProtocol: 'tcp', FromPort: wish.port, ToPort: wish.port, Cidr: canonicalCidr(cidr) })),
  )
}

export function permissionKey(item: IngressPermission): string {
  return `${item.IpProtocol} ${item.FromPort}-${item.ToPort} ${canonicalCidr(item.Cidr)}`
}

/** EC2 clears the host bits of what it is given: 10.1.2.3/8 becomes 10.0.0.0/8. */
function canonicalCidr(cidr: string): string {
  const [address = '', length = '32'] = cidr.split('/')
  if (address.includes(':')) return cidr.toLowerCase()
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(length))
  const first = Math.floor(bits / size) * size
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${Number(length)}`
}

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
