import { ChangeFailed } from '../shared/failure.ts'
import { VaultError, type VaultErrorCode } from './vault-error.ts'

/** What a status and Vault's words mean. https://developer.hashicorp.com/vault/api-docs#http-status-codes */
export function errorCode(status: number, vaultMessage: string | null): VaultErrorCode {
  if (status === 400) return /^unknown role\b/.test(vaultMessage ?? '') ? 'unknown-role' : 'role-refused'
  if (status === 403) return 'forbidden'
  // Vault answers `no handler for route "…"`; a path hidden by the policy looks the same.
  if (status === 404) return 'unknown-mount'
  if (status === 429) return 'rate-limited'
  if (status === 503) return 'sealed'
  // 412: a replica that has not caught up; 473 and 307: a standby. All go away.
  return status === 412 || status === 473 || status >= 500 || (status >= 300 && status < 400) ? 'unavailable' : 'role-refused'
}

/** What the executor is told when Vault failed these changes. */
export function vaultFailure(error: unknown, changes: readonly string[]): ChangeFailed {
  if (error instanceof ChangeFailed) return error
  if (!(error instanceof VaultError)) {
    const message = error instanceof Error ? error.message : String(error)
    return new ChangeFailed({ code: 'Vault', kind: 'transient', message, changes, cause: error })
  }
  const { code, kind, message, retryAfterSeconds } = error
  return new ChangeFailed({
    code,
    kind,
    message,
    changes,
    cause: error,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}
