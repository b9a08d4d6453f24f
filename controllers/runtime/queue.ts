import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import type { Priority } from './effects.ts'

/** When a key wants to be worked on again, and why. */
export type Requeue = { readonly afterMs: number; readonly priority: Priority }
export type QueueWork = (key: string, reasons: ReadonlySet<Priority>, signal: AbortSignal) => Promise<readonly Requeue[]>

export type QueueOptions = {
  readonly clock: Clock
  readonly work: QueueWork
  readonly concurrency: number
  /** Per key, doubling with each failure in a row. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number }
  /** Told of every failure, with how many there were in a row. The key is tried again after `retryMs`. */
  readonly onFailure?: (key: string, error: unknown, failures: number, retryMs: number) => void
  readonly observer?: QueueObserver
}

/** Told of what the queue does, to count it. Must not throw. */
export type QueueObserver = {
  added(): void
  started(waitedMs: number): void
  finished(tookMs: number): void
  retried(): void
}

export type QueueMetrics = {
  /** Keys that could be worked on now. */
  readonly depth: number
  /** Keys that wait for a time. */
  readonly delayed: number
  readonly running: number
  readonly longestRunningMs: number
  readonly longestRunningKey: string | null
  /** How long the key that waits longest for a worker has waited. */
  readonly longestWaitingMs: number
  /** Keys whose last attempt failed. */
  readonly failing: number
}

type Item = { reasons: Set<Priority>; since: number }
type Delayed = { readonly at: number; readonly cancel: () => void }

const ORDER: readonly Priority[] = ['change', 'wait', 'sweep']

/**
 * Keys to work on: each once however often it was added, never two workers on one key, an addition during the work is
 * another round after it. A change is served before a wait, a wait before a sweep; within each, first come first served. Sweeps never have
 * all workers.
 */
