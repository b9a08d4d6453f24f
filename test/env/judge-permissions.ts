// At the end of the whole suite: whether all that was used is granted by deploy/, and all that it grants was used.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { grantedIn } from '../support/granted.ts'
import { permissionGaps } from '../support/permission-gaps.ts'
import { type Usage, usageOf } from '../support/usage.ts'
import { awsUsage, isCallLog } from './server-usage.ts'

const deploy = join(import.meta.dirname, '../../deploy')

export type Judgement = { readonly gaps: readonly string[]; readonly summary: string }

/** Judges the reports that the runs of the suite have left in a folder. */
export async function judgePermissions(folder: string): Promise<Judgement> {
  const granted = grantedIn(deploy)
  const used = await usageIn(folder)
  const gaps = permissionGaps(granted, used)
  const { verbs, policies, capabilities } = granted
  const actions = Object.values(policies).reduce((sum, list) => sum + list.length, 0)
  const summary =
    `${verbs.length} granted verbs in the cluster, ${actions} actions in ${Object.keys(policies).length} IAM policies and ` +
    `${capabilities.length} capabilities in Vault, held against what the tests used: ${gaps.length} gaps`
  return { gaps, summary }
}

async function usageIn(folder: string): Promise<Usage> {
  const parts: Partial<Usage>[] = []
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    if (isCallLog(file)) parts.push(await awsUsage(path))
    else if (/^usage-.*\.jsonl$/.test(file))
      for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) parts.push(JSON.parse(line) as Partial<Usage>)
  }
  return usageOf(parts)
}
