import { isAlreadyExists, isConflict, isNotFound } from '../cluster/errors.ts'
import { type Kubernetes, LEASES } from '../cluster/kubernetes.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import { LeadershipEnded, NotLeadingError } from './leadership-errors.ts'
import { acquiredSpec, type LeaseObject, type LeaseSpec, releasedSpec, renewedSpec, shortenedSpec } from './lease-record.ts'

export type LeaseOptions = {
  readonly api: Pick<Kubernetes, 'get' | 'create' | 'replace'>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly namespace: string
  readonly name: string
  /** Of this process alone, never of its successor: a restarted pod is another candidate. */
  readonly identity: string
  /** How long a write may be under way. A write must end before the lease does. */
  readonly requestTimeoutMs: number
  readonly durationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryMs?: number
  readonly onProblem?: (problem: unknown) => void
}

/** Works while it leads. Answers `cut` if a write was given up that may still be carried out: then whoever is next waits for it. */
export type OnLead = (signal: AbortSignal) => Promise<unknown>

type Observed = { readonly object: LeaseObject; readonly at: number }

/**
 * One leader among the replicas, as client-go's leader election has it (15 s, 10 s, 2 s): others' clocks are never trusted,
 * a lease is taken only after it has not changed for its duration on our own monotonic clock.
 */
export class Lease {
  readonly #o: Required<Omit<LeaseOptions, 'onProblem'>> & Pick<LeaseOptions, 'onProblem'>
  readonly #stop = new AbortController()
  #observed: Observed | null = null
  /** When the last renewal that succeeded was sent: from then on, others count our duration at the earliest. */
  #renewedAt: number | null = null
  #leading: AbortController | null = null
  /** We left it to others, and compete again then. */
  #competesAt = 0

  constructor(options: LeaseOptions) {
    this.#o = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options }
    const { durationMs, renewDeadlineMs, retryMs, requestTimeoutMs } = this.#o
    if (!(durationMs > renewDeadlineMs && renewDeadlineMs > retryMs && retryMs > 0))
      throw new RangeError('a lease needs duration > renew deadline > retry period > 0')
    if (requestTimeoutMs >= durationMs - retryMs)
      throw new RangeError('a request may take longer than a lease that was just renewed lasts')
  }

  get leading(): boolean {
    return this.#leading !== null && this.remainingMs > 0
  }

  /** Who holds it as far as we have seen; empty if nobody does. */
  get holder(): string {
    return this.#observed?.object.spec?.holderIdentity ?? ''
  }