export class Queue {
  readonly #options: QueueOptions
  readonly #ready: Readonly<Record<Priority, Map<string, Item>>> = { change: new Map(), wait: new Map(), sweep: new Map() }
  readonly #running = new Map<string, { readonly started: number; readonly lane: Priority; readonly again: Set<Priority> }>()
  readonly #delayed = new Map<string, Map<Priority, Delayed>>()
  readonly #failures = new Map<string, number>()
  readonly #abort = new AbortController()
  #idle: (() => void)[] = []
  #stopped = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Without a priority it is a change. */
  add(key: string, ...given: readonly Priority[]): void {
    if (this.#stopped) return
    const reasons: readonly Priority[] = given.length === 0 ? ['change'] : given
    const running = this.#running.get(key)
    if (running !== undefined) {
      for (const reason of reasons) running.again.add(reason)
      return
    }
    this.#put(key, reasons)
    this.#fill()
  }

  /** Adds the key later. Of several for the same key and priority the earliest counts; another priority's is kept apart. */
  addAfter(key: string, ms: number, priority: Priority = 'wait'): void {
    if (this.#stopped) return
    if (ms <= 0) {
      this.add(key, priority)
      return
    }
    const { clock } = this.#options
    const at = clock.monotonic() + ms
    const timers = this.#delayed.get(key) ?? new Map<Priority, Delayed>()
    const planned = timers.get(priority)
    if (planned !== undefined && planned.at <= at) return
    planned?.cancel()
    timers.set(priority, { at, cancel: clock.after(ms, () => this.#due(key, priority, at)) })
    this.#delayed.set(key, timers)
  }

  /** Drops what is planned for a key and its failures; a worker on it finishes. */
  forget(key: string): void {
    for (const timer of this.#delayed.get(key)?.values() ?? []) timer.cancel()
    this.#delayed.delete(key)
    this.#failures.delete(key)
    for (const priority of ORDER) this.#ready[priority].delete(key)
    this.#running.get(key)?.again.clear()
    this.#settle()
  }

  get metrics(): QueueMetrics {
    const now = this.#options.clock.monotonic()
    let longest: { key: string; started: number } | null = null
    for (const [key, { started }] of this.#running) if (longest === null || started < longest.started) longest = { key, started }
    const waiting = ORDER.flatMap((priority) => [...this.#ready[priority].values()].map((item) => now - item.since))
    return {
      depth: waiting.length,
      delayed: this.#delayed.size,
      running: this.#running.size,
      longestRunningMs: longest === null ? 0 : now - longest.started,
      longestRunningKey: longest?.key ?? null,
      longestWaitingMs: waiting.reduce((most, ms) => Math.max(most, ms), 0),
      failing: this.#failures.size,
    }
  }

  /** When the key is next to be worked on, on the monotonic clock; null if nothing is planned. */
  nextAt(key: string): number | null {
    const times = [...(this.#delayed.get(key)?.values() ?? [])].map((timer) => timer.at)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Resolves when nothing is ready and nothing is running; what is delayed stays delayed. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Aborts the signal of the workers: what they began is given up. */
  cut(reason: unknown): void {
    this.#abort.abort(reason)
  }

  /** Takes nothing more, drops what waits, and resolves when the workers are done; after `graceMs` they are cut. Whether they were. */
  async stop(graceMs?: number): Promise<'done' | 'cut'> {
    this.#stopped = true
    for (const timers of this.#delayed.values()) for (const timer of timers.values()) timer.cancel()
    this.#delayed.clear()
    for (const priority of ORDER) this.#ready[priority].clear()
    for (const { again } of this.#running.values()) again.clear()
    const done = this.idle()
    if (graceMs !== undefined) {
      const ended = new AbortController()
      const grace = delay(this.#options.clock, graceMs, ended.signal).catch(() => undefined)
      await Promise.race([done, grace])
      ended.abort()
      if (!this.#isIdle()) this.cut(new Error('the queue was stopped'))
    }
    await done
    return this.#abort.signal.aborted ? 'cut' : 'done'
  }

  #due(key: string, priority: Priority, at: number): void {
    const timers = this.#delayed.get(key)
    if (timers === undefined) return
    const now = this.#options.clock.monotonic()
    // A timer can be capped by its clock: a wait of months is armed again.
    if (now < at) {
      timers.set(priority, { at, cancel: this.#options.clock.after(at - now, () => this.#due(key, priority, at)) })
      return
    }
    timers.delete(priority)
    if (timers.size === 0) this.#delayed.delete(key)
    this.add(key, priority)
  }

  #put(key: string, reasons: Iterable<Priority>): void {
    const held = ORDER.map((priority) => this.#ready[priority].get(key)).find((found) => found !== undefined)
    const item: Item = held ?? { reasons: new Set(), since: this.#options.clock.monotonic() }
    for (const reason of reasons) item.reasons.add(reason)
    if (held === undefined) this.#options.observer?.added()
    const lane = ORDER.find((priority) => item.reasons.has(priority)) ?? 'sweep'
    for (const priority of ORDER) if (priority !== lane) this.#ready[priority].delete(key)
    if (!this.#ready[lane].has(key)) this.#ready[lane].set(key, item)
  }

  #fill(): void {
    while (!this.#stopped && this.#running.size < this.#options.concurrency) {
      const lane = ORDER.find((priority) => this.#ready[priority].size > 0 && (priority !== 'sweep' || this.#maySweep()))
      if (lane === undefined) return
      const [[key, item]] = this.#ready[lane] as unknown as [[string, Item]]
      this.#ready[lane].delete(key)
      const started = this.#options.clock.monotonic()
      this.#options.observer?.started(started - item.since)
      this.#running.set(key, { started, lane, again: new Set() })
      void this.#run(key, item.reasons)
    }
  }

  /** A sweep reads much and can take minutes: of several workers one is kept for what somebody waits for. */
  #maySweep(): boolean {
    const sweeps = [...this.#running.values()].filter((item) => item.lane === 'sweep').length
    return sweeps < Math.max(1, this.#options.concurrency - 1)
  }

  async #run(key: string, reasons: ReadonlySet<Priority>): Promise<void> {
    let planned: readonly Requeue[] = []
    try {
      // The worker starts in a later turn: `add` never runs foreign code in its caller's.
      await null
      planned = await this.#options.work(key, reasons, this.#abort.signal)
      this.#failures.delete(key)
    } catch (error) {
      planned = [this.#failed(key, reasons, error)]
    }
    const { started = 0, again = new Set<Priority>() } = this.#running.get(key) ?? {}
    this.#options.observer?.finished(this.#options.clock.monotonic() - started)
    this.#running.delete(key)
    if (!this.#stopped) {
      for (const { afterMs, priority } of planned) this.addAfter(key, afterMs, priority)
      if (again.size > 0) this.#put(key, again)
    }
    this.#fill()
    this.#settle()
  }

  #failed(key: string, reasons: ReadonlySet<Priority>, error: unknown): Requeue {
    const { backoff = { baseMs: 5, maxMs: 1_000_000 }, onFailure } = this.#options
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    this.#options.observer?.retried()
    const asked = retryAfterMs(error)
    const afterMs = Math.max(asked, Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures - 1, 40)))
    try {
      onFailure?.(key, error, failures, afterMs)
    } catch {
      // Who reports must not stop the work.
    }
    // The reason it was tried for is the reason it is tried again for: a failed sweep is still due.
    return { afterMs, priority: ORDER.find((priority) => reasons.has(priority)) ?? 'wait' }
  }

  #isIdle(): boolean {
    return this.#running.size === 0 && ORDER.every((priority) => this.#ready[priority].size === 0)
  }

  #settle(): void {
    if (!this.#isIdle()) return
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }
}

function retryAfterMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterSeconds' in error)) return 0
  return typeof error.retryAfterSeconds === 'number' ? error.retryAfterSeconds * 1000 : 0
}
