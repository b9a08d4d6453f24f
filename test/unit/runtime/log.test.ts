import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../controllers/runtime/log.ts'
import { Sensitive } from '../../../controllers/shared/sensitive.ts'

const KEY = `-----BEGIN PRIVATE KEY-----\nMIIcanary${'A'.repeat(40)}\n-----END PRIVATE KEY-----`
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5'
const VAULT = 'hvs.CANARYCANARYCANARYCANARY01'

function given(format: 'json' | 'text' = 'json') {
  const lines: string[] = []
  const log = createLog({
    level: 'trace',
    format,
    write: (line) => lines.push(line),
    now: () => Date.UTC(2026, 0, 1, 12, 34, 56, 789),
  })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('log (no clock)', () => {
  it('writes one JSON line with time, level, message and fields', () => {
    const { log, parsed } = given()
    log.child({ controller: 'dns' }).warn('record differs', { host: 'a.example.com' })
    expect(parsed()).toEqual([
      { ts: '2026-01-01T12:34:56.789Z', level: 'warn', controller: 'dns', host: 'a.example.com', msg: 'record differs' },
    ])
  })

  it('writes text for people', () => {
    const { log, lines } = given('text')
    log.info('listener created', { arn: 'arn:x', rules: 2 })
    expect(lines).toEqual(['12:34:56.789 INFO  listener created arn=arn:x rules=2\n'])
  })

  it('lets no secret through, whatever way it comes', () => {
    const { log, lines } = given()
    const cause = new Error(`sent ${JWT}`)
    const error = Object.assign(new Error(`vault said ${VAULT}`, { cause }), {
      response: { headers: { 'x-vault-token': 'raw-canary' } },
    })
    log.error(`key ${KEY}`, {
      error,
      deep: { list: [{ text: `Bearer ${VAULT}` }] },
      password: 'canary',
      secret: new Sensitive('canary'),
    })
    log.child({ token: 'canary', note: KEY }).trace('child', { buffer: Buffer.from('canary'), map: new Map([['a', JWT]]) })
    log.info(`{"secret_id":"canary-1","x":1} AWS_SECRET_ACCESS_KEY=canary2`)
    // Stacks name the folder of the sources, which may be called anything.
    const said = lines.join('').replaceAll(process.cwd(), '')
    expect(said).not.toMatch(/canary|CANARY|eyJ/)
    expect(said).toContain('[redacted]')
    expect(said).toContain('"buffer":"[bytes]"')
  })

  it('keeps what an error says and where it came from', () => {
    const { log, parsed } = given()
    log.error('failed', { error: Object.assign(new Error('no such zone'), { code: 'NoSuchZone', status: 404 }) })
    expect(parsed()[0]?.error).toMatchObject({
      type: 'Error',
      message: 'no such zone',
      code: 'NoSuchZone',
      status: 404,
      stack: expect.stringContaining('log.test'),
    })
  })

  it('survives what cannot be printed', () => {
    const { log, lines } = given()
    const loop: Record<string, unknown> = {}
    loop.self = loop
    log.info('loop', { loop, big: 1n, run: () => 1, nothing: undefined })
    expect(lines).toHaveLength(1)
  })
})

describe('sensitive (no clock)', () => {
  it('prints as redacted everywhere, and is revealed on purpose only', () => {
    const secret = new Sensitive('canary')
    expect(
      [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret), Object.keys(secret).join()].join(' '),
    ).not.toContain('canary')
    expect(secret.reveal()).toBe('canary')
  })
})
