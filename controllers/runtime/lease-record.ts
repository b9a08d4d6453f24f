import type { KubeObject } from '../shared/objects.ts'
import { microTime } from './micro-time.ts'

export type LeaseSpec = {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}
export type LeaseObject = KubeObject & { readonly spec?: LeaseSpec }

/** The record of a new holder. What others put into the spec stays. */
export function acquiredSpec(
  before: LeaseSpec | null,
  holder: { readonly identity: string; readonly durationMs: number; readonly now: number },
): LeaseSpec {
  const same = before?.holderIdentity === holder.identity
  const time = microTime(holder.now)
  return {
    ...before,
    holderIdentity: holder.identity,
    // Whole seconds are all the API has; rounded up, since others must rather wait too long.
    leaseDurationSeconds: Math.max(1, Math.ceil(holder.durationMs / 1000)),
    acquireTime: same && before.acquireTime !== undefined ? before.acquireTime : time,
    renewTime: time,
    leaseTransitions: (before?.leaseTransitions ?? 0) + (same || before === null ? 0 : 1),
  }
}

export function renewedSpec(before: LeaseSpec, now: number): LeaseSpec {
  return { ...before, renewTime: microTime(now) }
}

/** As client-go releases: no holder, and a duration of a second, so that a waiting candidate takes it at its next look. */
export function releasedSpec(before: LeaseSpec, now: number): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) }
}

/** Still ours, but for a second only: whoever takes it knows that it had a holder. */
export function shortenedSpec(before: LeaseSpec, now: number): LeaseSpec {
  return { ...before, leaseDurationSeconds: 1, renewTime: microTime(now) }
}
