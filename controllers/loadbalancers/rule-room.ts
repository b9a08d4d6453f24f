import type { Settings } from '../shared/settings.ts'
import { isOn, type Modelled, type ModelRule } from './model.ts'
import { ids, ruleName } from './naming.ts'
import type { LoadBalancersObserved, ObservedRule } from './observed.ts'
import { overlap } from './path-overlap.ts'

/** Rules that go before any is made, with the ids of the changes that delete them. */
export type Room = { readonly first: ReadonlySet<ObservedRule>; readonly needs: readonly string[] }

const PLENTY: Room = { first: new Set(), needs: [] }

/**
 * Rules that are to go still count for AWS. Usually the new ones are made before them; where a load balancer has no room for both,
 * as many as are missing go first: those that take nothing from anybody by going, since their host keeps another rule and no rule
 * that is still to be made could match their paths, or else those whose host leaves. Where only others are left, AWS refuses the
 * new rule: no order would keep every request answered.
 */
export function roomFor({ model, isHeld }: Modelled, observed: LoadBalancersObserved, quotas: Settings['quotas']): Room {
  const balancer = model?.balancer ?? null
  if (model === null || balancer === null || model.rules.every((rule) => rule.observed !== null)) return PLENTY
  const mine = new Set(model.rules.map((rule) => rule.observed))
  const others = observed.rules.filter((rule) => !mine.has(rule) && isOn(rule, balancer, observed))
  const missing = model.rules.length + others.length - quotas.rulesPerLoadBalancer
  if (missing <= 0) return PLENTY
  const may = others
    .filter((rule) => !isHeld(rule))
    .map((rule) => ({ rule, name: ruleName(balancer, rule), rank: rankOf(rule, model.rules) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank! - b.rank! || (a.name < b.name ? -1 : 1))
    .slice(0, missing)
  return { first: new Set(may.map(({ rule }) => rule)), needs: may.map(({ name }) => ids.leavingRule(name)) }
}

/** 0: it can go at once; 1: when nobody is sent to its host any more; null: not before others are there. */
function rankOf(rule: ObservedRule, wanted: readonly ModelRule[]): 0 | 1 | null {
  const beside = wanted.filter(({ wish }) => wish.host === (rule.Hosts[0] ?? ''))
  if (beside.length === 0) return 1
  const coming = beside.filter(
    ({ wish, observed }) => observed === null || wish.paths.some((path) => !observed.Paths.includes(path)),
  )
  return beside.some(({ observed }) => observed !== null) && !coming.some(({ wish }) => overlap(wish.paths, rule.Paths))
    ? 0
    : null
}
