import type { Clock } from '../runtime/clock.ts'
import { subnetFrom } from './from-ec2.ts'
import { allPages, type Calls } from './observe-calls.ts'
import type { ObservedNetwork } from './observed.ts'

const ROLE_TAGS = ['kubernetes.io/role/elb', 'kubernetes.io/role/internal-elb']

/** The subnets of a VPC, read rarely: they change when somebody rebuilds the network, and every unit reads the same ones. */
export class NetworkCache {
  readonly #clock: Clock
  readonly #read = new Map<string, { readonly network: Promise<ObservedNetwork>; readonly at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `maxAgeMs` Infinity: whatever is known. Units that ask at the same time share one answer. */
  async of(vpcId: string, maxAgeMs: number, calls: Calls): Promise<ObservedNetwork> {
    const known = this.#read.get(vpcId)
    const now = this.#clock.monotonic()
    if (known !== undefined && now - known.at < maxAgeMs) return known.network
    const network = readNetwork(vpcId, calls)
    const entry = { network, at: now }
    this.#read.set(vpcId, entry)
    network.catch(() => {
      // What was known before is better than nothing; without it the next unit asks again.
      if (this.#read.get(vpcId) !== entry) return
      if (known === undefined) this.#read.delete(vpcId)
      else this.#read.set(vpcId, known)
    })
    return network
  }

  /** AWS refused a subnet we chose: look again. */
  drop(vpcId: string): void {
    this.#read.delete(vpcId)
  }
}

async function readNetwork(vpcId: string, { ec2, options }: Calls): Promise<ObservedNetwork> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }]
  const subnets = await allPages(
    (marker) => ec2.describeSubnets({ Filters, ...(marker === undefined ? {} : { NextToken: marker }) }, options),
    (answer) => answer.Subnets,
    (answer) => answer.NextToken,
  )
  // Only where tags do not say which subnets are for load balancers do routes have to.
  const tagged = ROLE_TAGS.every((role) => subnets.some((subnet) => subnet.Tags?.some((tag) => tag.Key === role)))
  const tables = tagged
    ? null
    : await allPages(
        (marker) => ec2.describeRouteTables({ Filters, ...(marker === undefined ? {} : { NextToken: marker }) }, options),
        (answer) => answer.RouteTables,
        (answer) => answer.NextToken,
      )
  return {
    VpcId: vpcId,
    Subnets: subnets
      .map((subnet) => subnetFrom(subnet, tables))
      .sort((a, b) => (a.SubnetId < b.SubnetId ? -1 : a.SubnetId > b.SubnetId ? 1 : 0)),
  }
}