  /** How long nobody else can take it; 0 when we do not lead. */
  get remainingMs(): number {
    if (this.#leading === null || this.#renewedAt === null) return 0
    return Math.max(0, this.#renewedAt + this.#o.durationMs - this.#o.clock.monotonic())
  }

  /** The fence: throws unless a write that starts now ends while the lease is surely ours. */
  assertLeading(): void {
    const { reason } = this.#leading?.signal ?? {}
    const lost = reason instanceof LeadershipEnded && reason.code !== 'LEASE_STOPPED'
    const remaining = lost ? 0 : this.remainingMs
    if (remaining <= this.#o.requestTimeoutMs) throw new NotLeadingError(remaining)
  }

  /**
   * Competes until stopped. While leading, `onLead` runs; its signal is aborted when the lease is lost or `stop` is called, and it
   * then has to end. A lost lease is competed for again; `onLead` that ends by itself, well or not, ends the run.
   */
  async run(onLead: OnLead): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const predecessor = await this.#acquire()
      if (predecessor === null) return
      if ((await this.#lead(onLead, predecessor)) === 'ended') return
    }
  }

  /** Ends the run: the leader's signal is aborted, its end awaited while the lease is still renewed, and then the lease is released. */
  stop(): void {
    this.#stop.abort(new LeadershipEnded('LEASE_STOPPED'))
    this.#leading?.abort(new LeadershipEnded('LEASE_STOPPED'))
  }

  /**
   * Leaves it to another replica, if there is one: the leader's signal is aborted, and for `pauseMs` we do not compete.
   * What we sent may still be on its way, so whoever is next waits as after a holder that died.
   */
  yield(pauseMs: number): void {
    if (this.#leading === null) return
    this.#competesAt = this.#o.clock.monotonic() + pauseMs
    this.#leading.abort(new LeadershipEnded('LEASE_YIELDED'))
  }

  /** The holder before us ('' if it was free); null when stopped. */
  async #acquire(): Promise<string | null> {
    const { clock, retryMs, random } = this.#o
    while (!this.#stop.signal.aborted) {
      const pauseMs = this.#competesAt - clock.monotonic()
      if (pauseMs > 0) {
        await delay(clock, pauseMs, this.#stop.signal).catch(() => undefined)
        continue
      }
      const before = await this.#attempt((signal) => this.#takeIfFree(signal), this.#o.renewDeadlineMs)
      if (before !== null) {
        if (!this.#stop.signal.aborted) return before
        await this.#release()
        return null
      }
      // client-go's jitter of 1.2: candidates must not ask in step. A lease that runs out before is asked for then.
      const again = Math.min(retryMs * (1 + 1.2 * random()), this.#expiresInMs() + retryMs * 0.25 * random())
      await delay(clock, again, this.#stop.signal).catch(() => undefined)
    }
    return null
  }

  async #lead(onLead: OnLead, predecessor: string): Promise<'lost' | 'ended'> {
    const { clock, requestTimeoutMs } = this.#o
    const leading = new AbortController()
    const ended = new AbortController()
    this.#leading = leading
    const renewing = this.#renew(leading, ended.signal)
    let wasCut = false
    try {
      // A write our predecessor sent just before it lost the lease may still be on its way.
      if (predecessor !== '') await delay(clock, requestTimeoutMs, leading.signal).catch(() => undefined)
      if (!leading.signal.aborted) wasCut = (await onLead(leading.signal)) === 'cut'
    } catch (error) {
      // A leader that was told to stop may well end by throwing; one that was not has failed.
      if (!leading.signal.aborted) throw error
    } finally {
      ended.abort()
      await renewing
      if (this.#isOurs()) await this.#release(wasCut || isYielded(leading.signal) ? shortenedSpec : releasedSpec)
      this.#leading = null
      this.#renewedAt = null
    }
    return leading.signal.aborted && !this.#stop.signal.aborted ? 'lost' : 'ended'
  }

  /** Renews until the leader has ended; aborts its signal at the deadline, even while a request hangs. */
  async #renew(leading: AbortController, ended: AbortSignal): Promise<void> {
    const { clock, retryMs, renewDeadlineMs } = this.#o
    const lost = () => leading.abort(new LeadershipEnded('LEASE_LOST'))
    let cancel = clock.after(this.#deadline() - clock.monotonic(), lost)
    try {
      while (!ended.aborted) {
        await delay(clock, retryMs, ended).catch(() => undefined)
        if (ended.aborted) return
        const left = this.#deadline() - clock.monotonic()
        // Woken too late: nothing may be renewed that others may already have taken.
        if (left <= 0) return lost()
        const outcome = await this.#attempt((signal) => this.#renewOnce(signal), Math.min(left, renewDeadlineMs / 2))
        if (outcome === 'taken') return lost()
        if (outcome === 'renewed' && !leading.signal.aborted) {
          cancel()
          cancel = clock.after(this.#deadline() - clock.monotonic(), lost)
        }
        if (leading.signal.aborted && !this.#stop.signal.aborted) return
      }
    } finally {
      cancel()
    }
  }

  #deadline(): number {
    return (this.#renewedAt ?? 0) + this.#o.renewDeadlineMs
  }

  /** One round of requests with a deadline, kept even if a request ignores its signal; null if it failed. */
  async #attempt<T>(run: (signal: AbortSignal) => Promise<T>, ms: number): Promise<T | null> {
    const deadline = new AbortController()
    const late = delay(this.#o.clock, ms, deadline.signal).then(() => {
      throw new Error('the lease could not be read or written in time')
    })
    try {
      return await Promise.race([run(deadline.signal), late])
    } catch (error) {
      this.#o.onProblem?.(error)
      return null
    } finally {
      deadline.abort()
      late.catch(() => undefined)
    }
  }

  async #takeIfFree(signal: AbortSignal): Promise<string | null> {
    const { api, clock, namespace, name, identity, durationMs } = this.#o
    const found = await api.get(LEASES, { namespace, name }, signal).catch((error: unknown) => {
      if (isNotFound(error)) return null
      throw error
    })
    const sent = clock.monotonic()
    try {
      if (found === null) {
        const spec = acquiredSpec(null, { identity, durationMs, now: clock.now() })
        const lease = { metadata: { namespace, name }, spec }
        const created = await api.create(LEASES, lease, signal)
        this.#won(created as LeaseObject, sent)
        return ''
      }
      this.#observe(found as LeaseObject)
      if (this.#isHeldByOther()) return null
      const before = (found as LeaseObject).spec?.holderIdentity ?? ''
      const spec = acquiredSpec((found as LeaseObject).spec ?? {}, { identity, durationMs, now: clock.now() })
      this.#won(await this.#write(found as LeaseObject, spec, signal), sent)
      return before
    } catch (error) {
      // Another candidate was faster.
      if (isConflict(error) || isAlreadyExists(error)) return null
      throw error
    }
  }

  async #renewOnce(signal: AbortSignal): Promise<'renewed' | 'taken'> {
    const { api, clock, namespace, name, identity } = this.#o
    const held = this.#observed?.object
    if (held === undefined) return 'taken'
    const sent = clock.monotonic()
    try {
      this.#won(await this.#write(held, renewedSpec(held.spec ?? {}, clock.now()), signal), sent)
      return 'renewed'
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      // Somebody wrote to it: another holder, or only a label. Also our own write whose answer was lost.
      const found = (await api.get(LEASES, { namespace, name }, signal)) as LeaseObject
      this.#observe(found)
      if (found.spec?.holderIdentity !== identity) return 'taken'
      const again = clock.monotonic()
      this.#won(await this.#write(found, renewedSpec(found.spec, clock.now()), signal), again)
      return 'renewed'
    }
  }

  async #release(specOf = releasedSpec): Promise<void> {
    const held = this.#observed?.object
    if (held === undefined) return
    const spec = specOf(held.spec ?? {}, this.#o.clock.now())
    await this.#attempt(async (signal) => this.#observe(await this.#write(held, spec, signal)), this.#o.renewDeadlineMs / 2)
  }

  async #write(found: LeaseObject, spec: LeaseSpec, signal: AbortSignal): Promise<LeaseObject> {
    const { api, namespace, name } = this.#o
    return (await api.replace(LEASES, { namespace, name }, { ...found, spec }, signal)) as LeaseObject
  }

  #won(object: LeaseObject, sent: number): void {
    this.#observed = { object, at: sent }
    this.#renewedAt = sent
  }

  #observe(object: LeaseObject): void {
    const same = this.#observed?.object.metadata.resourceVersion === object.metadata.resourceVersion
    if (!same) this.#observed = { object, at: this.#o.clock.monotonic() }
  }

  #isOurs(): boolean {
    return this.holder === this.#o.identity && this.#renewedAt !== null && this.remainingMs > 0
  }

  #isHeldByOther(): boolean {
    const expires = this.#expiresInMs()
    return expires > 0 && Number.isFinite(expires)
  }

  /** How long another may still hold it, as far as we have seen; infinite if nobody does. */
  #expiresInMs(): number {
    const spec = this.#observed?.object.spec
    if (this.#observed === null || !spec?.holderIdentity || spec.holderIdentity === this.#o.identity)
      return Number.POSITIVE_INFINITY
    const durationMs = (spec.leaseDurationSeconds ?? this.#o.durationMs / 1000) * 1000
    const left = this.#observed.at + durationMs - this.#o.clock.monotonic()
    return left > 0 ? left : Number.POSITIVE_INFINITY
  }
}

function isYielded({ reason }: AbortSignal): boolean {
  return reason instanceof LeadershipEnded && reason.code === 'LEASE_YIELDED'
}
