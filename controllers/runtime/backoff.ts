/** Full jitter: anything between nothing and the exponential bound, so that many clients do not come back together. */
export class Backoff {
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #failures = 0

  constructor(options: { readonly baseMs: number; readonly maxMs: number; readonly random: () => number }) {
    this.#baseMs = options.baseMs
    this.#maxMs = options.maxMs
    this.#random = options.random
  }

  get failures(): number {
    return this.#failures
  }

  /** Milliseconds to wait after one more failure, at least what the server asked for. */
  next(atLeastMs = 0): number {
    const bound = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    return Math.max(atLeastMs, this.#random() * bound)
  }

  reset(): void {
    this.#failures = 0
  }
}
