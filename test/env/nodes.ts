// Fake worker nodes that look like EC2 instances; KWOK keeps them Ready and runs the pods placed on them.
import { type ApiServer, kubeApply, kubeRequest } from './kube-api.ts'
import { until } from './until.ts'

export type FakeNode = {
  readonly name: string
  readonly zone: string
  /** i- and 17 hexadecimal digits, as in the node's providerID. */
  readonly instanceId: string
  readonly internalIp: string
  readonly podCidr: string
}

export type NodeOptions = {
  /** Default: us-east-1a, b and c, filled in turn. */
  readonly zones?: readonly string[]
  /** First two octets of the VPC. Default 10.0: zone k has 10.0.(32k).0/19, its n-th node 10.0.(32k).(10+n), pods in 10.0.(32k+1+n).0/24. */
  readonly vpc?: string
}

/** What createNodes(count) makes, as data. */
export function fakeNodes(
  count: number,
  { zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'], vpc = '10.0' }: NodeOptions = {},
): readonly FakeNode[] {
  return Array.from({ length: count }, (_, index) => {
    const zoneIndex = index % zones.length
    const inZone = Math.floor(index / zones.length)
    const base = zoneIndex * 32
    if (base > 224 || inZone > 30)
      throw new RangeError(`the address plan holds 8 zones with 31 nodes each, not ${count} nodes in ${zones.length} zones`)
    return {
      name: `node-${index + 1}`,
      zone: zones[zoneIndex] as string,
      instanceId: `i-0${(index + 1).toString(16).padStart(16, '0')}`,
      internalIp: `${vpc}.${base}.${10 + inZone}`,
      podCidr: `${vpc}.${base + 1 + inZone}.0/24`,
    }
  })
}

/** Creates the nodes and waits until each is Ready and takes pods. */
export async function createNodes(server: ApiServer, count: number, options: NodeOptions = {}): Promise<readonly FakeNode[]> {
  const nodes = fakeNodes(count, options)
  await Promise.all(nodes.map((node) => createNode(server, node)))
  await Promise.all(nodes.map((node) => until(`${node.name} is Ready`, () => settled(server, node))))
  return nodes
}

async function createNode(server: ApiServer, { name, zone, instanceId, podCidr }: FakeNode): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'm7g.large',
    'topology.kubernetes.io/region': zone.replace(/[a-z]$/, ''),
    'topology.kubernetes.io/zone': zone,
  }
  const spec = { providerID: `aws:///${zone}/${instanceId}`, podCIDR: podCidr, podCIDRs: [podCidr] }
  await kubeApply(server, 'nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec })
}

type Node = {
  readonly spec: { readonly taints?: readonly unknown[] }
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly addresses?: readonly { readonly address: string }[]
  }
}

/** KWOK gives a new node an address of its own and may do so late, from an older copy: ours is written again until it is what is read. */
async function settled(server: ApiServer, { name, internalIp }: FakeNode): Promise<boolean> {
  const { spec, status } = await kubeRequest<Node>(server, `/api/v1/nodes/${name}`)
  const ready = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
  if (!ready) return false
  if (status.addresses?.some(({ address }) => address === internalIp)) return (spec.taints ?? []).length === 0
  const addresses = [
    { type: 'InternalIP', address: internalIp },
    { type: 'Hostname', address: name },
  ]
  await kubeRequest(server, `/api/v1/nodes/${name}/status`, {
    method: 'PATCH',
    body: { status: { addresses } },
    contentType: 'application/merge-patch+json',
  })
  return false
}
