import type { Clock } from '../runtime/clock.ts'
import type { ServiceName } from './aws.ts'
import { type BucketChoice, bucketsOf, globalServices } from './buckets.ts'
import type { CallOptions } from './operation.ts'
import type { Priority } from './priority.ts'
import { TokenBucket } from './token-bucket.ts'

export type LimiterConfig = Partial<BucketChoice> & {
  /** How much of AWS's buckets is ours; the rest is for whoever else lives in the account. Default 0.7. */
  readonly share?: number
  /** Other numbers for a bucket, by `service.Bucket`, e.g. `{ 'acm.ImportCertificate': [5, 5] }`: capacity, refill per second. */
  readonly overrides?: Readonly<Record<string, readonly [number, number]>>
}

export type LimitedCall = {
  readonly service: ServiceName
  readonly operation: string
  readonly account: string
  readonly region: string
}

/** The right to make one call now. */
export type Turn = {
  /** AWS throttled it all the same. */
  throttled(): void
}

export type Limiter = {
  turn(call: LimitedCall, options: CallOptions): Promise<Turn>
  /** How many calls wait. */
  waiting(): number
}

type Waiter = {
  readonly buckets: readonly TokenBucket[]
  readonly rank: number
  readonly urgency: number
  readonly sequence: number
  readonly since: number
  readonly go: (turn: Turn) => void
}

const rankOf: Readonly<Record<Priority, number>> = { change: 0, wait: 1, sweep: 2 }
/** Nobody starves: one turn in ten goes to whoever has waited longest, if that is longer than a minute. */
const FAIR_EVERY = 10
const FAIR_AFTER_MS = 60_000

/** One limiter for all controllers: AWS counts what the account does, not who in it does it. */
export function limiter(clock: Clock, config: LimiterConfig = {}): Limiter {
  const scopes = new Map<string, Scope>()
  return {
    turn(call, options) {
      const region = globalServices.has(call.service) ? '' : call.region
      const key = `${call.service}/${call.account}/${region}`
      let scope = scopes.get(key)
      if (scope === undefined) {
        scope = new Scope(clock, config, call.service)
        scopes.set(key, scope)
      }
      return scope.turn(call.operation, options)
    },
    waiting: () => [...scopes.values()].reduce((sum, scope) => sum + scope.waiting, 0),
  }
}

/** The buckets and the queue of one service in one account and region. */
class Scope {
  readonly #clock: Clock
  readonly #config: LimiterConfig
  readonly #service: ServiceName
  readonly #buckets = new Map<string, TokenBucket>()
  /** In the order they are served. */
  #waiters: Waiter[] = []
  #sequence = 0
  #sinceFair = 0
  #cancelTimer: (() => void) | null = null

  constructor(clock: Clock, config: LimiterConfig, service: ServiceName) {
    this.#clock = clock
    this.#config = config
    this.#service = service
  }

  get waiting(): number {
    return this.#waiters.length
  }

  turn(operation: string, { signal, priority = 'change', urgency = Number.POSITIVE_INFINITY }: CallOptions): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        buckets: this.#bucketsOf(operation),
        rank: rankOf[priority],
        urgency,
        sequence: this.#sequence++,
        since: this.#clock.monotonic(),
        go: (turn) => {
          signal.removeEventListener('abort', abort)
          resolve(turn)
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#enqueue(waiter)
      this.#serve()
    })
  }

  #enqueue(waiter: Waiter): void {
    let low = 0
    let high = this.#waiters.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (before(waiter, this.#waiters[middle]!)) high = middle
      else low = middle + 1
    }
    this.#waiters.splice(low, 0, waiter)
  }

  #serve(): void {
    const now = this.#clock.monotonic()
    let next = this.#servable(now)
    while (next !== null) {
      const { buckets, go } = next
      this.#waiters.splice(this.#waiters.indexOf(next), 1)
      for (const bucket of buckets) bucket.take(now)
      go({
        throttled: () => {
          const then = this.#clock.monotonic()
          for (const bucket of buckets) bucket.throttled(now, then)
        },
      })
      next = this.#servable(now)
    }
    this.#wakeUp(now)
  }

  /** Who is next: by order, but for the turn in ten that is the longest waiter's. */
  #servable(now: number): Waiter | null {
    const ready = (waiter: Waiter): boolean => waiter.buckets.every((bucket) => bucket.wait(now) === 0)
    if (this.#sinceFair >= FAIR_EVERY - 1) {
      const oldest = this.#waiters.reduce<Waiter | null>((a, b) => (a === null || b.sequence < a.sequence ? b : a), null)
      if (oldest !== null && now - oldest.since > FAIR_AFTER_MS && ready(oldest)) {
        this.#sinceFair = 0
        return oldest
      }
    }
    const next = this.#waiters.find(ready) ?? null
    if (next !== null) this.#sinceFair++
    return next
  }

  #wakeUp(now: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (this.#waiters.length === 0) return
    const waits = this.#waiters.map(({ buckets }) => Math.max(...buckets.map((bucket) => bucket.wait(now))))
    // A whole millisecond, so that the timer never fires just before the token is there.
    const ms = Math.max(1, Math.ceil(Math.min(...waits)))
    this.#cancelTimer = this.#clock.after(ms, () => this.#serve())
  }

  #bucketsOf(operation: string): readonly TokenBucket[] {
    const { route53 = 'classic', share = 0.7, overrides = {} } = this.#config
    return bucketsOf(this.#service, operation, { route53 }).map((documented) => {
      const known = this.#buckets.get(documented.name)
      if (known !== undefined) return known
      const [capacity, refillPerSecond] = overrides[`${this.#service}.${documented.name}`] ?? [
        documented.capacity,
        documented.refillPerSecond,
      ]
      const made = new TokenBucket({ name: documented.name, capacity, refillPerSecond }, share, this.#clock.monotonic())
      this.#buckets.set(documented.name, made)
      return made
    })
  }
}

function before(a: Waiter, b: Waiter): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.urgency !== b.urgency ? a.urgency < b.urgency : a.sequence < b.sequence
}
