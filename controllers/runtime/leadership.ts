import { NotLeadingError } from './leadership-errors.ts'
import type { Lease } from './lease.ts'

/** What the runtime asks of a lease. */
export type Leadership = Pick<Lease, 'run' | 'stop' | 'yield' | 'leading' | 'holder' | 'remainingMs' | 'assertLeading'>

/**
 * Works without a Lease, for the policy `observe`: who writes nothing anywhere need not be alone, and a Lease would be a write.
 * Nothing may be written under it.
 */
export function leadershipWithoutLease(): Leadership {
  const stop = new AbortController()
  return {
    leading: true,
    holder: '',
    remainingMs: 0,
    async run(onLead) {
      if (!stop.signal.aborted) await onLead(stop.signal)
    },
    stop: () => stop.abort(new Error('stopped')),
    yield: () => undefined,
    assertLeading() {
      throw new NotLeadingError(0)
    },
  }
}
