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
  /** What the Event is written on: our own Namespace. Null while it is not known, or while we may not write. */
  readonly about: () => KubeObject | null
  readonly emit: (event: RecordedEvent) => void
  readonly tell: (what: string, finding: SystemFinding) => void
}

/** The findings of the installation as a whole: told once when they come and once when they go. */
export class SystemFindings {
  readonly #options: SystemFindingsOptions
  readonly #active = new Map<string, SystemFinding>()
  readonly #untold = new Map<string, Pick<RecordedEvent, 'type' | 'reason' | 'note'>>()

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
    const type = finding.severity === 'info' ? 'Normal' : 'Warning'
    this.#untold.set(finding.code, { type, reason: finding.code, note: finding.message })
    this.flush()
  }

  clear(code: string): void {
    const before = this.#active.get(code)
    if (before === undefined) return
    this.#active.delete(code)
    const note = `No longer: ${before.message}`
    this.#options.tell(note, { ...before, severity: 'info' })
    // Of what nobody was told, nobody need be told that it is over.
    if (!this.#untold.delete(code)) this.#untold.set(code, { type: 'Normal', reason: code, note })
    this.flush()
  }

  /** Writes the Events that could not be written earlier: who does not lead may not, and the object has to be known. */
  flush(): void {
    const object = this.#options.about()
    if (object === null) return
    for (const told of this.#untold.values()) this.#options.emit({ object, action: 'Guard', ...told })
    this.#untold.clear()
  }
}
