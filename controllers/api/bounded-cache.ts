import type { Clock } from '../runtime/clock.ts'

type Entry<T> = { readonly value: Promise<T>; until: number }

/** Answers that hold for a while: asked for once, however many wait for them. What failed is not kept. Never grows past its size. */
export class BoundedCache<T> {
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #most: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<T>>()

  constructor(options: { readonly clock: Clock; readonly ttlMs: number; readonly most: number }) {
    this.#clock = options.clock
    this.#ttlMs = options.ttlMs
    this.#most = options.most
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known !== undefined) this.#entries.delete(key)
    if (known !== undefined && known.until > this.#clock.monotonic()) {
      this.#entries.set(key, known)
      return known.value
    }
    const entry: Entry<T> = { value: make(), until: Number.POSITIVE_INFINITY }
    this.#entries.set(key, entry)
    const [oldest = key] = this.#entries.keys()
    if (this.#entries.size > this.#most) this.#entries.delete(oldest)
    entry.value.then(
      () => {
        entry.until = this.#clock.monotonic() + this.#ttlMs
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry.value
  }
}
