import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../aws/aws.ts'
import type { Settings } from '../shared/settings.ts'
import { listenerFrom } from './from-elbv2.ts'
import { allPages, callsFor } from './observe-calls.ts'
import { rulesOf } from './observe-listeners.ts'
import type { LoadBalancersObserved } from './observed.ts'

/** A load balancer of ours with everything that is on it, whoever put it there. */
export type Route = {
  readonly name: string
  readonly arn: string
  readonly dnsName: string
  readonly listeners: readonly {
    readonly arn: string
    readonly port: number
    readonly protocol: 'HTTP' | 'HTTPS'
    readonly owner: 'fairlead' | 'other'
    /** The default one, too. */
    readonly rules: readonly Rule[]
  }[]
}

/** Planning reads only what is ours; who asks where a request goes has to see the rest, too. */
export async function readRoutes(
  aws: Aws,
  { account, region }: Settings,
  observed: LoadBalancersObserved,
  signal: AbortSignal,
): Promise<readonly Route[]> {
  const calls = callsFor(aws, { account, region, controller: 'loadbalancers' }, { signal, priority: 'change' })
  const { elbv2, options } = calls
  return Promise.all(
    observed.loadBalancers.map(async ({ LoadBalancerArn, LoadBalancerName, DNSName }) => {
      const listeners = await allPages(
        (Marker) => elbv2.describeListeners({ LoadBalancerArn, ...(Marker === undefined ? {} : { Marker }) }, options),
        (page) => page.Listeners,
        (page) => page.NextMarker,
      )
      const read = listeners.map(listenerFrom).map(async ({ ListenerArn, Port, Protocol }) => ({
        arn: ListenerArn,
        port: Port,
        protocol: Protocol,
        owner: observed.listeners.some((item) => item.ListenerArn === ListenerArn) ? ('fairlead' as const) : ('other' as const),
        rules: await rulesOf({ calls }, ListenerArn),
      }))
      return { name: LoadBalancerName, arn: LoadBalancerArn, dnsName: DNSName, listeners: await Promise.all(read) }
    }),
  )
}
