import { describe, expect, it } from 'vitest'
import { currentWork, inAll, inIntents, inPass, noteCall } from '../../../controllers/runtime/work.ts'
import { ChangeFailed } from '../../../controllers/shared/failure.ts'
import { Sensitive } from '../../../controllers/shared/sensitive.ts'
import { auditTo, linesOf, memorySink, OBJECT, RULE, someWrites, verify } from './support.ts'

const CALL = {
  service: 'elbv2',
  operation: 'CreateRule',
  account: '111111111111',
  region: 'us-east-1',
  status: 200,
  code: null,
  attempt: 1,
  requestId: 'r-1',
}

describe('the audit (no clock)', () => {
  it('tells the intent before the write, and the outcome with its calls after it', async () => {
    const sink = memorySink()
    const audit = auditTo([sink])
    let before = ''
    await inPass('ingress/games/game', {}, () =>
      audit.changes(
        [RULE],
        () => OBJECT,
        async () => {
          before = sink.text
          noteCall(CALL)
        },
        () => 'hosts of namespace games',
      ),
    )
    audit.stop()
    expect(linesOf(before).map((line) => line.kind)).toEqual(['start', 'intent'])
    const [, intent, outcome, stop] = linesOf(sink.text)
    expect(intent).toMatchObject({
      kind: 'intent',
      unit: 'ingress/games/game',
      cluster: 'cluster-1',
      replica: 'fairlead-1',
      controller: 'loadbalancers',
      change: RULE.id,
      object: OBJECT,
      policy: 'sync',
      rule: 'hosts of namespace games',
      before: null,
      after: RULE.after,
      planned: ['CreateRule'],
    })
    expect(outcome).toMatchObject({ kind: 'outcome', intent: 2, outcome: 'ok', code: null, calls: [CALL] })
    expect(outcome?.kind === 'outcome' && intent?.kind === 'intent' && outcome.reconcile === intent.reconcile).toBe(true)
    expect(stop?.kind).toBe('stop')
    expect(verify(sink.text)).toMatchObject({ problem: null, open: [] })
  })

  it('tells of each change in a batch how it ended, and of a call that several share in each', async () => {
    const sink = memorySink()
    const audit = auditTo([sink])
    const other = { ...RULE, id: 'other' }
    const failure = new ChangeFailed({ code: 'Refused', kind: 'refused', message: 'no', changes: ['other'], doubtful: true })
    await audit
      .changes(
        [RULE, other],
        () => OBJECT,
        async () => {
          noteCall(CALL)
          throw failure
        },
      )
      .catch(() => undefined)
    const outcomes = linesOf(sink.text).filter((line) => line.kind === 'outcome')
    expect(outcomes).toMatchObject([
      { change: RULE.id, outcome: 'ok', code: null, doubtful: false, calls: [{ requestId: 'r-1' }] },
      { change: 'other', outcome: 'failed', code: 'Refused', message: 'no', doubtful: true, calls: [{ requestId: 'r-1' }] },
    ])
    const one = { seq: 1, calls: [] }
    const two = { seq: 2, calls: [] }
    const works = [one, two].map((intent) => inIntents([intent], {}, () => currentWork()))
    inAll(works, () => noteCall(CALL))
    expect([one.calls, two.calls]).toEqual([[CALL], [CALL]])
  })

  it('writes nothing down twice: a write within a change belongs to it', async () => {
    const sink = memorySink()
    const audit = auditTo([sink])
    const direct = () => {
      throw new Error('not asked for')
    }
    await audit.changes(
      [RULE],
      () => OBJECT,
      async () => void (await audit.direct(direct, async () => 1)),
    )
    expect(linesOf(sink.text).map((line) => line.kind)).toEqual(['start', 'intent', 'outcome'])
  })

  it('holds no secret, wherever it stands', async () => {
    const sink = memorySink()
    const audit = auditTo([sink])
    const pem = '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n'
    const after = {
      PrivateKey: 'CANARY',
      text: pem,
      encoded: Buffer.from(pem).toString('base64'),
      Nested: { deep: [{ Token: 'CANARY' }] },
    }
    const reason = 'Bearer CANARY-CANARY-CANARY'
    const change = { ...RULE, after: { ...after, held: new Sensitive('CANARY') as never }, reason }
    await audit
      .changes(
        [change],
        () => OBJECT,
        async () => {
          throw new Error('hvs.CANARYCANARYCANARYCANARY')
        },
      )
      .catch(() => undefined)
    expect(sink.text).not.toMatch(new RegExp(`CANARY|${Buffer.from('CANARY').toString('base64').slice(0, 6)}`))
    expect(sink.text).not.toContain(Buffer.from(pem).toString('base64').slice(40, 60))
    expect(verify(sink.text).problem).toBeNull()
  })

  it('keeps what is nested deeper than a line of the log shows', async () => {
    const sink = memorySink()
    const deep = { a: { b: { c: { d: { e: { f: { g: { h: { i: 'here' } } } } } } } } }
    await auditTo([sink]).changes(
      [{ ...RULE, after: deep }],
      () => OBJECT,
      async () => undefined,
    )
    expect(linesOf(sink.text)[1]).toMatchObject({ after: deep })
  })
})

describe('an audit that cannot be written (no clock)', () => {
  it('lets nothing be done, says so once, and goes on by itself', async () => {
    const [full, other] = [memorySink(), memorySink()]
    const told: (string | null)[] = []
    const audit = auditTo([other, full], { onProblem: (problem) => told.push(problem?.message ?? null) })
    let done = 0
    const write = () =>
      audit.changes(
        [RULE],
        () => OBJECT,
        async () => void done++,
      )
    await write()
    full.full = true
    for (let times = 0; times < 3; times++)
      await expect(write()).rejects.toMatchObject({ name: 'ChangeFailed', code: 'AuditUnavailable', kind: 'transient' })
    expect(done).toBe(1)
    expect(audit.health).toMatchObject({ refused: 3, problem: { code: 'AuditUnavailable' } })
    expect(told).toEqual(['the audit trail cannot be written to memory, so nothing is changed: ENOSPC'])
    full.full = false
    await write()
    expect(done).toBe(2)
    expect(told.at(-1)).toBeNull()
    expect(audit.health.problem).toBeNull()
    for (const sink of [full, other]) expect(verify(sink.text)).toMatchObject({ problem: null, open: [] })
    expect(linesOf(full.text)).toEqual(linesOf(other.text))
    expect(linesOf(full.text).filter((line) => line.kind === 'outcome')).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'failed', code: 'AuditUnavailable', calls: [] },
      { outcome: 'ok' },
    ])
  })

  it('keeps the outcome of what was done, and writes it before anything else', async () => {
    const sink = memorySink()
    const audit = auditTo([sink])
    await audit.changes(
      [RULE],
      () => OBJECT,
      async () => {
        sink.full = true
      },
    )
    expect(verify(sink.text).open).toHaveLength(1)
    sink.full = false
    await someWrites(audit)
    expect(linesOf(sink.text).map((line) => line.kind)).toEqual([
      'start',
      'intent',
      'outcome',
      'intent',
      'outcome',
      'intent',
      'outcome',
    ])
    expect(verify(sink.text)).toMatchObject({ problem: null, open: [] })
  })
})
