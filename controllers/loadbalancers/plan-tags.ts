import type { Change } from '../shared/change.ts'
import { canonicalJson, ownershipTags, TAG_OBJECT, type Tags } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import { LOAD_BALANCER } from './changes.ts'
import { chunksOf, digest, draft, tagList } from './draft.ts'
import type { Model } from './model.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** AddTags takes up to 20 resources and gives all of them the same tags. */
const RESOURCES_PER_CALL = 20

/**
 * Tags that are missing or differ, one call for up to 20 resources that lack the same. Tags that are no longer asked for stay:
 * nobody could tell them from tags of others. Which object a shared resource was made for is not corrected, only whose rule it is.
 */
export function planTags(context: PlanContext, intent: LoadBalancerIntent, model: Model): readonly Change[] {
  const { tags: user, keptTags } = intent.loadBalancer
  const lacking = new Map<string, { readonly tags: Tags; readonly arns: string[] }>()
  const note = (arn: string | undefined, there: Tags, wanted: Tags) => {
    const stays = (key: string) => there[key] !== undefined && keptTags.includes(key)
    const tags = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => there[key] !== value && !stays(key)))
    if (arn === undefined || Object.keys(tags).length === 0) return
    const key = canonicalJson(tags)
    const entry = lacking.get(key) ?? { tags, arns: [] }
    entry.arns.push(arn)
    lacking.set(key, entry)
  }
  note(model.balancer?.LoadBalancerArn, model.balancer?.Tags ?? {}, user)
  for (const { observed } of model.listeners) note(observed?.ListenerArn, observed?.Tags ?? {}, user)
  for (const { observed } of model.groups) note(observed?.TargetGroupArn, observed?.Tags ?? {}, user)
  for (const { observed, wish } of model.rules) {
    const owner = ownershipTags(context.settings.clusterId, wish.object, '')[TAG_OBJECT]!
    note(observed?.RuleArn, observed?.Tags ?? {}, { ...user, [TAG_OBJECT]: owner })
  }
  return [...lacking.values()].flatMap(({ tags, arns }) =>
    chunksOf(arns, RESOURCES_PER_CALL).map((chunk) =>
      draft(context, {
        action: 'update',
        type: LOAD_BALANCER,
        target: model.balancer?.LoadBalancerArn ?? model.name,
        name: model.name,
        detail: `tags:${digest(canonicalJson(tags), ...chunk)}`,
        object: intent.owner!,
        call: 'AddTags',
        after: { ResourceArns: chunk, Tags: tagList(tags) },
        reason: `Tags ${Object.keys(tags).join(', ')} are missing or differ on ${chunk.length} resources`,
      }),
    ),
  )
}
