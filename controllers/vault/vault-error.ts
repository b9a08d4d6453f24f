import type { FailureKind } from '../shared/failure.ts'
import { scrubForeign } from '../shared/scrub.ts'

export type VaultErrorCode =
  /** The role refuses the request: a name, a key or a lifetime. */
  | 'role-refused'
  | 'unknown-role'
  /** The path names no secrets engine. */
  | 'unknown-mount'
  /** The file with the credentials to log in with cannot be read. */
  | 'no-credentials'
  /** Logging in was refused. */
  | 'login-refused'
  /** Logged in, but the policy does not allow it. */
  | 'forbidden'
  | 'rate-limited'
  | 'sealed'
  | 'unavailable'
  | 'timeout'
  | 'aborted'
  | 'unreachable'
  /** An answer that is not what Vault documents. */
  | 'unreadable'

/** What Vault answered, or that it did not. Never holds a token, a key or what was sent to log in. */
export class VaultError extends Error {
  readonly vault: string
  readonly path: string
  readonly code: VaultErrorCode
  readonly kind: FailureKind
  /** Null when no answer came. */
  readonly status: number | null
  /** Vault's own words, for the user; null when there are none. */
  readonly vaultMessage: string | null
  readonly retryAfterSeconds: number | null
  readonly requestId: string | null

  constructor(options: {
    readonly vault: string
    readonly path: string
    readonly code: VaultErrorCode
    readonly status?: number | null
    readonly vaultMessage?: string | null
    readonly retryAfterSeconds?: number | null
    readonly requestId?: string | null
    readonly cause?: unknown
  }) {
    const { vault, path, code, status = null } = options
    const vaultMessage = options.vaultMessage == null ? null : scrubForeign(options.vaultMessage)
    const answered = status === null ? '' : ` (${status})`
    super(`Vault ${vault}, ${path}: ${code}${answered}${vaultMessage === null ? '' : `: ${vaultMessage}`}`, {
      cause: options.cause,
    })
    this.name = 'VaultError'
    this.vault = vault
    this.path = path
    this.code = code
    this.kind = kinds[code]
    this.status = status
    this.vaultMessage = vaultMessage
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.requestId = options.requestId ?? null
  }
}

const kinds: Readonly<Record<VaultErrorCode, FailureKind>> = {
  'role-refused': 'refused',
  'unknown-role': 'refused',
  'unknown-mount': 'refused',
  'no-credentials': 'forbidden',
  'login-refused': 'forbidden',
  forbidden: 'forbidden',
  'rate-limited': 'transient',
  sealed: 'transient',
  unavailable: 'transient',
  timeout: 'transient',
  aborted: 'transient',
  unreachable: 'transient',
  unreadable: 'transient',
}
