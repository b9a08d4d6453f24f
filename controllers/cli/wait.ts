import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Clock } from '../runtime/clock.ts'
import { delay } from '../runtime/delay.ts'
import { isServed, readStatus, renderStatus } from './status.ts'

/** Polls until the Ingress is served; resolves to null, or after `seconds` to its status as text. */
export async function waitForServed(
  api: Kubernetes,
  clock: Clock,
  name: string,
  seconds: number,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = clock.monotonic() + seconds * 1000
  for (;;) {
    const rows = await readStatus(api, name, signal)
    if (rows.every(({ ingress }) => isServed(ingress))) return null
    if (clock.monotonic() >= deadline) return renderStatus(rows)
    await delay(clock, 200, signal)
  }
}
