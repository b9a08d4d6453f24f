import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Usage } from '../support/usage.ts'

/** Where a run of the whole suite gathers what was used of what is granted; nowhere in any other run. */
export const reportsFolder = (): string | undefined => process.env.FAIRLEAD_REPORTS

/** Notes what a part of the suite used, for `judgePermissions` at its end. */
export function keepUsage(usage: Partial<Usage>): void {
  const folder = reportsFolder()
  if (folder !== undefined) appendFileSync(join(folder, `usage-${process.pid}.jsonl`), `${JSON.stringify(usage)}\n`)
}
