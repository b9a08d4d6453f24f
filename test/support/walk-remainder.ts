import type { Change, Wait } from '../../controllers/shared/change.ts'
import { isUnknown } from '../../controllers/shared/known.ts'
import { TAG_RETIRE_AFTER } from '../../controllers/shared/names.ts'
import type { Plan } from '../../controllers/shared/plan.ts'

/** A plan, what was made of it so far, and the steps of it that the world made superfluous, with the change that stands for each. */
export type Base = { readonly plan: Plan; readonly done: Set<string>; readonly spared: Map<string, string> }

export function baseOf(plan: Plan): Base {
  return { plan, done: new Set(), spared: new Map() }
}

/**
 * How a plan differs from what is left of an earlier one; nothing if only unknowns were filled in.
 * What may differ besides, each because the world went on, and not because anybody decided anew:
 * - waits that ended, and how long those that did not still take;
 * - the time in `retire-after`, which counts from when it is written;
 * - the priority of a rule that is still to be made or moved, once one that goes has freed its own;
 * - whether a target group joins its rule first: that is done only so that its targets are checked, so it is spared while another
 *   rule has them checked and they are healthy, and no longer when that rule has left them; likewise whether a new rule sends
 *   people to who answered before until its own targets are healthy;
 * - a certificate added beside a default one that a rule on its way out still needs: when that rule went first, it takes its place at once.
 */
export function remainderFaults({ plan: first, done, spared }: Base, now: Plan): readonly string[] {
  const found = new Map(now.changes.map((item) => [item.id, item]))
  for (const { id } of first.changes) {
    const swap = swapOf(id)
    if (swap !== null && !done.has(id) && !found.has(id) && found.has(swap)) spared.set(id, swap)
  }
  const known = new Set(first.changes.map((item) => item.id))
  const isPassing = (id: string) => isJoin(id) || isTakeOver(id, known)
  const left = first.changes.filter(({ id }) => !done.has(id) && !spared.has(id) && !isPassing(id))
  const ids = new Set(left.map((item) => item.id))
  const mayCome = (id: string) => isTakeOver(id, known) || (isJoin(id) && known.has(takeOverOf(id)))
  const extra = now.changes.filter(({ id }) => !ids.has(id) && (done.has(id) || !mayCome(id)))
  const lends = (changes: ReadonlySet<string>, id: string) => changes.has(takeOverAfter(id))
  const present = new Set(found.keys())
  return [
    ...left.filter(({ id }) => !found.has(id)).map(({ id }) => `vanished ${id}`),
    ...extra.map(({ id }) => `${done.has(id) ? 'again' : 'new'} ${id}`),
    ...left.flatMap((item) => {
      const other = found.get(item.id)
      const [was, is] = [lends(known, item.id), lends(present, item.id)].map((lent) => (lent ? 'until' : 'at once'))
      const plain = (change: Change | undefined) => (change === undefined || was === is ? change : withoutLoan(change))
      return differences(plain(item)!, plain(other), done, spared, isPassing).map((what) => `${what} of ${item.id}`)
    }),
  ]
}

const isJoin = (id: string): boolean => id.endsWith(':join')
const takeOverOf = (join: string): string => join.slice(0, -':join'.length)

/** What a new rule does when its own targets are healthy, if it sent people elsewhere before. */
const takeOverAfter = (create: string): string =>
  create.replace(/^loadbalancers:create:(.*ListenerRule:)/, 'loadbalancers:update:$1')

/** Whether a change is that of a rule that the plan makes. */
function isTakeOver(id: string, known: ReadonlySet<string>): boolean {
  const update = /^loadbalancers:update:(ElasticLoadBalancingV2.ListenerRule:.*)$/.exec(id)?.[1]
  return update !== undefined && known.has(`loadbalancers:create:${update}`)
}

function withoutLoan(create: Change): Change {
  return { ...create, reason: '', after: create.after && { ...create.after, Actions: null } }
}

/** The change of a listener's default certificate, for the id of one that is added to the listener. */
function swapOf(id: string): string | null {
  const port = /^loadbalancers:create:ElasticLoadBalancingV2.ListenerCertificate:([^/]*\/\d+):/.exec(id)?.[1]
  return port === undefined ? null : `loadbalancers:update:ElasticLoadBalancingV2.Listener:${port}:certificate`
}

const SAME = ['controller', 'action', 'type', 'account', 'region', 'object', 'reason', 'calls', 'batch', 'disruption'] as const

function differences(
  planned: Change,
  now: Change | undefined,
  applied: ReadonlySet<string>,
  spared: ReadonlyMap<string, string>,
  isPassing: (id: string) => boolean,
): readonly string[] {
  if (now === undefined) return []
  const stands = planned.needs
    .map((id) => spared.get(id) ?? id)
    .filter((id) => id !== now.id && !applied.has(id) && !isPassing(id))
  const needs = [...new Set(stands)].sort()
  const isNew = (wait: Wait) => !planned.waits.some((was) => sameWait(was, wait))
  const joins = [...planned.needs, ...now.needs, ...applied].includes(`${now.id}:join`)
  const show = (field: string, a: unknown, b: unknown) => `${field} ${JSON.stringify(a)} -> ${JSON.stringify(b)}`
  return [
    ...SAME.filter((field) => !same(planned[field], now[field])).map((field) => show(field, planned[field], now[field])),
    ...(joins || same(planned.before, now.before) ? [] : [show('before', planned.before, now.before)]),
    ...(same(withoutFreed(planned, applied), withoutFreed(now, applied)) ? [] : [show('after', planned.after, now.after)]),
    ...(same(
      needs,
      now.needs.filter((id) => !isPassing(id)),
    )
      ? []
      : [show('needs', needs, now.needs)]),
    ...now.waits
      .filter((wait) => isNew(wait) && !(joins && wait.kind === 'targets-healthy'))
      .map((wait) => `wait ${JSON.stringify(wait)}`),
  ]
}

/** A rule that went has freed its priority, which one that is to be made or moved may take: the order among them is the same. */
function withoutFreed({ calls, after }: Change, applied: ReadonlySet<string>): Change['after'] {
  const freed = [...applied].some((id) => id.startsWith('loadbalancers:delete:ElasticLoadBalancingV2.ListenerRule:'))
  if (!freed || after === null) return after
  if (calls[0] === 'CreateRule') return { ...after, Priority: null }
  const moved = after.RulePriorities
  return Array.isArray(moved) ? { ...after, RulePriorities: moved.map((item) => ({ ...item, Priority: null })) } : after
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
