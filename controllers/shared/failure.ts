import type { Finding } from './finding.ts'
import { scrubForeign } from './scrub.ts'

export type FailureKind =
  /** Try again later: throttled, unavailable, a timeout, a conflict that a new look will solve. */
  | 'transient'
  /** The user's input was refused; trying the same again will not help. Becomes a finding on the object. */
  | 'refused'
  /** Our credentials may not; slow retries, one finding for the account or Vault. */
  | 'forbidden'
  /** A quota is full; retried in hours or when something is freed. */
  | 'quota'
  /** What we believed is wrong (exists already, not found, precondition failed): observe again, then plan again. */
  | 'stale'

/** A change was not made, or it is not known whether it was (`doubtful`: the answer was lost). */
export class ChangeFailed extends Error {
  readonly code: string
  readonly kind: FailureKind
  readonly changes: readonly string[]
  readonly doubtful: boolean
  readonly retryAfterSeconds: number | null
  readonly finding: Finding | null
  constructor(options: {
    readonly code: string
    readonly kind: FailureKind
    readonly message: string
    readonly changes: readonly string[]
    readonly doubtful?: boolean
    readonly retryAfterSeconds?: number
    readonly finding?: Finding
    readonly cause?: unknown
  }) {
    // It is said on: in findings, Events and status.
    super(scrubForeign(options.message), { cause: options.cause })
    this.name = 'ChangeFailed'
    this.code = options.code
    this.kind = options.kind
    this.changes = options.changes
    this.doubtful = options.doubtful ?? false
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.finding = options.finding ?? null
  }
  /** The same failure, told with another finding or of other changes. */
  with(part: { readonly finding?: Finding; readonly changes?: readonly string[] }): ChangeFailed {
    const { code, kind, message, changes, doubtful, cause, retryAfterSeconds, finding } = this
    const rest = { ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }), ...(finding === null ? {} : { finding }) }
    return new ChangeFailed({ code, kind, message, changes, doubtful, cause, ...rest, ...part })
  }
}
