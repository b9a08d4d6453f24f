import type { Clock } from './clock.ts'

/** How late the event loop runs its timers: what a long computation does to everything else. */
export class LoopLag {
  readonly #clock: Clock
  readonly #periodMs: number
  #expected: number
  #last = 0
  #cancel: () => void

  constructor(clock: Clock, periodMs = 1_000) {
    this.#clock = clock
    this.#periodMs = periodMs
    this.#expected = clock.monotonic() + periodMs
    this.#cancel = this.#arm()
  }

  /** The lag of the last tick, or the one that is late right now. */
  get ms(): number {
    return Math.max(this.#last, this.#clock.monotonic() - this.#expected, 0)
  }

  stop(): void {
    this.#cancel()
  }

  #arm(): () => void {
    this.#expected = this.#clock.monotonic() + this.#periodMs
    return this.#clock.after(this.#periodMs, () => {
      this.#last = Math.max(0, this.#clock.monotonic() - this.#expected)
      this.#cancel = this.#arm()
    })
  }
}
