import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import type { Leadership } from './leadership.ts'
import { mayFinish } from './leadership-errors.ts'
import { Queue, type QueueObserver } from './queue.ts'
import type { PassResult, Reason, WorkSignals } from './reconciler.ts'
import type { Watched } from './watched.ts'

/** The units that exist in AWS by our tags, whatever Kubernetes says, as one controller can tell. */
export type Inventory = { readonly name: string; readonly read: (signal: AbortSignal) => Promise<readonly string[]> }

export type ManagerOptions = {
  readonly watched: Watched
  readonly lease: Pick<Leadership, 'run' | 'stop'>
  readonly clock: Clock
  readonly random: () => number
  readonly workers: number
  readonly sweepMs: number
  readonly reconcile: (unit: string, reason: Reason, signals: WorkSignals) => Promise<PassResult>
  readonly isGone: (unit: string) => boolean
  readonly inventories: readonly Inventory[]
  /** Called when we begin to lead: what an earlier term of ours has seen is not to be believed. */
  readonly onTerm: () => void
  /** Before the first unit of a term is worked on; goes on in the background until the term ends. */
  readonly beforeWork?: (leading: AbortSignal) => Promise<void>
  readonly onProblem: (what: string, problem: unknown) => void
  readonly queueObserver?: QueueObserver
  /** An event may change a unit's plan. */
  readonly onTouched?: (unit: string) => void
}

/** How long workers may finish what they began when the process is told to stop. */
const GRACE_MS = 15_000

/** From events to passes: watches always, and works while it holds the lease. */
export class Manager {
  readonly #options: ManagerOptions
  #queue: Queue | null = null
  #terms = 0

  constructor(options: ManagerOptions) {
    this.#options = options
  }

  /** The units waiting or worked on right now; null when another replica leads. */
  get queue(): Queue | null {
    return this.#queue
  }

  /** Runs until the signal. Rejects only if watching could not begin. */
  async run(signal: AbortSignal): Promise<void> {
    const { watched, lease } = this.#options
    signal.addEventListener('abort', () => lease.stop(), { once: true })
    await watched.start(signal)
    if (signal.aborted) return
    await lease.run((leading) => this.#lead(leading))
  }

  async #lead(leading: AbortSignal): Promise<'done' | 'cut'> {
    const { watched, clock, workers, inventories, queueObserver } = this.#options
    await this.#options.beforeWork?.(leading)
    if (leading.aborted) return 'done'
    const queue = new Queue({
      clock,
      concurrency: workers,
      backoff: { baseMs: 200, maxMs: 300_000 },
      work: (unit, reasons, cut) => this.#work(unit, reasons, { stop: leading, cut }),
      onFailure: (unit, error) => {
        if (!leading.aborted) this.#options.onProblem(`unit ${unit} could not be reconciled`, error)
      },
      ...(queueObserver === undefined ? {} : { observer: queueObserver }),
    })
    leading.addEventListener('abort', () => mayFinish(leading) || queue.cut(leading.reason), { once: true })
    this.#queue = queue
    const touched = watched.onTouched((unit) => {
      this.#options.onTouched?.(unit)
      queue.add(unit, 'change')
    })
    this.#options.onTerm()
    // What was observed in an earlier term is read again: another has written since. Where nothing is open nobody waits for it.
    const open = new Set(watched.openUnits())
    const again = this.#terms++ > 0 ? (['sweep'] as const) : []
    for (const unit of open) queue.add(unit, 'change', ...again)
    for (const unit of watched.units()) if (!open.has(unit)) queue.add(unit, 'sweep')
    for (const one of inventories) void this.#takeInventory(queue, one, leading)
    let ended: 'done' | 'cut' = 'done'
    try {
      await new Promise<void>((resolve) => {
        if (leading.aborted) resolve()
        else leading.addEventListener('abort', () => resolve(), { once: true })
      })
    } finally {
      touched()
      ended = await queue.stop(GRACE_MS)
      this.#queue = null
    }
    return ended
  }

  async #work(unit: string, reasons: ReadonlySet<Reason>, signals: WorkSignals) {
    const reason: Reason = reasons.has('sweep') ? 'sweep' : reasons.has('wait') ? 'wait' : 'change'
    const { requeueAfterMs, plan } = await this.#options.reconcile(unit, reason, signals)
    const again = requeueAfterMs === null ? [] : [{ afterMs: requeueAfterMs, priority: 'wait' as const }]
    if (plan.changes.length === 0 && this.#options.isGone(unit)) return again
    return [...again, { afterMs: this.#jittered(this.#options.sweepMs), priority: 'sweep' as const }]
  }

  /** Finds units that only AWS still knows: at the start, and once per sweep period. Failing, it tries again, ever more slowly. */
  async #takeInventory(queue: Queue, { name, read }: Inventory, leading: AbortSignal): Promise<void> {
    const { clock, random, watched } = this.#options
    const backoff = new Backoff({ baseMs: 2_000, maxMs: 300_000, random })
    let failing = false
    while (!leading.aborted) {
      let next = this.#jittered(this.#options.sweepMs)
      try {
        const known = new Set(watched.units())
        for (const unit of await read(leading)) if (!known.has(unit)) queue.add(unit, 'sweep')
        backoff.reset()
        failing = false
      } catch (error) {
        if (leading.aborted) return
        if (!failing) this.#options.onProblem(`the inventory of ${name} could not be read`, error)
        failing = true
        next = backoff.next(0)
      }
      await delay(clock, next, leading).catch(() => undefined)
    }
  }

  #jittered(ms: number): number {
    return ms * (0.9 + 0.2 * this.#options.random())
  }
}
