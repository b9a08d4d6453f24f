import type { ObservedNetwork, ObservedSubnet } from './observed.ts'

type Chosen = { readonly ids: readonly string[] } | { readonly wrong: string }

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer */
const LEAST_FREE = 8
const LEAST_ZONES = 2

/** The subnets a new load balancer goes into, one per zone, as the AWS Load Balancer Controller would choose them. */
export function chooseSubnets(
  network: ObservedNetwork,
  scheme: 'internal' | 'internet-facing',
  named: readonly string[] | null,
): Chosen {
  if (named !== null) return namedSubnets(network, named)
  const role = scheme === 'internal' ? 'kubernetes.io/role/internal-elb' : 'kubernetes.io/role/elb'
  const tagged = network.Subnets.filter((subnet) => ['', '1'].includes(subnet.Tags[role] ?? 'none'))
  // Without tags, a subnet is public if its routes say so.
  const able = tagged.length > 0 ? tagged : network.Subnets.filter((subnet) => subnet.Public === (scheme === 'internet-facing'))
  const roomy = able.filter((subnet) => subnet.AvailableIpAddressCount >= LEAST_FREE)
  const byZone = new Map<string, string>()
  for (const subnet of [...roomy].sort(byId))
    if (!byZone.has(subnet.AvailabilityZone)) byZone.set(subnet.AvailabilityZone, subnet.SubnetId)
  if (byZone.size >= LEAST_ZONES) return { ids: [...byZone.values()].sort() }
  return {
    wrong: `subnets tagged ${role}=1 with ${LEAST_FREE} free addresses in at least ${LEAST_ZONES} zones, of which there are ${byZone.size}`,
  }
}

/** Subnets by id or by their Name tag. */
export function namedSubnets(network: ObservedNetwork, named: readonly string[]): Chosen {
  const found: ObservedSubnet[] = []
  for (const name of named) {
    const subnet = network.Subnets.find((item) => item.SubnetId === name || item.Tags.Name === name)
    if (subnet === undefined) return { wrong: `subnets of ${network.VpcId}, where there is no ${name}` }
    found.push(subnet)
  }
  const zones = new Set(found.map((subnet) => subnet.AvailabilityZone))
  if (zones.size < LEAST_ZONES || zones.size < found.length)
    return { wrong: `subnets in at least ${LEAST_ZONES} zones, one per zone` }
  return { ids: found.map((subnet) => subnet.SubnetId).sort() }
}

function byId(a: ObservedSubnet, b: ObservedSubnet): number {
  return a.SubnetId < b.SubnetId ? -1 : 1
}
