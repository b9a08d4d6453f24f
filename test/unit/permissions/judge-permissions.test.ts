import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { judgePermissions } from '../../env/judge-permissions.ts'
import { grantedIn } from '../../support/granted.ts'

const { verbs, policies, capabilities } = grantedIn(join(import.meta.dirname, '../../../deploy'))
const caller = (controller: string) => `arn:aws:sts::111111111111:assumed-role/fairlead-${controller}/fairlead-${controller}`
const call = (controller: string, actions: readonly string[], denied: string | null = null) =>
  `${JSON.stringify({ caller: caller(controller), actions, denied })}\n`

describe('the judgement at the end of the suite (no clock)', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-judge-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** What runs leave that used everything; those of release as a controller, since it acts as theirs. */
  function usedAll(): void {
    const { release = [], ...controllers } = policies
    for (const [name, actions] of Object.entries(controllers))
      writeFileSync(join(folder, `aws-${name}.jsonl`), call(name, actions))
    appendFileSync(join(folder, 'aws-dns.jsonl'), call('loadbalancers', release))
    const inVault = capabilities.map((rule) => rule.replaceAll(/\{\w+\}/g, 'web'))
    writeFileSync(join(folder, 'usage-1.jsonl'), `${JSON.stringify({ verbs })}\n${JSON.stringify({ capabilities: inVault })}\n`)
  }

  it('finds a gap for each thing that is granted where nothing was used', async () => {
    const granted = verbs.length + capabilities.length + Object.values(policies).flat().length
    expect(granted).toBeGreaterThan(70)
    expect((await judgePermissions(folder)).gaps).toHaveLength(granted)
  })

  it('finds none where all of it was used, over all the files', async () => {
    usedAll()
    expect((await judgePermissions(folder)).gaps).toEqual([])
  })

  it('finds what is planted in the log of a server or of a run', async () => {
    usedAll()
    appendFileSync(join(folder, 'aws-dns.jsonl'), call('dns', ['route53:DeleteHostedZone']))
    appendFileSync(join(folder, 'aws-dns.jsonl'), call('dns', ['route53:GetChange'], 'route53:GetChange'))
    writeFileSync(join(folder, 'usage-2.jsonl'), `${JSON.stringify({ forbidden: ['list /api/v1/secrets'] })}\n`)
    expect((await judgePermissions(folder)).gaps).toEqual([
      'forbidden: list /api/v1/secrets',
      'forbidden: route53:GetChange for dns',
      'called by dns and in no policy: route53:DeleteHostedZone',
    ])
  })

  it('leaves out a last line that was cut off, and the other files of the suite', async () => {
    usedAll()
    appendFileSync(join(folder, 'aws-dns.jsonl'), call('dns', ['route53:DeleteHostedZone']).slice(0, -5))
    writeFileSync(join(folder, 'unit.json'), '{"numPassedTests": 1}')
    expect((await judgePermissions(folder)).gaps).toEqual([])
  })
})
