import {
  AUDIT_VERSION,
  type AuditEntry,
  type AuditedCall,
  type IntentLine,
  NO_HASH,
  sealed,
  sha256,
  type UnsealedLine,
} from '../shared/audit-line.ts'
import { readAuditText } from '../shared/audit-text.ts'
import { type Change, sameObject } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import { scrub, scrubForeign, scrubText } from '../shared/scrub.ts'
import { type AuditSink, PatientSink } from './audit-sink.ts'
import { AuditUnavailable } from './audit-unavailable.ts'
import { currentWork, inIntents, type OpenIntent } from './work.ts'

export type AuditOptions = {
  readonly sinks: readonly AuditSink[]
  readonly cluster: string
  readonly replica: string
  readonly policy: string
  readonly clock: { now(): number; monotonic(): number }
  /** Told once when it can no longer be written, and once when it can again. */
  readonly onProblem: (problem: AuditUnavailable | null) => void
  /** Of this start of the process. */
  readonly chain?: string
}

/** A write that is no change of a plan: a status, or a call that somebody makes outside of one. */
export type DirectWrite = Pick<Subject, 'controller' | 'change' | 'action' | 'type' | 'target' | 'account' | 'region'> &
  Pick<Subject, 'object' | 'reason' | 'before' | 'after' | 'planned'>

type Subject = Omit<Extract<AuditEntry, { readonly kind: 'intent' }>, 'kind' | 'reconcile' | 'unit' | 'policy' | 'rule'> & {
  readonly rule?: string | null
}
export type AuditedObject = NonNullable<IntentLine['object']>

export type AuditHealth = {
  /** Why it cannot be written; null while it can. */
  readonly problem: AuditUnavailable | null
  readonly lines: number
  /** Writes that were not made because their intent could not be written. */
  readonly refused: number
}

/** More than any API's answer nests. */
const DEEP = -24

/**
 * The audit trail: a line before each write and one after it, each with the hash of the one before.
 * It fails closed: what cannot be written down is not done. An outcome that cannot be written waits, and goes before anything else.
 */
export class Audit {
  readonly #options: AuditOptions
  readonly #sinks: readonly PatientSink[]
  readonly #chain: string
  #seq = 0
  #hash = NO_HASH
  #problem: AuditUnavailable | null = null
  #refused = 0

  constructor(options: AuditOptions) {
    this.#options = options
    this.#sinks = options.sinks.map((sink) => new PatientSink(sink))
    this.#chain = options.chain ?? crypto.randomUUID()
  }

  get health(): AuditHealth {
    return { problem: this.#problem, lines: this.#seq, refused: this.#refused }
  }

  /** Begins the chain, if it can be written by now; otherwise the first write does. */
  start(): void {
    try {
      this.#ready()
    } catch {
      // Told by `onProblem`.
    }
  }

  /** Ends the chain: whoever reads it knows that nothing was cut off. */
  stop(): void {
    try {
      this.#ready()
      this.#add({ kind: 'stop' })
      this.#flush()
    } catch {
      // Told by `onProblem`.
    }
    for (const sink of this.#sinks) sink.close()
  }

  /** Makes changes of a plan that were put together in one batch. Rejects with ChangeFailed, also when nothing may be done. */
  async changes(
    changes: readonly Change[],
    objectOf: (change: Change) => AuditedObject,
    run: () => Promise<void>,
    ruleOf: (change: Change) => string | null = () => null,
  ): Promise<void> {
    const subjects = changes.map(({ calls, ...change }): Subject => {
      const { controller, id, action, type, target, account, region, reason, before, after } = change
      const rest = { controller, action, type, target, account, region, reason }
      return {
        ...rest,
        change: id,
        object: objectOf({ calls, ...change }),
        before,
        after,
        planned: [...calls],
        rule: ruleOf({ calls, ...change }),
      }
    })
    const failed = (error: unknown, index: number): boolean =>
      !(error instanceof ChangeFailed) || error.changes.length === 0 || error.changes.includes(changes[index]?.id ?? '')
    try {
      await this.#around(subjects, run, failed)
    } catch (error) {
      if (!(error instanceof AuditUnavailable)) throw error
      const ids = changes.map((item) => item.id)
      throw new ChangeFailed({ code: error.code, kind: 'transient', message: error.message, changes: ids, cause: error })
    }
  }

  /** Makes a write that is no change of a plan; one within a change is written down with it. */
  async direct<T>(write: () => DirectWrite, run: () => Promise<T>): Promise<T> {
    if ((currentWork()?.intents.length ?? 0) > 0) return run()
    return this.#around([write()], run, () => true)
  }

  async #around<T>(
    subjects: readonly Subject[],
    run: () => Promise<T>,
    failed: (error: unknown, index: number) => boolean,
  ): Promise<T> {
    const intents = this.#intend(subjects)
    const started = this.#options.clock.monotonic()
    const end = (problem: { readonly error: unknown } | null) => {
      const ms = Math.round(this.#options.clock.monotonic() - started)
      for (const [index, intent] of intents.entries()) {
        const subject = subjects[index]
        if (subject === undefined) continue
        const mine = problem !== null && failed(problem.error, index) ? problem : null
        this.#add(outcomeOf(subject, intent, mine, ms))
      }
      this.#tryToFlush()
    }
    const fields = fieldsOf(subjects)
    try {
      const result = await inIntents(intents, fields, run)
      end(null)
      return result
    } catch (error) {
      end({ error })
      throw error
    }
  }

  /** Throws AuditUnavailable if the intents are not written down: then nothing may be done. */
  #intend(subjects: readonly Subject[]): readonly OpenIntent[] {
    const intents: OpenIntent[] = []
    try {
      this.#ready()
      const { reconcile = null, unit = null } = currentWork() ?? {}
      const { policy } = this.#options
      for (const subject of subjects) {
        const { before, after, reason, rule = null } = subject
        const plain = { before: plainOf(before), after: plainOf(after), reason: scrubText(reason), rule }
        const seq = this.#add({ ...subject, ...plain, kind: 'intent', reconcile, unit, policy })
        intents.push({ seq, calls: [] })
      }
      this.#flush()
      return intents
    } catch (error) {
      this.#refused += subjects.length
      // Some of the lines may stand where they could be written; they are told to have come to nothing.
      for (const [index, intent] of intents.entries()) {
        const subject = subjects[index]
        if (subject !== undefined) this.#add(outcomeOf(subject, intent, { error }, 0))
      }
      throw error
    }
  }

  /** What could not be written before is written now; the first line of all begins the chain. */
  #ready(): void {
    this.#flush()
    if (this.#seq > 0) return
    const continues = this.#predecessor()
    if (continues !== null) this.#hash = continues.hash
    this.#add({ kind: 'start', continues })
    this.#flush()
  }

  #predecessor() {
    for (const sink of this.#sinks) {
      try {
        const { lines, rest } = sink.tail()
        // Half a line gets its end, so that ours stands alone.
        if (rest !== '') sink.add('')
        let torn = rest
        for (const line of lines.toReversed()) {
          const read = readAuditText(line)
          if (read.what === 'torn') torn ||= line
          if (read.what !== 'line') continue
          const { chain, seq, hash } = read.line
          return { chain, seq, hash, torn: torn === '' ? null : sha256(torn) }
        }
      } catch (error) {
        throw this.#unavailable(sink, error)
      }
    }
    return null
  }

