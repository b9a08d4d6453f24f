import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plan } from '../../controllers/cli/plan.ts'
import { parseConfig } from '../../controllers/config.ts'
import type { Plan } from '../../controllers/shared/plan.ts'

/** What `fairlead plan --offline` says of these objects, with its exit code. */
export async function offlinePlan(objects: readonly object[]): Promise<Plan & { readonly code: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-docs-'))
  try {
    writeFileSync(join(folder, 'all.json'), JSON.stringify({ kind: 'List', items: objects }))
    let text = ''
    const code = await plan(parseConfig('', 'defaults'), { offline: true, file: folder, output: 'json' }, (printed) => {
      text = printed
    })
    return { ...(JSON.parse(text) as Plan), code }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
