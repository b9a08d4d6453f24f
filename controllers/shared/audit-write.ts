import type { AuditLine, IntentLine, OutcomeLine } from './audit-line.ts'

/** An intent with its outcome; null while nobody has told it. */
export type AuditedWrite = { readonly intent: IntentLine; readonly outcome: OutcomeLine | null }

export type AuditFilter = {
  /** `namespace/name`. */
  readonly object?: string
  readonly host?: string
  readonly controller?: string
  readonly change?: string
  /** Milliseconds since the epoch. */
  readonly since?: number
  readonly outcome?: 'ok' | 'failed' | 'open'
}

/** Puts outcomes to their intents, in the order in which the writes ended; those that did not come last. */
export class AuditedWrites {
  readonly #open = new Map<string, IntentLine>()

  /** The write that this line ends, if it ends one. */
  add(line: AuditLine): AuditedWrite | null {
    if (line.kind === 'intent') this.#open.set(`${line.chain}/${line.seq}`, line)
    if (line.kind !== 'outcome') return null
    const key = `${line.chain}/${line.intent}`
    const intent = this.#open.get(key)
    this.#open.delete(key)
    return intent === undefined ? null : { intent, outcome: line }
  }

  open(): readonly AuditedWrite[] {
    return [...this.#open.values()].map((intent) => ({ intent, outcome: null }))
  }
}

export function matches({ intent, outcome }: AuditedWrite, filter: AuditFilter): boolean {
  const { object, host, controller, change, since } = filter
  return (
    (object === undefined || object === `${intent.object?.namespace}/${intent.object?.name}`) &&
    (controller === undefined || controller === intent.controller) &&
    (change === undefined || change === intent.change) &&
    (since === undefined || Date.parse(intent.time) >= since) &&
    (filter.outcome === undefined || filter.outcome === (outcome?.outcome ?? 'open')) &&
    (host === undefined || names(host)([intent.change, intent.target, intent.before, intent.after]))
  )
}

/** Whether a value names the host: as a whole word, so that `a.example.com` is not found in `aa.example.com`. */
function names(host: string): (value: unknown) => boolean {
  const plain = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const word = new RegExp(`(?<![a-z0-9_.*-])${plain}\\.?(?![a-z0-9_-]|\\.[a-z0-9])`)
  const inside = (value: unknown): boolean =>
    typeof value === 'string'
      ? word.test(value.toLowerCase())
      : typeof value === 'object' && value !== null && Object.values(value).some(inside)
  return inside
}
