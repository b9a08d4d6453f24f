import type { KubeObject } from '../shared/objects.ts'
import type { RecordedEvent } from './recorder.ts'

/** Something wrong that is nobody's object's: one finding for all, whatever it holds up. */
export type SystemFinding = {
  readonly code: string
  readonly severity: 'blocking' | 'warning' | 'info'
  readonly message: string
  /** The same one goes on, though its message may have changed: it is not told again. */
  readonly id?: string
}

export type SystemFindingsOptions = {
  /** What the Event is written on: our own Namespace. Null while it is not known. */
  readonly about: () => KubeObject | null
  readonly emit: (event: RecordedEvent) => void
  readonly tell: (what: string, finding: SystemFinding) => void
}

/** The findings of the installation as a whole: told once when they come and once when they go. */
export class SystemFindings {
  readonly #options: SystemFindingsOptions
  readonly #active = new Map<string, SystemFinding>()

  constructor(options: SystemFindingsOptions) {
    this.#options = options
  }

  get active(): readonly SystemFinding[] {
    return [...this.#active.values()]
  }

  raise(finding: SystemFinding): void {
    const before = this.#active.get(finding.code)
    this.#active.set(finding.code, finding)
    if (before !== undefined && (before.id ?? before.message) === (finding.id ?? finding.message)) return
    this.#options.tell(finding.message, finding)
    this.#emit(finding.severity === 'info' ? 'Normal' : 'Warning', finding.code, finding.message)
  }

  clear(code: string): void {
    const before = this.#active.get(code)
    if (before === undefined) return
    this.#active.delete(code)
    const message = `No longer: ${before.message}`
    this.#options.tell(message, { ...before, severity: 'info' })
    this.#emit('Normal', code, message)
  }

  #emit(type: 'Normal' | 'Warning', reason: string, note: string): void {
    const object = this.#options.about()
    if (object !== null) this.#options.emit({ object, type, reason, action: 'Guard', note })
  }
}
