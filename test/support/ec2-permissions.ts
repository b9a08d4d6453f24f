import { listOf, shapeOf, textOf } from '../../controllers/loadbalancers/input.ts'
import type { LoadBalancersObserved } from '../../controllers/loadbalancers/observed.ts'
import type { Change } from '../../controllers/shared/change.ts'

/** A CIDR as EC2 keeps and shows it; by other means than the product's: the URL parser shortens IPv6, and numbers clear host bits. */
export function ec2Cidr(cidr: string): string {
  const [address = '', given = ''] = cidr.split('/')
  const length = Number(given)
  const wide = address.includes(':')
  const size = wide ? 128n : 32n
  const shift = size - BigInt(length)
  const kept = (numberOf(address, wide) >> shift) << shift
  if (!wide) return `${[24n, 16n, 8n, 0n].map((at) => (kept >> at) & 255n).join('.')}/${length}`
  const groups = Array.from({ length: 8 }, (_, index) => ((kept >> BigInt(112 - 16 * index)) & 0xffffn).toString(16))
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${length}`
}

function numberOf(address: string, wide: boolean): bigint {
  if (!wide) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const parts = (text: string) => (text === '' ? [] : text.split(':'))
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - parts(head).length - parts(tail).length }, () => '0')
  return [...parts(head), ...zeros, ...parts(tail ?? '')].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n)
}

/** What EC2 would say to a change of a security group; null: it takes it. */
export function ec2Refusal(observed: LoadBalancersObserved, change: Change): string | null {
  if (change.calls[0] !== 'AuthorizeSecurityGroupIngress') return null
  const group = observed.securityGroups.find((item) => item.GroupId === textOf(change.after?.GroupId))
  const there = new Set(group?.Ingress.map((item) => `${item.IpProtocol} ${item.FromPort}-${item.ToPort} ${ec2Cidr(item.Cidr)}`))
  const given = listOf(change.after?.IpPermissions)
    .map(shapeOf)
    .flatMap((permission) =>
      [...listOf(permission.IpRanges), ...listOf(permission.Ipv6Ranges)].map(shapeOf).map((range) => {
        const cidr = ec2Cidr(textOf(range.CidrIp ?? range.CidrIpv6))
        return `${permission.IpProtocol} ${permission.FromPort}-${permission.ToPort} ${cidr}`
      }),
    )
  if (new Set(given).size < given.length) return 'The same permission must not appear multiple times'
  const known = given.find((key) => there.has(key))
  return known === undefined ? null : `InvalidPermission.Duplicate: ${known}`
}

/** Security groups as EC2 shows them in the next read. */
export function asEc2Shows(observed: LoadBalancersObserved): LoadBalancersObserved {
  const securityGroups = observed.securityGroups.map((group) => ({
    ...group,
    Ingress: group.Ingress.map((item) => ({ ...item, Cidr: ec2Cidr(item.Cidr) })),
  }))
  return { ...observed, securityGroups }
}
