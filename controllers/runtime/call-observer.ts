import type { CallRecord } from '../aws/calls.ts'
import type { KubernetesCall } from '../cluster/client.ts'
import type { VaultCall } from '../vault/client.ts'
import { noteAwsCall, noteKubernetesCall, noteVaultCall } from './audit-calls.ts'
import type { Clock } from './clock.ts'
import type { Dependencies } from './dependencies.ts'
import type { Telemetry } from './telemetry.ts'
import { countAwsCall, countKubernetesCall, countVaultCall } from './telemetry-calls.ts'

export type CallObserver = {
  aws(call: CallRecord): void
  vault(call: VaultCall): void
  kubernetes(call: KubernetesCall): void
}

/** Whoever has to know of each call to the outside: metrics, the audit trail, and what tells that a service is down. */
export function callObserver(to: {
  readonly telemetry: Telemetry
  readonly dependencies: Dependencies
  readonly clock: Clock
}): CallObserver {
  const { telemetry, dependencies, clock } = to
  return {
    aws(call) {
      countAwsCall(telemetry, clock, call)
      noteAwsCall(call)
      dependencies.aws(call)
    },
    vault(call) {
      countVaultCall(telemetry, call)
      noteVaultCall(call)
      dependencies.vault(call)
    },
    kubernetes(call) {
      countKubernetesCall(telemetry, call)
      noteKubernetesCall(call)
      dependencies.kubernetes(call)
    },
  }
}
