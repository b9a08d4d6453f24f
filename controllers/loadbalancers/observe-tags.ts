import type { Tags } from '../shared/names.ts'
import { tagsFrom } from './from-elbv2.ts'
import type { Look } from './look.ts'
import { ARNS_PER_CALL, inChunks } from './observe-calls.ts'

/**
 * Tags of what was read: those never read, and in a sweep also the load balancers' and as many of the others as fit
 * into the same calls, the longest unread first. So a sweep of any size costs one call, and every lost proof is found after a few.
 */
export async function readTags(
  look: Look,
  known: ReadonlyMap<string, Tags>,
  arns: readonly string[],
  always: readonly string[] = [],
): Promise<ReadonlyMap<string, Tags>> {
  const due = arns.filter((arn) => !known.has(arn) || look.stale.has('tags', arn) || (look.whole && always.includes(arn)))
  if (look.whole) forgetOthers(look.state.tagsReadAt, new Set(arns))
  const age = (arn: string) => look.state.tagsReadAt.get(arn) ?? Number.NEGATIVE_INFINITY
  const room = look.whole && arns.length > 0 ? Math.max(1, Math.ceil(due.length / ARNS_PER_CALL)) * ARNS_PER_CALL - due.length : 0
  const others = arns.filter((arn) => !due.includes(arn)).sort((a, b) => age(a) - age(b))
  const asked = [...due, ...others.slice(0, room)]
  const tags = new Map(arns.flatMap((arn) => (known.has(arn) ? [[arn, known.get(arn)!] as const] : [])))
  await Promise.all(
    inChunks(asked, ARNS_PER_CALL).map(async (chunk) => {
      const answer = await look.calls.elbv2.describeTags({ ResourceArns: [...chunk] }, look.calls.options)
      for (const { ResourceArn, Tags: found } of answer.TagDescriptions ?? []) {
        if (ResourceArn === undefined) continue
        tags.set(ResourceArn, tagsFrom(found))
        look.state.tagsReadAt.set(ResourceArn, look.ticks)
      }
    }),
  )
  return tags
}

function forgetOthers(readAt: Map<string, number>, arns: ReadonlySet<string>): void {
  for (const arn of readAt.keys()) if (!arns.has(arn)) readAt.delete(arn)
}
