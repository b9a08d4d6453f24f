import { refOf } from '../shared/annotations.ts'
import { type Change, type ObjectRef, sameObject, type Wait } from '../shared/change.ts'
import { leavingIn, membersOf } from '../shared/members.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import { sharesOf } from './actions.ts'
import { TARGET_GROUP } from './changes.ts'
import { chunksOf, digest, draft } from './draft.ts'
import { isOn, type ModelGroup } from './model.ts'
import { ids, slots } from './naming.ts'
import type { ObservedLoadBalancer, ObservedRule, ObservedTarget, ObservedTargetGroup } from './observed.ts'
import { isDraining, updateOf } from './plan-groups.ts'
import { type Retiring, sharedObject } from './retiring.ts'
import { answersNow } from './rule-handover.ts'
import { hasHealthy } from './rule-health.ts'
import { objectOf } from './serving.ts'
import { targetKey } from './targets.ts'
import { refKey } from './wish.ts'

const TARGETS_PER_CALL = 200

/** Targets that are gone, and target groups that no rule names any more. */
export function retireGroups(
  retiring: Retiring,
  going: readonly ObservedLoadBalancer[],
  before: readonly Change[],
): readonly Change[] {
  const { modelled, observed } = retiring
  const groups = modelled.model?.groups ?? []
  return observed.targetGroups.flatMap((group) => {
    const wanted = groups.find((item) => item.observed === group)
    return wanted === undefined ? retireGroup(retiring, group, going, before) : retireTargets(retiring, wanted, group)
  })
}

/** New targets are registered before old ones are taken off. */
function retireTargets({ context, built }: Retiring, wanted: ModelGroup, group: ObservedTargetGroup): readonly Change[] {
  const keep = new Set(wanted.wish.targets.map(targetKey))
  const stale = registered(group).filter((target) => !keep.has(targetKey(target)))
  if (stale.length === 0) return []
  const registers = ids.group('update', group.TargetGroupName, 'register:')
  const needs = built.map((item) => item.id).filter((id) => id.startsWith(registers))
  return deregister(
    context,
    { name: group.TargetGroupName, arn: group.TargetGroupArn, wish: wanted.wish },
    stale,
    needs,
    'no longer ready',
  )
}

function retireGroup(
  retiring: Retiring,
  group: ObservedTargetGroup,
  going: readonly ObservedLoadBalancer[],
  before: readonly Change[],
): readonly Change[] {
  const { context, observed, modelled } = retiring
  const uses = observed.rules.filter((rule) =>
    sharesOf(rule.Actions).some((share) => share.TargetGroupArn === group.TargetGroupArn),
  )
  if (uses.some(modelled.isHeld)) return []
  // Its object is merely broken, and may want it again as it is.
  if (retiring.intent.held.objects.includes(refKey(objectOf(group.Tags[TAG_OBJECT])))) return []
  const object = lastUser(retiring, group)
  const borrowed = borrowers(retiring, group.TargetGroupArn)
  const released = [...new Set([...uses.flatMap((rule) => releases(retiring, rule, going, before)), ...borrowed])].sort()
  const name = group.TargetGroupName
  const stays = observed.loadBalancers.some(
    (item) => !going.includes(item) && slots.group(context.unit, item.LoadBalancerName, name) === group.Tags['fairlead.dev/slot'],
  )
  // With its load balancer gone, nothing flows that could drain.
  const drains = stays
    ? deregister(
        context,
        { name, arn: group.TargetGroupArn, wish: { object } },
        registered(group),
        released,
        'in a group that goes',
      )
    : []
  const waits: readonly Wait[] =
    stays && group.Targets.length > 0 ? [{ kind: 'targets-drained', of: group.TargetGroupArn, seconds: drainSeconds(group) }] : []
  return [
    ...drains,
    draft(context, {
      action: 'delete',
      type: TARGET_GROUP,
      target: group.TargetGroupArn,
      name,
      object,
      call: 'DeleteTargetGroup',
      before: { TargetGroupArn: group.TargetGroupArn, TargetGroupName: name },
      reason: 'No rule needs it any more',
      needs: [...released, ...drains.map((item) => item.id)],
      waits,
    }),
  ]
}

/**
 * For whom a group goes. While others live in the unit, a rule that they took over may keep the group of one that is being deleted
 * until their own targets answer, which may be never: that must not hold up its deletion.
 */
function lastUser(retiring: Retiring, group: ObservedTargetGroup): ObjectRef {
  const { context, intent } = retiring
  const madeFor = objectOf(group.Tags[TAG_OBJECT])
  const stays = membersOf(context.view, context.unit).some((item) => sameObject(refOf(item), madeFor))
  const leaves = leavingIn(context.view, context.unit).some((item) => sameObject(refOf(item), madeFor))
  return stays || (leaves && intent.owner === null) ? madeFor : sharedObject(retiring, group.Tags[TAG_OBJECT])
}

/** What makes a rule let go of a group: its load balancer goes, it goes itself, or it moves to another group. */
function releases(
  { observed, modelled }: Retiring,
  rule: ObservedRule,
  going: readonly ObservedLoadBalancer[],
  before: readonly Change[],
): readonly string[] {
  const balancer = going.find((item) => isOn(rule, item, observed))
  if (balancer !== undefined) return [ids.balancer('delete', balancer.LoadBalancerName)]
  const removal = before.find((item) => item.action === 'delete' && item.target === rule.RuleArn)
  if (removal !== undefined) return [removal.id]
  const { model } = modelled
  const mine = model?.rules.find((item) => item.observed === rule)
  return model === null || mine === undefined ? [] : [ids.rule('update', model.name, mine.wish.slot)]
}

/** What lets go of a group that a new rule is to use until its own targets are healthy. */
function borrowers({ modelled: { model }, observed }: Retiring, arn: string): readonly string[] {
  if (model === null) return []
  return model.rules
    .filter((rule) => rule.observed === null && !hasHealthy(rule.group))
    .filter((rule) => answersNow(rule, model, observed)?.TargetGroupArn === arn)
    .map((rule) => ids.rule('update', model.name, rule.wish.slot))
}

function registered(group: ObservedTargetGroup): readonly ObservedTarget[] {
  return group.Targets.filter((target) => !isDraining(target.State))
}

function deregister(
  context: Retiring['context'],
  group: Parameters<typeof updateOf>[1],
  targets: readonly ObservedTarget[],
  needs: readonly string[],
  why: string,
): readonly Change[] {
  return chunksOf(targets, TARGETS_PER_CALL).map((chunk) => {
    const plain = chunk.map(({ Id, Port }) => ({ Id, Port }))
    const detail = `deregister:${digest(...chunk.map(targetKey))}`
    const reason = `${chunk.length} ${chunk.length === 1 ? 'target is' : 'targets are'} ${why}`
    return updateOf(context, group, detail, 'DeregisterTargets', { Targets: plain }, { Targets: plain }, reason, needs)
  })
}

/** AWS's default unless another was read. */
function drainSeconds(group: ObservedTargetGroup): number {
  return Number(group.Attributes?.['deregistration_delay.timeout_seconds'] ?? 300)
}
