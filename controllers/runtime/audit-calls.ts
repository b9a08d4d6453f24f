import type { CallRecord } from '../aws/calls.ts'
import type { KubernetesCall } from '../cluster/client.ts'
import type { VaultCall } from '../vault/client.ts'
import { noteCall } from './work.ts'

/** Puts a write to AWS that was sent to the intents it was for. */
export function noteAwsCall({
  write,
  service,
  operation,
  account,
  region,
  status,
  errorCode,
  attempt,
  requestId,
}: CallRecord): void {
  if (write) noteCall({ service, operation, account, region, status, code: errorCode, attempt, requestId })
}

/** Vault answers with a request id of its own, which its audit devices log, too. */
export function noteVaultCall({ write, vault, operation, status, errorCode, requestId }: VaultCall): void {
  if (!write || operation === 'login') return
  noteCall({ service: 'vault', operation, account: vault, region: '', status, code: errorCode, attempt: 1, requestId })
}

export function noteKubernetesCall({ write, verb, kind, status }: KubernetesCall): void {
  if (!write || kind === 'Lease' || kind === 'Event') return
  const code = status >= 200 && status < 300 ? null : String(status)
  const seen = status === 0 ? null : status
  noteCall({
    service: 'kubernetes',
    operation: `${verb} ${kind}`,
    account: '',
    region: '',
    status: seen,
    code,
    attempt: 1,
    requestId: null,
  })
}
