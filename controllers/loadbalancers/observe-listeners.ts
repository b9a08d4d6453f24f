import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2'
import { listenerFrom, ruleFrom } from './from-elbv2.ts'
import type { Look } from './look.ts'
import { allPages } from './observe-calls.ts'
import type { LoadBalancersObserved, ObservedListener, ObservedLoadBalancer, ObservedRule } from './observed.ts'

/** The listeners of the given load balancers with their certificates; read again where stale or new. */
export async function readListeners(
  look: Look,
  was: LoadBalancersObserved,
  balancers: readonly ObservedLoadBalancer[],
): Promise<readonly ObservedListener[]> {
  const known = new Map(was.listeners.map((item) => [item.ListenerArn, item]))
  const lists = await Promise.all(
    balancers.map(async ({ LoadBalancerArn }) => {
      const fresh = !was.loadBalancers.some((item) => item.LoadBalancerArn === LoadBalancerArn)
      if (!fresh && !look.stale.has('listeners', LoadBalancerArn))
        return was.listeners.filter((item) => item.LoadBalancerArn === LoadBalancerArn)
      const { elbv2, options } = look.calls
      const answer = await allPages(
        (Marker) => elbv2.describeListeners({ LoadBalancerArn, ...(Marker === undefined ? {} : { Marker }) }, options),
        (page) => page.Listeners,
        (page) => page.NextMarker,
      )
      return answer.map(listenerFrom).map((item) => ({
        ...item,
        Certificates: (known.get(item.ListenerArn)?.Certificates ?? []).filter((arn) => arn !== item.DefaultCertificate),
        Tags: known.get(item.ListenerArn)?.Tags ?? {},
      }))
    }),
  )
  return Promise.all(lists.flat().map((item) => withCertificates(look, item, known.has(item.ListenerArn))))
}

/** DescribeListeners shows the default certificate alone; plain HTTP has none to ask for. */
async function withCertificates(look: Look, listener: ObservedListener, known: boolean): Promise<ObservedListener> {
  if (listener.Protocol !== 'HTTPS' || (known && !look.stale.has('certificates', listener.ListenerArn))) return listener
  const { elbv2, options } = look.calls
  const answer = await allPages(
    (Marker) =>
      elbv2.describeListenerCertificates(
        { ListenerArn: listener.ListenerArn, ...(Marker === undefined ? {} : { Marker }) },
        options,
      ),
    (page) => page.Certificates,
    (page) => page.NextMarker,
  )
  const arns = answer.flatMap((item) => (item.CertificateArn === undefined ? [] : [item.CertificateArn]))
  return { ...listener, Certificates: [...new Set(arns)].filter((arn) => arn !== listener.DefaultCertificate).sort() }
}

/** The rules of the given listeners but for the default ones; read again where stale or new. */
export async function readRules(
  look: Look,
  was: LoadBalancersObserved,
  listeners: readonly ObservedListener[],
): Promise<readonly ObservedRule[]> {
  const known = new Map(was.rules.map((item) => [item.RuleArn, item]))
  const lists = await Promise.all(
    listeners.map(async ({ ListenerArn }) => {
      const fresh = !was.listeners.some((item) => item.ListenerArn === ListenerArn)
      if (!fresh && !look.stale.has('rules', ListenerArn)) return was.rules.filter((item) => item.ListenerArn === ListenerArn)
      return (await rulesOf(look, ListenerArn))
        .filter((rule) => rule.IsDefault !== true)
        .map((rule) => ruleFrom(rule, ListenerArn, known.get(rule.RuleArn ?? '')?.seenAt ?? look.now))
        .map((rule) => ({ ...rule, Tags: known.get(rule.RuleArn)?.Tags ?? {} }))
    }),
  )
  return lists.flat()
}

export function rulesOf({ calls: { elbv2, options } }: Pick<Look, 'calls'>, ListenerArn: string): Promise<readonly Rule[]> {
  return allPages(
    (Marker) => elbv2.describeRules({ ListenerArn, ...(Marker === undefined ? {} : { Marker }) }, options),
    (page) => page.Rules,
    (page) => page.NextMarker,
  )
}
