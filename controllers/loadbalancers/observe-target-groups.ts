import { isNotFound } from '../aws/errors.ts'
import { attributesFrom, targetFrom, targetGroupFrom } from './from-elbv2.ts'
import { type Look, sortedBy, uniqueBy } from './look.ts'
import { allPages, inChunks, whatExists } from './observe-calls.ts'
import type { ObservedLoadBalancer, ObservedTarget, ObservedTargetGroup } from './observed.ts'

/** The target groups attached to the given load balancers, those known or listed besides, and those intended by name; without their targets. */
export async function readTargetGroups(
  look: Look,
  was: readonly ObservedTargetGroup[],
  balancers: readonly ObservedLoadBalancer[],
): Promise<readonly ObservedTargetGroup[]> {
  const known = new Map(was.map((item) => [item.TargetGroupArn, item]))
  const leftovers = [...look.state.leftovers].filter((arn) => arn.includes(':targetgroup/') && !known.has(arn))
  const reread = look.stale.has('target-groups')
  const attached = reread ? (await Promise.all(balancers.map((item) => attachedTo(look, item.LoadBalancerArn)))).flat() : was
  const found = new Set(attached.map((item) => item.TargetGroupArn))
  const arns = [...(reread ? known.keys() : []), ...leftovers].filter((arn) => !found.has(arn))
  const names = look.whole
    ? look.wanted.targetGroupNames.filter((name) => ![...was, ...attached].some((item) => item.TargetGroupName === name))
    : []
  const { elbv2, options } = look.calls
  const [byArn, byName] = await Promise.all([
    whatExists(arns, async (keys) => {
      const answer = await elbv2.describeTargetGroups({ TargetGroupArns: [...keys] }, options)
      return (answer.TargetGroups ?? []).map(targetGroupFrom)
    }),
    lookForNames(look, names),
  ])
  return uniqueBy([...attached, ...byArn, ...byName], (item) => item.TargetGroupArn).map((item) => {
    const before = known.get(item.TargetGroupArn)
    return before === undefined ? item : { ...item, Tags: before.Tags, Attributes: before.Attributes, Targets: before.Targets }
  })
}

async function attachedTo({ calls: { elbv2, options } }: Look, LoadBalancerArn: string): Promise<readonly ObservedTargetGroup[]> {
  const answer = await allPages(
    (Marker) => elbv2.describeTargetGroups({ LoadBalancerArn, ...(Marker === undefined ? {} : { Marker }) }, options),
    (page) => page.TargetGroups,
    (page) => page.NextMarker,
  )
  return answer.map(targetGroupFrom)
}

/**
 * Groups that a crash left without a rule. One name that does not exist fails the call; then they are not looked for one by one,
 * since creating one again with the same settings answers with the one there is:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
async function lookForNames(
  { calls: { elbv2, options } }: Look,
  names: readonly string[],
): Promise<readonly ObservedTargetGroup[]> {
  const lists = await Promise.all(
    inChunks(names, 100).map(async (chunk) => {
      try {
        return (await elbv2.describeTargetGroups({ Names: [...chunk] }, options)).TargetGroups ?? []
      } catch (error) {
        if (isNotFound(error)) return []
        throw error
      }
    }),
  )
  return lists.flat().map(targetGroupFrom)
}

/** Targets and their health, and attributes if the plan will look at them; only of groups proven ours. */
export async function withTargets(
  look: Look,
  was: readonly ObservedTargetGroup[],
  group: ObservedTargetGroup,
): Promise<ObservedTargetGroup> {
  const { elbv2, options } = look.calls
  const { TargetGroupArn } = group
  const known = was.some((item) => item.TargetGroupArn === TargetGroupArn)
  const wantsAttributes =
    look.wanted.targetGroupAttributes(group) && (group.Attributes === null || look.stale.has('target-groups'))
  const [Targets, attributes] = await Promise.all([
    known && !look.stale.has('targets', TargetGroupArn) ? group.Targets : readHealth(look, TargetGroupArn),
    wantsAttributes ? elbv2.describeTargetGroupAttributes({ TargetGroupArn }, options) : null,
  ])
  return { ...group, Targets, Attributes: attributes === null ? group.Attributes : attributesFrom(attributes.Attributes) }
}

export async function readHealth({ calls }: Pick<Look, 'calls'>, TargetGroupArn: string): Promise<readonly ObservedTarget[]> {
  const answer = await calls.elbv2.describeTargetHealth({ TargetGroupArn }, calls.options)
  return sortedBy((answer.TargetHealthDescriptions ?? []).map(targetFrom), (item) => `${item.Id} ${item.Port}`)
}
