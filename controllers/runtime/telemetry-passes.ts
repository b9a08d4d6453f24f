import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from './clock.ts'
import type { QueueObserver } from './queue.ts'
import type { PassResult } from './reconciler.ts'
import type { Telemetry } from './telemetry.ts'

/** Which pass a call is part of, however many functions lie between. `eventAt`: of the event that no write answered yet. */
const passes = new AsyncLocalStorage<{ eventAt: number | null }>()
const NAME = { name: 'units' }
const CONTROLLER = { controller: 'units' }

/** A write to AWS was sent at that moment of the monotonic clock: the first of a pass ends the time since the event it is for. */
export function measureWrite(telemetry: Telemetry, sentAt: number): void {
  const pass = passes.getStore()
  if (pass === undefined || pass.eventAt === null) return
  telemetry.observe('fairlead_event_to_call_seconds', {}, Math.max(0, sentAt - pass.eventAt) / 1000)
  pass.eventAt = null
}

/** Counts passes, and what the queue does, under the names that controller-runtime and client-go have for it. */
export class PassMeter {
  readonly #telemetry: Telemetry
  readonly #clock: Clock
  readonly #events = new Map<string, number>()
  readonly queueObserver: QueueObserver

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#telemetry = telemetry
    this.#clock = clock
    this.queueObserver = {
      added: () => telemetry.count('workqueue_adds_total', NAME),
      started: (ms) => telemetry.observe('workqueue_queue_duration_seconds', NAME, ms / 1000),
      finished: (ms) => telemetry.observe('workqueue_work_duration_seconds', NAME, ms / 1000),
      retried: () => telemetry.count('workqueue_retries_total', NAME),
    }
  }

  /** An event that may change the unit's plan came in; the first of several counts. */
  event(unit: string): void {
    if (!this.#events.has(unit)) this.#events.set(unit, this.#clock.monotonic())
  }

  /** What was not answered yet is another's to answer. */
  reset(): void {
    this.#events.clear()
  }

  async pass(unit: string, run: () => Promise<PassResult>): Promise<PassResult> {
    const started = this.#clock.monotonic()
    const eventAt = this.#events.get(unit) ?? null
    this.#events.delete(unit)
    let result = 'error'
    try {
      const done = await passes.run({ eventAt }, run)
      result = done.requeueAfterMs === null ? 'success' : 'requeue_after'
      return done
    } catch (error) {
      this.#telemetry.count('controller_runtime_reconcile_errors_total', CONTROLLER)
      throw error
    } finally {
      this.#telemetry.count('controller_runtime_reconcile_total', { ...CONTROLLER, result })
      this.#telemetry.observe('controller_runtime_reconcile_time_seconds', CONTROLLER, (this.#clock.monotonic() - started) / 1000)
    }
  }
}
