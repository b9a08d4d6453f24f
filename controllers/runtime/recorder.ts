import { isAlreadyExists, isNotFound, isTransient, KubernetesError } from '../cluster/errors.ts'
import { EVENTS, type Kubernetes } from '../cluster/kubernetes.ts'
import type { KubeObject } from '../shared/objects.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import { microTime } from './micro-time.ts'

export type RecordedEvent = {
  readonly object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase, stable: people filter by it. */
  readonly reason: string
  /** What we did or tried, UpperCamelCase. */
  readonly action: string
  readonly note: string
}

export type RecorderOptions = {
  readonly api: Pick<Kubernetes, 'create' | 'patch'>
  readonly clock: Clock
  /** `fairlead.dev/controller`. */
  readonly controller: string
  /** The pod's name. */
  readonly instance: string
  readonly onProblem?: (problem: unknown) => void
  readonly dedupeMs?: number
  /** Per object: so many at once, then one each `refillMs` (client-go's spam filter: 25, five minutes). */
  readonly burst?: number
  readonly refillMs?: number
}

type Series = { body: EventBody; written: boolean; count: number; writtenAt: number; lastAt: number }
type EventBody = ReturnType<typeof eventOf>
type Bucket = { tokens: number; at: number }

/** An event of which the API server has nothing newer for an hour is gone from it (its --event-ttl). */
const FORGET_MS = 3_600_000
const MOST_WAITING = 1_000
const ATTEMPTS = 3

/**
 * Events on objects (events.k8s.io/v1), for people who look at them. The same one again within two minutes is only counted; later
 * it becomes a series. Never throws and never makes its caller wait: an Event that cannot be written is reported and dropped.
 */
export class Recorder {
  readonly #o: Required<Omit<RecorderOptions, 'onProblem'>> & Pick<RecorderOptions, 'onProblem'>
  readonly #series = new Map<string, Series>()
  readonly #buckets = new Map<string, Bucket>()
  readonly #stop = new AbortController()
  #waiting = 0
  #tail: Promise<void> = Promise.resolve()
  #serial = 0
  #dropped = 0

  constructor(options: RecorderOptions) {
    this.#o = { dedupeMs: 120_000, burst: 25, refillMs: 300_000, ...options }
  }

  /** Events not written: too many for one object, too many at once, or refused. */
  get dropped(): number {
    return this.#dropped
  }

  record(event: RecordedEvent): void {
    try {
      this.#record(event)
    } catch (error) {
      this.#drop(error)
    }
  }

  /** Resolves when everything recorded so far was written or dropped. */
  flush(): Promise<void> {
    return this.#tail
  }

  /** Writes what waits, for at most `graceMs`, and ends. */
  async stop(graceMs = 2_000): Promise<void> {
    const cancel = this.#o.clock.after(graceMs, () => this.#stop.abort(new Error('stopped')))
    await this.#tail
    cancel()
    this.#stop.abort(new Error('stopped'))
  }

  #record(event: RecordedEvent): void {
    const { clock, dedupeMs } = this.#o
    const now = clock.monotonic()
    const { metadata } = event.object
    const key = [metadata.uid, event.type, event.reason, event.action, event.note].join('\n')
    const known = this.#series.get(key)
    if (known !== undefined && now - known.lastAt < FORGET_MS) {
      known.count++
      known.lastAt = now
      if (now - known.writtenAt < dedupeMs) return
      if (!this.#takeToken(metadata.uid, now)) {
        this.#drop(null)
        return
      }
      known.writtenAt = now
      this.#enqueue(() => this.#writeSeries(event, known))
      return
    }
    if (!this.#takeToken(metadata.uid, now)) {
      this.#drop(null)
      return
    }
    const series: Series = { body: this.#bodyOf(event), written: false, count: 1, writtenAt: now, lastAt: now }
    this.#series.delete(key)
    this.#series.set(key, series)
    this.#prune(now)
    this.#enqueue(() => this.#writeNew(series))
  }

