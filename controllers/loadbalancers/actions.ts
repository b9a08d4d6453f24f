import type { Shape } from '../shared/change.ts'
import type { Known } from '../shared/known.ts'
import { canonicalJson } from '../shared/names.ts'
import type { ObservedAction, WeightedGroup } from './observed.ts'
import type { ListenerWish } from './wish.ts'

export type Share = { readonly TargetGroupArn: Known<string>; readonly Weight: number }

/** Where a listener sends what no rule takes: to HTTPS, or nowhere. */
export function defaultAction(wish: ListenerWish): Shape {
  if (wish.redirectTo === null)
    return { Type: 'fixed-response', FixedResponseConfig: { ContentType: 'text/plain', StatusCode: '404' } }
  return { Type: 'redirect', RedirectConfig: { Port: String(wish.redirectTo), Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }
}

export function forward(shares: readonly Share[]): Shape {
  return {
    Type: 'forward',
    ForwardConfig: { TargetGroups: shares.map(({ TargetGroupArn, Weight }) => ({ TargetGroupArn, Weight })) },
  }
}

/** An observed action in the API's form, to compare with and to print. */
export function shapeOf(action: ObservedAction): Shape {
  return action.Type === 'forward' ? forward(action.TargetGroups) : { ...action }
}

export function sameActions(observed: readonly ObservedAction[], wanted: readonly Shape[]): boolean {
  return canonicalJson(observed.map(shapeOf)) === canonicalJson(wanted)
}

/** Where requests go: the groups of a forward action; none for any other. */
export function sharesOf(actions: readonly ObservedAction[]): readonly WeightedGroup[] {
  return actions.flatMap((action) => (action.Type === 'forward' ? action.TargetGroups : []))
}
