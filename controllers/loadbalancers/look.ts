import type { UnitState } from './cache-unit.ts'
import type { Calls } from './observe-calls.ts'
import type { ObservedLoadBalancer, ObservedTargetGroup } from './observed.ts'
import type { Stale } from './stale.ts'

/** What planning a unit will ask of the world, beyond what the unit is known to own. */
export type Wanted = {
  readonly loadBalancerNames: readonly string[]
  readonly targetGroupNames: readonly string[]
  readonly loadBalancerAttributes: (balancer: ObservedLoadBalancer) => boolean
  readonly targetGroupAttributes: (group: ObservedTargetGroup) => boolean
}

/** One reading of a unit: whose, what of it, and with what. */
export type Look = {
  readonly calls: Calls
  readonly unitKey: string
  readonly clusterId: string
  readonly wanted: Wanted
  readonly state: UnitState
  /** What has to be read; the rest stays as it was. */
  readonly stale: Stale
  /** Everything is read: the first time, or a sweep. */
  readonly whole: boolean
  /** Wall clock and monotonic, milliseconds. */
  readonly now: number
  readonly ticks: number
}

/** Sorts by a text, so that equal worlds are equal whatever order AWS answered in. */
export function sortedBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

export function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}
