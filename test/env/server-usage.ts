// What the servers' own logs say that Fairlead used of what it is granted.
import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { auditedRequests, refusedByRbac, usedPermissions, type WantedRefusals } from '../support/audit-log.ts'
import type { AwsCall } from '../support/aws.ts'
import type { Usage } from '../support/usage.ts'
import { usageOf } from '../support/usage.ts'
import { usedActions } from '../support/used-actions.ts'
import { usedCapabilities, type VaultAudited } from '../support/used-capabilities.ts'
import { keepUsage, reportsFolder } from './keep-usage.ts'
import { linesOf } from './lines-of.ts'

const FAIRLEAD = { namespace: 'fairlead-system', name: 'fairlead' }
const CALL_LOG = /^aws-.*\.jsonl$/

/** Arguments by which an AWS stand-in writes its calls where the whole suite is judged; none in any other run. */
export function awsCallLog(): readonly string[] {
  const folder = reportsFolder()
  return folder === undefined ? [] : ['--log', join(folder, `aws-${randomUUID()}.jsonl`)]
}

export const isCallLog = (file: string): boolean => CALL_LOG.test(file)

/** What the controllers asked IAM for, by the call log of a stand-in. */
export async function awsUsage(callLog: string): Promise<Usage> {
  const parts = new Map<string, Partial<Usage>>()
  for await (const line of linesOf(callLog)) {
    const part = usedActions(JSON.parse(line) as AwsCall)
    parts.set(JSON.stringify(part), part)
  }
  return usageOf(parts.values())
}

/** Notes what the API server and Vault have in their audit logs; called once they have ended. */
export async function keepServerUsage(logs: {
  readonly auditLog: string | undefined
  readonly vaultLog: string
  readonly wanted: WantedRefusals
}): Promise<void> {
  if (reportsFolder() === undefined) return
  const { auditLog, vaultLog, wanted } = logs
  if (auditLog !== undefined && (await isThere(auditLog))) {
    const requests = await auditedRequests(auditLog, FAIRLEAD)
    keepUsage({ verbs: [...usedPermissions(requests)], forbidden: refusedByRbac(requests, wanted) })
  }
  if (!(await isThere(vaultLog))) return
  const parts: Partial<Usage>[] = []
  for await (const line of linesOf(vaultLog))
    parts.push({ capabilities: usedCapabilities(JSON.parse(line) as VaultAudited, FAIRLEAD) })
  keepUsage({ capabilities: usageOf(parts).capabilities })
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
