import type { Bucket } from './buckets.ts'

/** A float's error must not cost a whole wait: a refill of 0.2 five times makes a token. */
const EPSILON = 1e-9
/** After a throttling the share grows back to the whole over this time. */
const RECOVERY_MS = 60_000
const SMALLEST_SHARE = 1 / 16

/** Our share of one of AWS's buckets. Halves when AWS throttles all the same, since others live in the account. */
export class TokenBucket {
  readonly #capacity: number
  readonly #perMs: number
  #tokens: number
  #at: number
  #share = 1
  #halvedAt = Number.NEGATIVE_INFINITY

  constructor(bucket: Bucket, share: number, now: number) {
    // Less than one token would never serve anybody.
    this.#capacity = Math.max(1, bucket.capacity * share)
    this.#perMs = (bucket.refillPerSecond * share) / 1000
    this.#tokens = this.#capacity
    this.#at = now
  }

  /** Milliseconds until a token is there; 0 if one is. */
  wait(now: number): number {
    this.#refill(now)
    return this.#tokens >= 1 - EPSILON ? 0 : (1 - this.#tokens) / (this.#perMs * this.#share)
  }

  take(now: number): void {
    this.#refill(now)
    this.#tokens -= 1
  }

  /** The answer to a call that took its token at `takenAt` was a throttling; calls sent before the last halving do not halve again. */
  throttled(takenAt: number, now: number): void {
    this.#refill(now)
    this.#tokens = Math.min(this.#tokens, 0)
    if (takenAt < this.#halvedAt) return
    this.#share = Math.max(SMALLEST_SHARE, this.#share / 2)
    this.#halvedAt = now
  }

  #refill(now: number): void {
    const elapsed = now - this.#at
    if (elapsed <= 0) return
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#perMs * this.#share)
    this.#share = Math.min(1, this.#share + elapsed / RECOVERY_MS)
    this.#at = now
  }
}
