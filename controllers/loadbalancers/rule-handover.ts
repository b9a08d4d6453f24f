import { TAG_OBJECT } from '../shared/names.ts'
import { sharesOf } from './actions.ts'
import type { Model, ModelRule } from './model.ts'
import { ids } from './naming.ts'
import type { LoadBalancersObserved, ObservedRule, WeightedGroup } from './observed.ts'
import { hasHealthy, mayAnswer } from './rule-health.ts'

/**
 * Paths move from rule to rule when an Ingress changes what shares one. A path is taken before it is given away, so that each
 * has a rule at every moment: these are the ids of the changes that take what `there` is to lose (all, if `keeps` is null),
 * and of those for other paths of its Service, which else would find room in it and join it after all.
 */
export function takenBy(model: Model, there: ObservedRule, keeps: ModelRule | null): readonly string[] {
  const lost = there.Paths.filter((path) => !keeps?.wish.paths.includes(path))
  if (lost.length === 0) return []
  return model.rules
    .filter((rule) => rule !== keeps && isBeside(rule, there) && rule.observed !== there && !isHeldUp(rule, there))
    .filter(({ wish, observed }) => {
      const gets = wish.paths.filter((path) => !observed?.Paths.includes(path))
      return gets.some((path) => lost.includes(path)) || (gets.length > 0 && wish.group === keeps?.wish.group)
    })
    .map(({ wish, observed }) => ids.rule(observed === null ? 'create' : 'update', model.name, wish.slot))
}

/** A rule of another object may wait for healthy targets for ever, which must not hold up who leaves. */
function isHeldUp({ observed, group }: ModelRule, there: ObservedRule): boolean {
  return observed !== null && observed.Tags[TAG_OBJECT] !== there.Tags[TAG_OBJECT] && !hasHealthy(group)
}

/** Other rules that have paths which a rule is to get, and are to lose them. */
function giversTo(rule: ModelRule, model: Model, observed: LoadBalancersObserved): readonly ObservedRule[] {
  const gets = rule.wish.paths.filter((path) => !rule.observed?.Paths.includes(path))
  return observed.rules.filter((there) => {
    const keeps = model.rules.find((item) => item.observed === there)?.wish.paths ?? []
    return isBeside(rule, there) && there.Paths.some((path) => gets.includes(path) && !keeps.includes(path))
  })
}

/**
 * Who answers now for the paths of a rule that is still to be made: a group of another rule. The new rule sends people there
 * until its own targets are healthy. Where several groups answer for its paths, the first does for all: better than nobody.
 */
export function answersNow(rule: ModelRule, model: Model, observed: LoadBalancersObserved): WeightedGroup | null {
  const shares = giversTo(rule, model, observed).flatMap((there) => sharesOf(there.Actions))
  const first = shares.find((share) => share.Weight > 0 && mayAnswer(share.TargetGroupArn, model, observed))
  return first === undefined || first.TargetGroupArn === rule.group.arn ? null : { ...first, Weight: 1 }
}

/** Whether a rule that gets paths has to be able to answer first: those who have them now do, and are of the same object. */
export function takesFromAnswering(rule: ModelRule, model: Model, observed: LoadBalancersObserved): boolean {
  return giversTo(rule, model, observed).some(
    (there) =>
      there.Tags[TAG_OBJECT] === rule.observed?.Tags[TAG_OBJECT] &&
      sharesOf(there.Actions).some(
        (share) =>
          share.Weight > 0 && share.TargetGroupArn !== rule.group.arn && mayAnswer(share.TargetGroupArn, model, observed),
      ),
  )
}

function isBeside({ listener, wish }: ModelRule, there: ObservedRule): boolean {
  return there.ListenerArn === listener.observed?.ListenerArn && (there.Hosts[0] ?? '') === wish.host
}
