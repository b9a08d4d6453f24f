import { type LoadBalancersObserved, nothingObserved } from './observed.ts'
import { Stale } from './stale.ts'

/** What this process knows of one unit. Lives in memory only; a restart reads it again. */
export type UnitState = {
  observed: LoadBalancersObserved
  /** Whether the unit was ever read whole. */
  known: boolean
  /** Counts what `apply` changed, so that a read that ran meanwhile does not put an older world back. */
  version: number
  readonly stale: Stale
  /** When each resource's tags were read, by ARN (monotonic milliseconds): the oldest are read again first. */
  readonly tagsReadAt: Map<string, number>
  /** Names of load balancers that were looked for. */
  readonly lookedFor: Set<string>
  /** Names that a load balancer has which is not ours. */
  readonly taken: Set<string>
  /** ARNs that the tag index lists for this unit; looked at with the service's own API, since the index lags. */
  readonly leftovers: Set<string>
}

export class UnitCache {
  readonly #units = new Map<string, UnitState>()

  of(unitKey: string): UnitState {
    const known = this.#units.get(unitKey)
    if (known !== undefined) return known
    const made: UnitState = {
      observed: nothingObserved,
      known: false,
      version: 0,
      stale: new Stale(),
      tagsReadAt: new Map(),
      lookedFor: new Set(),
      taken: new Set(),
      leftovers: new Set(),
    }
    this.#units.set(unitKey, made)
    return made
  }

  peek(unitKey: string): LoadBalancersObserved {
    return this.#units.get(unitKey)?.observed ?? nothingObserved
  }

  forget(unitKey: string): void {
    this.#units.delete(unitKey)
  }

  units(): ReadonlyMap<string, UnitState> {
    return this.#units
  }
}
