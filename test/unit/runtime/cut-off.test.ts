import { describe, expect, it } from 'vitest'
import { CutOff } from '../../../controllers/runtime/cut-off.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

function given(answer: () => Promise<never>) {
  const clock = simulatedClock(0)
  const yielded: number[] = []
  let asked = 0
  const lease = { leading: true, yield: () => yielded.push(clock.monotonic()) }
  const getCallerIdentity = async () => {
    asked++
    return answer()
  }
  const cutOff = new CutOff({ lease, clock, sts: { getCallerIdentity }, tell: () => undefined })
  return { clock, lease, cutOff, yielded, asked: () => asked }
}

const silent = () => new Promise<never>(() => undefined)

describe('a leader that AWS does not answer (simulated clock)', () => {
  it('asks once more, and leaves after three seconds of silence', async () => {
    const { clock, cutOff, yielded, asked } = given(silent)
    void cutOff.suspect()
    void cutOff.suspect()
    await clock.advance(2_900)
    expect(yielded).toEqual([])
    await clock.advance(200)
    expect(yielded).toEqual([3_000])
    expect(asked()).toBe(1)
  })

  it('does not leave again within five minutes, then ten', async () => {
    const { clock, cutOff, yielded } = given(silent)
    for (let second = 0; second < 1200; second += 5) {
      void cutOff.suspect()
      await clock.advance(5_000)
    }
    expect(yielded.map((at) => Math.round(at / 60_000))).toEqual([0, 5, 15])
  })

  it('stays where AWS says anything, a refusal too, and where it does not lead', async () => {
    const { AwsError } = await import('../../../controllers/aws/aws-error.ts')
    const where = { account: '1', region: 'us-east-1' }
    const refusal = new AwsError({
      ...{ service: 'sts', operation: 'getCallerIdentity', where, code: 'ExpiredToken', kind: 'transient', message: '' },
      ...{ status: 403, requestId: null, doubtful: false, attempts: 1, cause: null },
    })
    const refused = given(() => Promise.reject(refusal))
    await refused.cutOff.suspect()
    expect(refused.yielded).toEqual([])
    const follower = given(silent)
    follower.lease.leading = false
    await follower.cutOff.suspect()
    expect(follower.asked()).toBe(0)
  })
})
