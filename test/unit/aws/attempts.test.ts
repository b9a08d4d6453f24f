import { describe, expect, it } from 'vitest'
import { attempts, type Call } from '../../../controllers/aws/attempts.ts'
import { AwsError } from '../../../controllers/aws/aws-error.ts'
import type { CallRecord } from '../../../controllers/aws/calls.ts'
import { limiter } from '../../../controllers/aws/limiter.ts'
import { NotSent } from '../../../controllers/aws/not-sent.ts'
import type { Repeat } from '../../../controllers/aws/operation.ts'
import { RetryQuota } from '../../../controllers/aws/retry-quota.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const ok = { $metadata: { httpStatusCode: 200, requestId: 'r-ok' } }
const answered = (name: string, status: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status, requestId: 'r-no' } })
const reset = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' })
const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** Sends one call whose tries end as given, and tells how it went. */
async function send(
  repeat: Repeat,
  ends: readonly unknown[],
  given = new AbortController(),
  quota: RetryQuota = new RetryQuota(),
) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const records: CallRecord[] = []
  const left = [...ends]
  let expired = 0
  const call: Call = {
    ...{ service: 'elbv2', operation: 'CreateRule', where: { account: 'home', region: 'eu-west-1' }, repeat },
    prepare: () => Promise.resolve(),
    send: async () => {
      const end = left.shift()
      if (end instanceof Error) throw end
      return ok
    },
    expired: () => {
      expired++
    },
  }
  const onCall = (record: CallRecord) => records.push(record)
  const config = { clock, limiter: limiter(clock), quota, onCall, random: () => 0.5 }
  let outcome: unknown = null
  attempts(config, call, { signal: given.signal }).then(
    (answer) => {
      outcome = answer
    },
    (error: unknown) => {
      outcome = error
    },
  )
  await clock.runUntil(() => outcome !== null, { deadlineMs: 600_000 })
  return { outcome: outcome as object & Partial<AwsError>, records, expired, ms: clock.monotonic() }
}

describe('tries of a call (simulated clock)', () => {
  it.each(['read', 'again'] as const)(
    'repeats a lost answer of a call that may be repeated (%s), and then says it is lost',
    async (repeat) => {
      expect((await send(repeat, [reset(), answered('InternalFailure', 500), null])).outcome).toBe(ok)
      const { outcome, records, ms } = await send(repeat, [reset(), reset(), reset(), null])
      expect(outcome).toMatchObject({ name: 'AwsError', kind: 'transient', doubtful: repeat === 'again', attempts: 3 })
      expect(records.map(({ attempt, errorCode, status, write }) => [attempt, errorCode, status, write])).toEqual(
        [1, 2, 3].map((attempt) => [attempt, 'TimeoutError', null, repeat === 'again']),
      )
      // Half of 400 ms and of 800 ms.
      expect(ms).toBe(600)
    },
  )

  it.each([reset(), answered('InternalFailure', 500)])(
    'does not repeat a write that could happen twice; it is in doubt',
    async (lost) => {
      const { outcome, records } = await send('once', [lost, null])
      expect(records).toHaveLength(1)
      expect(outcome).toMatchObject({ kind: 'transient', doubtful: true })
    },
  )

  it('does not ask a service three times that answers nothing; when it answers again, it does', async () => {
    const quota = new RetryQuota()
    const down = () => send('read', [reset(), reset(), reset()], new AbortController(), quota)
    const tries: number[] = []
    for (let call = 0; call < 7; call++) tries.push((await down()).records.length)
    expect(tries).toEqual([3, 3, 3, 3, 3, 1, 1])
    await send('read', [null], new AbortController(), quota)
    await send('read', [null], new AbortController(), quota)
    expect((await down()).records).toHaveLength(3)
    expect((await down()).records).toHaveLength(1)
  })

  it('repeats any call that never got there', async () => {
    expect((await send('once', [refused(), null])).outcome).toBe(ok)
    expect((await send('once', [refused(), refused(), refused()])).outcome).toMatchObject({ kind: 'transient', doubtful: false })
  })

  it('repeats a batch that Route 53 was too busy for', async () => {
    expect((await send('once', [answered('PriorRequestNotComplete', 400), null])).outcome).toBe(ok)
  })

  it('does not repeat what was refused', async () => {
    const { outcome, records } = await send('read', [answered('PriorityInUseException', 400), null])
    expect(records).toHaveLength(1)
    expect(outcome).toMatchObject({
      code: 'PriorityInUseException',
      kind: 'stale',
      doubtful: false,
      status: 400,
      requestId: 'r-no',
      awsMessage: 'PriorityInUseException',
    })
  })

  it('keeps the doubt of a lost try when the next is refused', async () => {
    expect((await send('again', [reset(), answered('TargetGroupNotFoundException', 400)])).outcome).toMatchObject({
      kind: 'stale',
      doubtful: true,
    })
  })

  it('waits throttling out behind the limiter, also for a write that could happen twice', async () => {
    const throttled = Array.from({ length: 4 }, () => answered('Throttling', 400))
    const { outcome, ms } = await send('once', [...throttled, null])
    expect(outcome).toBe(ok)
    // Each time the bucket is empty and the share smaller.
    expect(ms).toBeGreaterThan(3000)
    const { outcome: given, records } = await send(
      'read',
      Array.from({ length: 20 }, () => answered('RequestLimitExceeded', 503)),
    )
    expect(given).toMatchObject({ code: 'RequestLimitExceeded', kind: 'transient', doubtful: false })
    expect(records).toHaveLength(12)
  })

  it('drops an expired session and tries with another', async () => {
    const { outcome, expired } = await send('once', [answered('ExpiredToken', 403), null])
    expect(outcome).toBe(ok)
    expect(expired).toBe(1)
  })

  it('neither records nor doubts a write that the fence stopped', async () => {
    const { outcome, records } = await send('again', [new NotSent(new Error('no longer the leader'))])
    expect(records).toEqual([])
    expect(outcome).toMatchObject({ doubtful: false, kind: 'transient', awsMessage: 'no longer the leader' })
  })

  it('is not sent after it was given up, and in doubt if it was under way', async () => {
    const given = new AbortController()
    given.abort(new Error('stopping'))
    const before = await send('again', [null], given)
    expect(before.outcome).toMatchObject({ code: 'Aborted', kind: 'transient', doubtful: false })
    expect(before.records).toEqual([])
    const underWay = new AbortController()
    const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' })
    Object.defineProperty(aborted, '$metadata', { get: () => void underWay.abort(new Error('stopping')) })
    expect((await send('again', [aborted], underWay)).outcome).toMatchObject({ code: 'Aborted', doubtful: true })
    expect(before.outcome).toBeInstanceOf(AwsError)
  })
})
