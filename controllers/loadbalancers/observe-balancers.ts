import type { Tags } from '../shared/names.ts'
import { attributesFrom, loadBalancerFrom } from './from-elbv2.ts'
import { type Look, uniqueBy } from './look.ts'
import { whatExists } from './observe-calls.ts'
import { readTags } from './observe-tags.ts'
import type { ObservedLoadBalancer } from './observed.ts'
import { isOfUnit } from './proof.ts'

/**
 * The unit's load balancers: those known, those the tag index lists, and those whose name the intent would give them.
 * One that carries such a name and is not proven ours is left out, and its name remembered as taken.
 */
export async function readLoadBalancers(
  look: Look,
  was: readonly ObservedLoadBalancer[],
): Promise<readonly ObservedLoadBalancer[]> {
  const { elbv2, options } = look.calls
  const reread = look.stale.has('load-balancers')
  const arns = reread ? was.map((item) => item.LoadBalancerArn) : []
  for (const arn of look.state.leftovers)
    if (arn.includes(':loadbalancer/') && !was.some((item) => item.LoadBalancerArn === arn)) arns.push(arn)
  const names = look.wanted.loadBalancerNames.filter(
    (name) => !was.some((item) => item.LoadBalancerName === name) && (look.whole || reread || !look.state.lookedFor.has(name)),
  )
  const describe = async (input: { LoadBalancerArns: string[] } | { Names: string[] }) =>
    ((await elbv2.describeLoadBalancers(input, options)).LoadBalancers ?? []).map(loadBalancerFrom)
  const byArn = await whatExists(arns, (keys) => describe({ LoadBalancerArns: [...keys] }))
  const unmet = names.filter((name) => !byArn.some((item) => item.LoadBalancerName === name))
  const byName = await whatExists(unmet, (keys) => describe({ Names: [...keys] }))
  for (const name of names) {
    look.state.lookedFor.add(name)
    look.state.taken.delete(name)
  }
  const kept = reread ? [] : was
  const found = uniqueBy([...kept, ...byArn, ...byName], (item) => item.LoadBalancerArn)
  return withProof(look, was, found)
}

/** New ones must prove themselves before anything more is asked about them. */
async function withProof(
  look: Look,
  was: readonly ObservedLoadBalancer[],
  found: readonly ObservedLoadBalancer[],
): Promise<readonly ObservedLoadBalancer[]> {
  const before = new Map(was.map((item) => [item.LoadBalancerArn, item]))
  const strangers = found.filter((item) => !before.has(item.LoadBalancerArn)).map((item) => item.LoadBalancerArn)
  const tags = strangers.length === 0 ? new Map() : await readTags({ ...look, whole: false }, new Map(), strangers)
  return found.flatMap((item) => {
    const known = before.get(item.LoadBalancerArn)
    const proven = seen(item, known, tags.get(item.LoadBalancerArn) ?? {}, look.now)
    if (known === undefined) {
      if (!isOfUnit(proven.Tags, look.clusterId, look.unitKey)) {
        look.state.taken.add(item.LoadBalancerName)
        return []
      }
    }
    return [proven]
  })
}

/** What a read does not tell is as it was known before. */
export function seen(
  item: ObservedLoadBalancer,
  known: ObservedLoadBalancer | undefined,
  tags: Tags,
  now: number,
): ObservedLoadBalancer {
  const active = item.State === 'active' || item.State === 'active_impaired'
  return {
    ...item,
    activeSeenAt: active ? (known?.activeSeenAt ?? now) : null,
    Tags: known?.Tags ?? tags,
    Attributes: known?.Attributes ?? null,
  }
}

/** Attributes cost a call each and are read only where the plan will look at them. */
export async function withAttributes(look: Look, balancer: ObservedLoadBalancer): Promise<ObservedLoadBalancer> {
  if (!look.wanted.loadBalancerAttributes(balancer)) return balancer
  if (balancer.Attributes !== null && !look.stale.has('load-balancers')) return balancer
  const { elbv2, options } = look.calls
  const answer = await elbv2.describeLoadBalancerAttributes({ LoadBalancerArn: balancer.LoadBalancerArn }, options)
  return { ...balancer, Attributes: attributesFrom(answer.Attributes) }
}
