import { type Change, type ControllerName, isReady } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import type { Plan } from '../shared/plan.ts'
import { isStopped } from './gate.ts'
import { Repetitions } from './repetitions.ts'

/** Applies one batch of changes of one controller; rejects with ChangeFailed. */
export type Apply = (changes: readonly Change[], signal: AbortSignal) => Promise<void>

export type ExecutorOptions = {
  /** Plans the unit again from what is known now, without any call. */
  readonly plan: () => Plan
  /** Who applies a change: its controller, or for `Kubernetes::Ingress` the writer of finalizers. */
  readonly applierOf: (change: Change) => Apply
  /** Which of the changes the policies let through. */
  /** Given a whole plan each time, since what is not in it counts as done. */
  readonly allowed: (changes: readonly Change[]) => readonly Change[]
  /** Whether this very change failed lately and must not be tried again yet. */
  readonly held: (change: Change) => boolean
  /** Runs what makes these changes, so that their writes can be stopped between two calls. */
  readonly making?: (changes: readonly Change[], run: () => Promise<void>) => Promise<void>
  /** Asked before each plan: others get their turn. */
  readonly turn?: () => Promise<unknown>
  readonly onApplied: (change: Change) => void
  readonly onFailed: (change: Change, failure: ChangeFailed) => void
  /** How many batches of one unit are in flight at once. */
  readonly concurrency: number
}

/** Rounds of one pass: far above any real chain; a planner that never comes to rest is stopped and reported. */
const MOST_ROUNDS = 1000

/**
 * Runs a unit's plan: applies what has its needs met, plans again, until nothing more can be done now.
 * Batches run side by side and the next plan is made as soon as one of them ends, so a slow call holds up only what needs it.
 * A change that failed is not tried again in this pass, and never stops another.
 */
export async function execute(options: ExecutorOptions, signal: AbortSignal): Promise<Plan> {
  const failed = new Set<string>()
  const made = new Repetitions()
  const running = new Map<string, Promise<void>>()
  let restless: PlannerNeverRests | null = null
  for (let round = 0; ; round++) {
    // What else has ended by then is planned for together.
    await options.turn?.()
    const plan = options.plan()
    made.planned(new Set(plan.changes.map((item) => item.id)))
    if (round > MOST_ROUNDS) restless ??= new PlannerNeverRests(plan.unit)
    if (!signal.aborted && restless === null) {
      const ready = options.allowed(plan.changes).filter((item) => isReady(item) && !failed.has(item.id) && !options.held(item))
      for (const batch of batchesOf(ready)) {
        if (running.size >= options.concurrency) break
        const key = batchKey(batch[0]!)
        if (running.has(key)) continue
        const repeated = batch.find((item) => made.repeats(item))
        if (repeated !== undefined) {
          restless = new PlannerNeverRests(repeated.id)
          break
        }
        running.set(
          key,
          runBatch(options, batch, plan.changes, failed, signal).finally(() => running.delete(key)),
        )
      }
    }
    if (running.size === 0) {
      if (restless !== null) throw restless
      return plan
    }
    await Promise.race(running.values())
  }
}

async function runBatch(
  options: ExecutorOptions,
  batch: readonly Change[],
  planned: readonly Change[],
  failed: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const run = () => options.applierOf(batch[0]!)(batch, signal)
    await (options.making === undefined ? run() : options.making(batch, run))
    for (const item of batch) options.onApplied(item)
  } catch (error) {
    const failure = asFailure(error, batch)
    // Stopped by somebody who is to start it again: that is no failure, and nothing to back off from.
    const allowed = isStopped(error) ? new Set(options.allowed(planned).map((item) => item.id)) : null
    for (const item of batch) {
      if (allowed?.has(item.id) === false) {
        failed.add(item.id)
        continue
      }
      if (failure.changes.length > 0 && !failure.changes.includes(item.id)) {
        options.onApplied(item)
        continue
      }
      failed.add(item.id)
      options.onFailed(item, failure)
    }
  }
}

function batchesOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const batches = new Map<string, Change[]>()
  for (const item of changes) {
    const key = batchKey(item)
    batches.set(key, [...(batches.get(key) ?? []), item])
  }
  return [...batches.values()]
}

function batchKey(item: Change): string {
  return item.batch === null ? item.id : `${item.controller satisfies ControllerName}/${item.batch}`
}

function asFailure(error: unknown, batch: readonly Change[]): ChangeFailed {
  if (error instanceof ChangeFailed) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ChangeFailed({ code: 'Unexpected', kind: 'transient', message, changes: batch.map((item) => item.id), cause: error })
}

/** A defect of ours: planning and applying disagree. Stops this unit's pass instead of repeating a call for ever. */
export class PlannerNeverRests extends Error {
  readonly code = 'PLANNER_NEVER_RESTS'
  constructor(what: string) {
    super(`${what} is planned again and again although it was applied`)
    this.name = 'PlannerNeverRests'
  }
}