  #enqueue(write: () => Promise<void>): void {
    if (this.#waiting >= MOST_WAITING || this.#stop.signal.aborted) {
      this.#drop(null)
      return
    }
    this.#waiting++
    this.#tail = this.#tail.then(async () => {
      try {
        await this.#persist(write)
      } catch (error) {
        this.#drop(error)
      } finally {
        this.#waiting--
      }
    })
  }

  async #persist(write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write()
      } catch (error) {
        if (!isTransient(error) || attempt === ATTEMPTS) throw error
        const asked = error instanceof KubernetesError ? (error.retryAfterSeconds ?? 0) : 0
        await delay(this.#o.clock, Math.max(asked, attempt) * 1_000, this.#stop.signal)
      }
    }
  }

  async #writeNew(series: Series): Promise<void> {
    try {
      await this.#o.api.create(EVENTS, series.body, this.#stop.signal)
    } catch (error) {
      // Our own create whose answer was lost: the name is ours alone.
      if (!isAlreadyExists(error)) throw error
    }
    series.written = true
  }

  async #writeSeries(event: RecordedEvent, series: Series): Promise<void> {
    if (!series.written) return this.#writeNew(series)
    const body = { series: { count: Math.max(2, series.count), lastObservedTime: microTime(this.#o.clock.now()) } }
    try {
      await this.#o.api.patch(EVENTS, series.body.metadata, body, { kind: 'merge' }, this.#stop.signal)
    } catch (error) {
      if (!isNotFound(error)) throw error
      series.count = 1
      series.written = false
      series.body = this.#bodyOf(event)
      await this.#writeNew(series)
    }
  }

  #bodyOf(event: RecordedEvent): EventBody {
    const { clock, controller, instance } = this.#o
    return eventOf(event, { controller, instance, now: clock.now(), serial: this.#serial++ })
  }

  #takeToken(uid: string, now: number): boolean {
    const { burst, refillMs } = this.#o
    const bucket = this.#buckets.get(uid) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs)
    const allowed = tokens >= 1
    this.#buckets.set(uid, { tokens: allowed ? tokens - 1 : tokens, at: now })
    return allowed
  }

  /** Both maps keep the order of arrival; what is old enough to start afresh is forgotten. */
  #prune(now: number): void {
    for (const [key, { lastAt }] of this.#series) {
      if (now - lastAt < FORGET_MS && this.#series.size <= 10 * MOST_WAITING) break
      this.#series.delete(key)
    }
    for (const [uid, { at }] of this.#buckets) {
      if (now - at < this.#o.burst * this.#o.refillMs) break
      this.#buckets.delete(uid)
    }
  }

  #drop(problem: unknown): void {
    this.#dropped++
    if (problem === null) return
    try {
      this.#o.onProblem?.(problem)
    } catch {
      // An Event is never worth a failure.
    }
  }
}

type Reporter = { readonly controller: string; readonly instance: string; readonly now: number; readonly serial: number }

/** The Event, named once: a second attempt to create it finds the first. */
function eventOf({ object, type, reason, action, note }: RecordedEvent, { controller, instance, now, serial }: Reporter) {
  const { apiVersion, kind, metadata } = object
  const { name, uid, resourceVersion } = metadata
  const suffix = `${Math.trunc(now).toString(16)}${(serial % 0x10000).toString(16).padStart(4, '0')}`
  return {
    // Events of objects without a namespace live in `default`.
    metadata: { namespace: metadata.namespace ?? 'default', name: `${name.slice(0, 220)}.${suffix}` },
    eventTime: microTime(now),
    reportingController: controller.slice(0, 128),
    reportingInstance: instance.slice(0, 128),
    type,
    reason: reason.slice(0, 128),
    action: action.slice(0, 128),
    note: cut(note, 1024),
    regarding: {
      apiVersion,
      kind,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name,
      uid,
      resourceVersion,
    },
  }
}

/** At most so many bytes of UTF-8, which is what the API server counts, and never half a character. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let end = bytes - 3
  const buffer = Buffer.from(text)
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--
  return `${buffer.toString('utf8', 0, end)}…`
}
