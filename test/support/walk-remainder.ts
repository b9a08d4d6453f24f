import type { Change, Wait } from '../../controllers/shared/change.ts'
import { isUnknown } from '../../controllers/shared/known.ts'
import { TAG_RETIRE_AFTER } from '../../controllers/shared/names.ts'
import type { Plan } from '../../controllers/shared/plan.ts'

/** How a plan differs from what is left of an earlier one after `applied` was made of it; nothing if only unknowns were filled in. */
export function remainderFaults(first: Plan, applied: ReadonlySet<string>, now: Plan): readonly string[] {
  const left = new Map(first.changes.filter((item) => !applied.has(item.id)).map((item) => [item.id, item]))
  const found = new Map(now.changes.map((item) => [item.id, item]))
  return [
    ...[...left.keys()].filter((id) => !found.has(id)).map((id) => `vanished ${id}`),
    ...[...found.keys()].filter((id) => !left.has(id)).map((id) => `${applied.has(id) ? 'again' : 'new'} ${id}`),
    ...[...left.values()].flatMap((item) =>
      differences(item, found.get(item.id), applied).map((what) => `${what} of ${item.id}`),
    ),
  ]
}

const SAME = ['controller', 'action', 'type', 'account', 'region', 'object', 'reason', 'calls', 'batch', 'disruption'] as const

function differences(planned: Change, now: Change | undefined, applied: ReadonlySet<string>): readonly string[] {
  if (now === undefined) return []
  const needs = planned.needs.filter((id) => !applied.has(id))
  return [
    ...SAME.filter((field) => !same(planned[field], now[field])).map(
      (field) => `${field} ${JSON.stringify(planned[field])} -> ${JSON.stringify(now[field])}`,
    ),
    ...(same(planned.before, now.before) ? [] : [`before ${JSON.stringify(planned.before)} -> ${JSON.stringify(now.before)}`]),
    ...(same(withoutFreed(planned, applied), withoutFreed(now, applied))
      ? []
      : [`after ${JSON.stringify(planned.after)} -> ${JSON.stringify(now.after)}`]),
    ...(same(needs, now.needs) ? [] : [`needs ${JSON.stringify(needs)} -> ${JSON.stringify(now.needs)}`]),
    ...now.waits
      .filter((wait) => !planned.waits.some((was) => sameWait(was, wait)))
      .map((wait) => `wait ${JSON.stringify(wait)}`),
  ]
}

/** A rule that went has freed its priority, which one that is still to be made may take: the order among those there is the same. */
function withoutFreed({ calls, after }: Change, applied: ReadonlySet<string>): Change['after'] {
  const freed = [...applied].some((id) => id.startsWith('loadbalancers:delete:ElasticLoadBalancingV2.ListenerRule:'))
  return freed && calls[0] === 'CreateRule' ? { ...after, Priority: null } : after
}

/** What is waited for has a name before it exists, and its ARN, which holds the name, from then on. */
function sameWait(was: Wait, is: Wait): boolean {
  return was.kind === is.kind && (was.of === is.of || is.of.endsWith(was.of))
}

/** Equal but for what was unknown. */
function same(planned: unknown, now: unknown): boolean {
  if (planned === now || isUnknown(planned)) return true
  if (Array.isArray(planned) && Array.isArray(now))
    return planned.length === now.length && planned.every((item, index) => same(item, now[index]))
  if (typeof planned === 'object' && planned !== null && typeof now === 'object' && now !== null) {
    const [a, b] = [planned as Record<string, unknown>, now as Record<string, unknown>]
    if (a.Key === TAG_RETIRE_AFTER) return true
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]))
  }
  return false
}
