import type { Clock } from '../runtime/clock.ts'

export type RateLimitsOptions = {
  readonly clock: Clock
  readonly requestsPerSecond: number
  readonly refusalsPerSecond: number
  /** How many clients are remembered; of more, those that were not seen for longest are forgotten. */
  readonly most?: number
}

/** How much of each a client has used, draining with time. */
type Used = { requests: number; refusals: number; at: number; held: boolean }

export type Verdict = {
  /** 0: go on. */
  readonly waitSeconds: number
  /** It was not held up before: worth a line in the log. */
  readonly first: boolean
}

/** How often one client may ask, and be refused. Twice, and ten times, as many at once. */
export class RateLimits {
  readonly #o: Required<RateLimitsOptions>
  /** In the order of their last request. */
  readonly #clients = new Map<string, Used>()

  constructor(options: RateLimitsOptions) {
    this.#o = { most: 10_000, ...options }
  }

  get size(): number {
    return this.#clients.size
  }

  /** Counts a request, unless the client has to wait. */
  request(client: string): Verdict {
    const { requestsPerSecond, refusalsPerSecond } = this.#o
    const used = this.#used(client)
    const waitSeconds = Math.max(
      (used.requests + 1 - Math.max(1, 2 * requestsPerSecond)) / requestsPerSecond,
      (used.refusals + 1 - Math.max(1, 10 * refusalsPerSecond)) / refusalsPerSecond,
    )
    const first = waitSeconds > 0 && !used.held
    used.held = waitSeconds > 0
    if (waitSeconds <= 0) used.requests++
    return { waitSeconds: Math.max(0, waitSeconds), first }
  }

  /** A request of the client was refused. */
  refused(client: string): void {
    this.#used(client).refusals++
  }

  #used(client: string): Used {
    const { clock, most, requestsPerSecond, refusalsPerSecond } = this.#o
    const now = clock.monotonic()
    const used = this.#clients.get(client) ?? { requests: 0, refusals: 0, at: now, held: false }
    const seconds = (now - used.at) / 1000
    used.requests = Math.max(0, used.requests - seconds * requestsPerSecond)
    used.refusals = Math.max(0, used.refusals - seconds * refusalsPerSecond)
    used.at = now
    this.#clients.delete(client)
    this.#clients.set(client, used)
    const [oldest = client] = this.#clients.keys()
    if (this.#clients.size > most) this.#clients.delete(oldest)
    return used
  }
}