  #add(entry: AuditEntry): number {
    const { cluster, replica, clock } = this.#options
    const seq = ++this.#seq
    const chained = { audit: AUDIT_VERSION, chain: this.#chain, seq, prev: this.#hash, cluster, replica } as const
    const { text, hash } = sealed({ ...entry, ...chained, time: new Date(clock.now()).toISOString() } as UnsealedLine)
    this.#hash = hash
    for (const sink of this.#sinks) sink.add(text)
    return seq
  }

  #flush(): void {
    for (const sink of this.#sinks) {
      try {
        sink.flush()
      } catch (error) {
        throw this.#unavailable(sink, error)
      }
    }
    if (this.#problem === null) return
    this.#problem = null
    this.#options.onProblem(null)
  }

  #tryToFlush(): void {
    try {
      this.#flush()
    } catch {
      // It waits, and everything else with it.
    }
  }

  #unavailable(sink: PatientSink, cause: unknown): AuditUnavailable {
    const problem = new AuditUnavailable(sink.name, cause)
    const first = this.#problem === null
    this.#problem = problem
    if (first) this.#options.onProblem(problem)
    return problem
  }
}

function outcomeOf(
  { controller, change, object }: Subject,
  { seq, calls }: OpenIntent,
  problem: { readonly error: unknown } | null,
  ms: number,
): AuditEntry {
  const { error } = problem ?? {}
  const { code, doubtful } = (error ?? {}) as { readonly code?: unknown; readonly doubtful?: unknown }
  const name = object === null ? null : { kind: object.kind, namespace: object.namespace, name: object.name }
  return {
    kind: 'outcome',
    intent: seq,
    reconcile: currentWork()?.reconcile ?? null,
    controller,
    change,
    object: name,
    outcome: problem === null ? 'ok' : 'failed',
    code: problem === null ? null : typeof code === 'string' ? code : error instanceof Error ? error.name : 'Error',
    message: problem === null ? null : scrubForeign(error instanceof Error ? error.message : String(error)),
    doubtful: doubtful === true,
    calls: calls.map((call): AuditedCall => ({ ...call })),
    ms,
  }
}

/** On each line of the log: the object, or what several have in common. */
function fieldsOf(subjects: readonly Subject[]): Readonly<Record<string, unknown>> {
  const [first, ...others] = subjects
  const ids = subjects.map((subject) => subject.change)
  if (first?.object == null) return { change: ids[0] }
  const { kind, namespace, name } = first.object
  const same = others.every(({ object }) => object !== null && sameObject(object, { kind, namespace, name }))
  return { ...(same ? { object: { kind, namespace, name } } : {}), change: others.length === 0 ? ids[0] : ids }
}

/** Without secrets, and as JSON has it: what is hashed is what is read back. */
function plainOf(value: unknown): Record<string, unknown> | null {
  return value === null || value === undefined
    ? null
    : (JSON.parse(JSON.stringify(scrub(value, DEEP))) as Record<string, unknown>)
}
