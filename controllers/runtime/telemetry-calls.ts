import type { CallRecord } from '../aws/calls.ts'
import { isThrottling } from '../aws/errors.ts'
import type { KubernetesCall, KubernetesVerb } from '../cluster/client.ts'
import type { VaultCall } from '../vault/client.ts'
import type { Clock } from './clock.ts'
import type { Telemetry } from './telemetry.ts'
import { measureWrite } from './telemetry-passes.ts'

const METHODS: Readonly<Record<KubernetesVerb, string>> = {
  list: 'GET',
  watch: 'GET',
  get: 'GET',
  create: 'POST',
  patch: 'PATCH',
  replace: 'PUT',
  delete: 'DELETE',
}

export function countAwsCall(telemetry: Telemetry, clock: Clock, record: CallRecord): void {
  const { service, operation, errorCode, status, ms, waitedMs } = record
  if (record.write) measureWrite(telemetry, clock.monotonic() - ms)
  const throttled = errorCode !== null && isThrottling({ name: errorCode })
  const outcome = errorCode === null ? 'ok' : throttled ? 'throttled' : status === null ? 'no_answer' : 'error'
  telemetry.count('fairlead_aws_calls_total', { service, operation, outcome })
  if (throttled) telemetry.count('fairlead_aws_throttles_total', { service })
  telemetry.observe('fairlead_aws_call_duration_seconds', { service }, ms / 1000)
  telemetry.observe('fairlead_aws_limiter_wait_seconds', { service }, waitedMs / 1000)
}

export function countVaultCall(telemetry: Telemetry, { vault, operation, errorCode, status, ms }: VaultCall): void {
  const outcome = errorCode === null ? 'ok' : status === null ? 'no_answer' : 'error'
  telemetry.count('fairlead_vault_calls_total', { vault, operation, outcome })
  telemetry.observe('fairlead_vault_call_duration_seconds', { vault }, ms / 1000)
}

export function countKubernetesCall(telemetry: Telemetry, { verb, status, ms }: KubernetesCall): void {
  telemetry.count('rest_client_requests_total', { code: String(status), method: METHODS[verb] })
  telemetry.observe('rest_client_request_duration_seconds', { verb }, ms / 1000)
}
