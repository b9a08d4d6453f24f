import type { Change, ControllerName, Wait } from '../shared/change.ts'
import type { PlanContext } from '../shared/planner.ts'

/**
 * What a refresh must read again.
 * `missing`: only what was never read for this unit, or was marked stale by a failed change; 0 calls when nothing is.
 * `waits`: only what tells whether these waits are over. `sweep`: everything the unit owns (finds drift).
 */
export type RefreshScope =
  | { readonly kind: 'missing' }
  | { readonly kind: 'waits'; readonly waits: readonly Wait[] }
  | { readonly kind: 'sweep' }

/** Who is served first by the limiter: a person's change before a sweep. */
export type Priority = 'change' | 'wait' | 'sweep'

/** The effect half of a controller, wired by its `controller.ts`. `Observed` is what its planner reads. */
export type Effects<Intent, Observed> = {
  readonly name: ControllerName
  /** What is known of the unit without any call; an empty world if nothing was read yet. */
  observed(context: PlanContext): Observed
  /** Reads what planning the unit needs into the cache. Throws what the service said when it could not. */
  refresh(context: PlanContext, intent: Intent, scope: RefreshScope, signal: AbortSignal): Promise<void>
  /**
   * Makes changes that are ready, one batch (changes with the same `batch`, else a single one), then advances the cache.
   * Throws ChangeFailed; a failed or doubtful change marks what it touched stale, so that the next `missing` refresh reads it.
   */
  apply(context: PlanContext, changes: readonly Change[], signal: AbortSignal): Promise<void>
  /** The units that exist in AWS by our tags, for those whose objects are gone. Read once at start and at inventory sweeps. */
  inventory(signal: AbortSignal): Promise<readonly string[]>
  /** Drops a unit that is gone from the cache. */
  forget(unitKey: string): void
  /** Called when we begin to lead again: what was seen in an earlier term is not to be believed. */
  reset?(): void
}
