import { isTransient } from '../cluster/errors.ts'
import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Clock } from '../runtime/clock.ts'
import { delay } from '../runtime/delay.ts'
import { NoSuchIngress } from './no-such-ingress.ts'
import { isServed, readStatus, renderStatus } from './status.ts'

const PERIOD_MS = 1000

/** Polls until the Ingress is served; resolves to null, or after `seconds` to its status as text. */
export async function waitForServed(
  api: Kubernetes,
  clock: Clock,
  name: string,
  seconds: number,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = clock.monotonic() + seconds * 1000
  let last = `${name} has not been seen`
  for (;;) {
    try {
      const rows = await readStatus(api, name, signal)
      if (rows.every(({ ingress }) => isServed(ingress))) return null
      last = renderStatus(rows)
    } catch (error) {
      // It may be about to be created, and an API server comes back; who may not look never may.
      if (!(error instanceof NoSuchIngress) && !isTransient(error)) throw error
      last = error.message
    }
    if (clock.monotonic() >= deadline) return last
    await delay(clock, PERIOD_MS, signal)
  }
}
