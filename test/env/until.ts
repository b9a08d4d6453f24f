// Waits for a condition with a deadline; the only wait of the environment and of tests on the real clock.
import { setTimeout as delay } from 'node:timers/promises'

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly code = 'ERR_DEADLINE'
}

export type UntilOptions = { readonly seconds?: number; readonly everyMs?: number; readonly signal?: AbortSignal }

/** Calls `probe` until it returns something other than undefined or false. What it throws is kept as the cause. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { seconds = 60, everyMs = 50, signal }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + seconds * 1000
  let last: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    signal?.throwIfAborted()
    if (performance.now() > end) throw new DeadlineError(`not within ${seconds} s: ${what}`, { cause: last })
    await delay(everyMs)
  }
}
