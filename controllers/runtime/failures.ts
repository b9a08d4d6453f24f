import type { Change } from '../shared/change.ts'
import type { ChangeFailed, FailureKind } from '../shared/failure.ts'
import type { Clock } from './clock.ts'
import { fingerprint } from './fingerprint.ts'

export type FailedChange = {
  readonly change: Change
  readonly failure: ChangeFailed
  /** How often it failed in a row. */
  readonly attempts: number
  /** On the monotonic clock. */
  readonly retryAt: number
}
type Remembered = FailedChange & {
  readonly unit: string
  readonly text: string
}

/** First and longest pause before the same change is tried again, in seconds; doubled with each failure. */
const PAUSES: Readonly<Record<FailureKind, readonly [first: number, longest: number]>> = {
  transient: [1, 300],
  stale: [0.2, 300],
  forbidden: [30, 600],
  quota: [600, 3600],
  refused: [600, 3600],
}

/**
 * Which changes failed, and when each may be tried again. A change that is planned differently (the user or the world moved on)
 * is another change and is tried at once. Lives in memory only: after a restart each is tried once more.
 */
export class Failures {
  readonly #clock: Clock
  readonly #byChange = new Map<string, Remembered>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(unit: string, change: Change, failure: ChangeFailed): void {
    const text = fingerprint(change)
    const earlier = this.#byChange.get(change.id)
    const attempts = earlier?.text === text ? earlier.attempts + 1 : 1
    const [first, longest] = PAUSES[failure.kind]
    const pause = failure.retryAfterSeconds ?? Math.min(longest, first * 2 ** Math.min(attempts - 1, 20))
    this.#byChange.set(change.id, { unit, change, text, failure, attempts, retryAt: this.#clock.monotonic() + pause * 1000 })
  }

  clear(change: Change): void {
    this.#byChange.delete(change.id)
  }

  /** Whether this very change failed and its pause is not over. */
  holds(change: Change): boolean {
    const known = this.#byChange.get(change.id)
    return known !== undefined && known.retryAt > this.#clock.monotonic() && known.text === fingerprint(change)
  }

  /** Forgets failures of changes that the unit no longer plans, and returns the ones that remain. */
  keepOnly(unit: string, planned: readonly Change[]): readonly Remembered[] {
    const ids = new Set(planned.map((item) => item.id))
    for (const [id, known] of this.#byChange) if (known.unit === unit && !ids.has(id)) this.#byChange.delete(id)
    return this.of(unit)
  }

  of(unit: string): readonly Remembered[] {
    return [...this.#byChange.values()].filter((known) => known.unit === unit)
  }

  /** Milliseconds until the first of these changes that is held may be tried again; null if none is held. */
  nextRetryMs(changes: readonly Change[]): number | null {
    const now = this.#clock.monotonic()
    const times = changes.filter((item) => this.holds(item)).map((item) => this.#byChange.get(item.id)!.retryAt - now)
    return times.length === 0 ? null : Math.min(...times)
  }
}
