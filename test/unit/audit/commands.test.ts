import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { auditGrep, auditVerify, linesIn } from '../../../controllers/cli/audit.ts'
import { auditTo, memorySink, OBJECT, RULE, someWrites } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'fairlead-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('fairlead audit verify (no clock)', () => {
  it('finds a trail whole, in one file or two, between the lines of a log, and from standard input', async () => {
    const text = await trail()
    const cut = text.indexOf('\n', text.length / 2) + 1
    const files = [file('one', `{"level":"info"}\n${text.slice(0, cut)}`), file('two', text.slice(cut))]
    expect(await verified(files)).toEqual([
      0,
      expect.stringMatching(/^whole: 6 audit lines in 1 chain; 1 other line\nends in [0-9a-f]{64}$/),
    ])
    const stdin = Readable.from([text])
    const told: string[] = []
    expect(await auditVerify(linesIn(['-'], stdin), {}, (line) => told.push(line))).toBe(0)
  })

  it('names file, line and what is wrong', async () => {
    const lines = (await trail()).trimEnd().split('\n')
    const changed = lines.map((line, index) => (index === 3 ? line.replace('a host is wanted', 'a host is not wanted') : line))
    expect(await verified([file('changed', changed.join('\n'))])).toEqual([
      1,
      expect.stringMatching(/changed:4: changed: line 4 of chain \S+ is not what was written/),
    ])
    const missing = lines.filter((_line, index) => index !== 2)
    expect(await verified([file('missing', missing.join('\n'))])).toEqual([
      1,
      expect.stringMatching(/missing:3: missing: line 3/),
    ])
    expect(await verified([file('empty', '')])).toEqual([1, 'empty: there is no audit line'])
    const cut = await verified([file('cut', lines.slice(0, -2).join('\n'))], {
      last: (JSON.parse(lines.at(-1)!) as { hash: string }).hash,
    })
    expect(cut).toEqual([1, expect.stringMatching(/truncated: it ends in .* and was to end in/)])
  })

  it('tells of an intent without an outcome, and of a file that cannot be read', async () => {
    const lines = (await trail()).trimEnd().split('\n')
    const [code, text] = await verified([file('open', lines.slice(0, 2).join('\n'))])
    expect(code).toBe(0)
    expect(text).toMatch(/no outcome: .*ListenerRule/)
    await expect(verified([join(folder, 'none')])).rejects.toThrow(/ENOENT.*none/)
  })
})

describe('fairlead audit grep (no clock)', () => {
  it('prints a write with its outcome, by object, host, change, outcome and time', async () => {
    const files = [file('grep', await trail())]
    const object = `${OBJECT.namespace}/${OBJECT.name}`
    expect((await grep(files, { object }))[1]).toMatch(
      / ok loadbalancers create AWS::ElasticLoadBalancingV2::ListenerRule rule for Ingress/,
    )
    expect((await grep(files, { host: 'game.example.com' }))[0]).toBe(0)
    expect((await grep(files, { host: 'ame.example.com' }))[0]).toBe(1)
    expect((await grep(files, { change: RULE.id }))[1].match(/because/g)).toHaveLength(1)
    expect((await grep(files, { outcome: 'failed' }))[1]).toMatch(/AccessDenied: AWS said no/)
    expect(await grep(files, { since: Date.parse('2999-01-01T00:00:00Z') })).toEqual([1, ''])
    expect(await grep(files, { controller: 'dns' })).toEqual([1, ''])
  })
})

async function trail(): Promise<string> {
  const sink = memorySink()
  const audit = auditTo([sink])
  audit.start()
  await someWrites(audit)
  audit.stop()
  return sink.text
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function verified(files: readonly string[], options = {}): Promise<[number, string]> {
  const told: string[] = []
  const code = await auditVerify(linesIn(files, process.stdin), options, (line) => told.push(line))
  return [code, told.join('\n')]
}

async function grep(files: readonly string[], filter: Parameters<typeof auditGrep>[1]): Promise<[number, string]> {
  const told: string[] = []
  const code = await auditGrep(linesIn(files, process.stdin), filter, 'text', (line) => told.push(line))
  return [code, told.join('\n')]
}
