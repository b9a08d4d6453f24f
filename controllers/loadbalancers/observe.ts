import { TAG_CLUSTER, TAG_SLOT, type Tags, tagValue } from '../shared/names.ts'
import { securityGroupFrom } from './from-ec2.ts'
import { type Look, sortedBy } from './look.ts'
import { readLoadBalancers, withAttributes } from './observe-balancers.ts'
import { allPages } from './observe-calls.ts'
import { readListeners, readRules } from './observe-listeners.ts'
import { readTags } from './observe-tags.ts'
import { readTargetGroups, withTargets } from './observe-target-groups.ts'
import type { LoadBalancersObserved, ObservedSecurityGroup } from './observed.ts'
import { isOfUnit, slotPattern } from './proof.ts'

/**
 * Reads what is stale of a unit, and of what turns out to be new everything; the rest stays as it was.
 * A sweep of one load balancer costs six calls (itself, its listeners, the certificates of its HTTPS listener, its target groups,
 * tags, security groups), one per listener for its rules, and one per target group for its targets.
 * Nothing is listed that tags do not prove to be of this unit.
 */
export async function observe(look: Look, was: LoadBalancersObserved): Promise<LoadBalancersObserved> {
  const [balancers, securityGroups] = await Promise.all([
    readLoadBalancers(look, was.loadBalancers),
    readSecurityGroups(look, was.securityGroups),
  ])
  const [[listeners, rules], targetGroups] = await Promise.all([
    readListeners(look, was, balancers).then(async (found) => [found, await readRules(look, was, found)] as const),
    readTargetGroups(look, was.targetGroups, balancers),
  ])
  const arns = {
    balancers: balancers.map((item) => item.LoadBalancerArn),
    others: [
      ...listeners.map((item) => item.ListenerArn),
      ...rules.map((item) => item.RuleArn),
      ...targetGroups.map((item) => item.TargetGroupArn),
    ],
  }
  const tags = await readTags(look, knownTags(was, balancers), [...arns.balancers, ...arns.others], arns.balancers)
  const proven = <T extends { readonly Tags: Tags }>(items: readonly T[], arnOf: (item: T) => string) =>
    sortedBy(
      items
        .map((item) => ({ ...item, Tags: tags.get(arnOf(item)) ?? {} }))
        .filter((item) => isOfUnit(item.Tags, look.clusterId, look.unitKey)),
      arnOf,
    )
  const ours = proven(balancers, (item) => item.LoadBalancerArn)
  const groups = proven(targetGroups, (item) => item.TargetGroupArn)
  const [loadBalancers, withHealth] = await Promise.all([
    Promise.all(ours.map((item) => withAttributes(look, item))),
    Promise.all(groups.map((item) => withTargets(look, was.targetGroups, item))),
  ])
  const ourListeners = proven(listeners, (item) => item.ListenerArn).filter((item) =>
    ours.some((balancer) => balancer.LoadBalancerArn === item.LoadBalancerArn),
  )
  return {
    loadBalancers,
    listeners: ourListeners,
    rules: proven(rules, (item) => item.RuleArn).filter((item) =>
      ourListeners.some((listener) => listener.ListenerArn === item.ListenerArn),
    ),
    targetGroups: withHealth,
    securityGroups,
    network: was.network,
  }
}

/** Tags as they were, and those with which a new load balancer has just proven itself. */
function knownTags(was: LoadBalancersObserved, balancers: LoadBalancersObserved['loadBalancers']): ReadonlyMap<string, Tags> {
  return new Map([
    ...balancers.map((item) => [item.LoadBalancerArn, item.Tags] as const),
    ...was.listeners.map((item) => [item.ListenerArn, item.Tags] as const),
    ...was.rules.map((item) => [item.RuleArn, item.Tags] as const),
    ...was.targetGroups.map((item) => [item.TargetGroupArn, item.Tags] as const),
  ])
}

/** EC2 can filter by tags itself, so that security groups need no second call to prove themselves. */
async function readSecurityGroups(look: Look, was: readonly ObservedSecurityGroup[]): Promise<readonly ObservedSecurityGroup[]> {
  if (!look.stale.has('security-groups')) return was
  const { ec2, options } = look.calls
  const Filters = [
    { Name: `tag:${TAG_CLUSTER}`, Values: [tagValue(look.clusterId)] },
    { Name: `tag:${TAG_SLOT}`, Values: [slotPattern(look.unitKey)] },
  ]
  const answer = await allPages(
    (NextToken) => ec2.describeSecurityGroups({ Filters, ...(NextToken === undefined ? {} : { NextToken }) }, options),
    (page) => page.SecurityGroups,
    (page) => page.NextToken,
  )
  const ours = answer.map(securityGroupFrom).filter((item) => isOfUnit(item.Tags, look.clusterId, look.unitKey))
  return sortedBy(ours, (item) => item.GroupId)
}
