import { namespaceFindings } from '../shared/namespace-findings.ts'
import type { Namespace } from '../shared/objects.ts'
import type { TenancySettings } from '../shared/settings.ts'
import type { RecordedEvent } from './recorder.ts'
import type { Watched } from './watched.ts'

export type NamespaceFindingsOptions = {
  readonly watched: Watched
  readonly settings: TenancySettings
  /** Whether this replica is the one that tells. */
  readonly leads: () => boolean
  readonly emit: (event: RecordedEvent) => void
}

/** Tells on a Namespace what is wrong with its annotations, each thing once while it is so. */
export class NamespaceFindings {
  readonly #o: NamespaceFindingsOptions
  readonly #told = new Map<string, ReadonlySet<string>>()

  constructor(options: NamespaceFindingsOptions) {
    this.#o = options
    options.watched.namespaces.subscribe((before, after) => {
      if (after === null) this.#told.delete(before!.metadata.uid)
      else this.#review(after)
    })
  }

  /** We begin to lead. */
  newTerm(): void {
    for (const namespace of this.#o.watched.namespaces.list()) this.#review(namespace)
  }

  #review(namespace: Namespace): void {
    const { leads, emit, settings } = this.#o
    if (!leads()) return
    const { uid } = namespace.metadata
    const earlier = this.#told.get(uid)
    const findings = namespaceFindings(namespace, settings)
    for (const { code, message } of findings)
      if (earlier?.has(message) !== true)
        emit({ object: namespace, type: 'Warning', reason: code, action: 'Read', note: message })
    if (findings.length === 0) this.#told.delete(uid)
    else this.#told.set(uid, new Set(findings.map(({ message }) => message)))
  }
}
