import { type Change, change, type ObjectRef, type Shape } from '../shared/change.ts'
import { hashOf, ownershipTags, type Tags } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'

type Draft = Omit<Parameters<typeof change>[0], 'controller' | 'account' | 'region' | 'calls'> & { readonly call: string }

/** A change of this controller; each is one call. */
export function draft({ settings }: PlanContext, { call, ...rest }: Draft): Change {
  return change({ ...rest, controller: 'loadbalancers', account: settings.account, region: settings.region, calls: [call] })
}

/** Tags in the API's form: ours, and what the user asked for, which cannot replace ours. */
export function tagList(tags: Tags): readonly Shape[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }))
}

export function tagsFor({ settings }: PlanContext, object: ObjectRef, slot: string, user: Tags): Tags {
  return { ...user, ...ownershipTags(settings.clusterId, object, slot) }
}

/** A short stand-in for content in a change id. */
export function digest(...parts: readonly string[]): string {
  return hashOf(...parts).slice(0, 12)
}

export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}
