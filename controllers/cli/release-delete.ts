import type { Clock } from '../runtime/clock.ts'
import { delay } from '../runtime/delay.ts'
import type { Reason, Reconciler } from '../runtime/reconciler.ts'
import type { Change } from '../shared/change.ts'

export type ReleaseDeleteOptions = {
  // biome-ignore lint/suspicious/noExplicitAny: what the controllers know does not matter here
  readonly reconciler: Pick<Reconciler<any, any, any, any, any, any>, 'reconcile'>
  readonly clock: Clock
  readonly units: readonly string[]
  readonly timeoutMs: number
  readonly tell: (line: string) => void
}

/** Removes all units side by side, each in its own order and with its own waits. What is left when the time is over. */
export async function removeUnits(options: ReleaseDeleteOptions, signal: AbortSignal): Promise<readonly Change[]> {
  const end = options.clock.monotonic() + options.timeoutMs
  const left = await Promise.all(options.units.map((unit) => removeUnit(options, unit, end, signal)))
  return left.flat()
}

async function removeUnit(
  { reconciler, clock, tell }: ReleaseDeleteOptions,
  unit: string,
  end: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  for (let reason: Reason = 'sweep'; ; reason = 'wait') {
    const { plan, requeueAfterMs } = await reconciler.reconcile(unit, reason, { stop: signal, cut: signal })
    if (plan.changes.length === 0) {
      tell(`${unit} is removed`)
      return []
    }
    if (requeueAfterMs === null || clock.monotonic() + requeueAfterMs > end || signal.aborted) return plan.changes
    await delay(clock, requeueAfterMs, signal)
  }
}
