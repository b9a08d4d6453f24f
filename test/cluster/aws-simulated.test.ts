import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AwsClients } from '../../controllers/aws/clients.ts'
import { awsAccount, awsRegion, otherAwsAccount, type StartedAws, startAws } from '../support/aws.ts'
import { simulatedClock } from '../support/simulated-clock.ts'

let aws: StartedAws
let made: AwsClients | null = null
const here = { account: awsAccount, region: awsRegion }
const { signal } = new AbortController()

beforeAll(async () => {
  aws = await startAws({ clock: 'simulated' })
})
afterAll(async () => {
  made?.close()
  await aws?.[Symbol.asyncDispose]()
})

async function start() {
  await aws.reset()
  const clock = simulatedClock(Date.UTC(2026, 4, 1))
  const stop = await aws.follow(clock)
  made?.close()
  made = aws.clients({ clock, track: clock.tracked, random: () => 0.5 })
  return { clock, stop, made, seeded: await aws.seed({}) }
}

describe('AWS clients with the stand-in (simulated clock)', () => {
  it('make 300 target groups without one throttling, as fast as the share allows', async () => {
    const { clock, made, seeded } = await start()
    let done = 0
    for (let n = 0; n < 300; n++) {
      const wanted = { Name: `g${n}`, Protocol: 'HTTP', Port: 80, TargetType: 'ip', VpcId: seeded.vpcId } as const
      void made
        .elbv2(here)
        .createTargetGroup(wanted, { signal })
        .then(() => done++)
    }
    await clock.runUntil(() => done === 300, { deadlineMs: 600_000 })
    // (300 - 14) / 2.1 a second
    expect(clock.monotonic() / 1000).toBeCloseTo(136, 0)
    const calls = await aws.calls({ service: 'elbv2' })
    expect(calls).toHaveLength(300)
    expect(calls.every(({ status }) => status === 200)).toBe(true)
  })

  it('recover from a neighbour that empties the buckets', async () => {
    const { clock, made, seeded } = await start()
    await aws.config({ bucketOverrides: { 'elbv2.Mutating': [5, 1] } })
    let done = 0
    for (let n = 0; n < 60; n++) {
      const wanted = { Name: `g${n}`, Protocol: 'HTTP', Port: 80, TargetType: 'ip', VpcId: seeded.vpcId } as const
      void made
        .elbv2(here)
        .createTargetGroup(wanted, { signal })
        .then(() => done++)
    }
    await clock.runUntil(() => done === 60, { deadlineMs: 600_000 })
    const throttled = (await aws.calls({ service: 'elbv2' })).filter(({ errorCode }) => errorCode === 'Throttling')
    expect(throttled.length).toBeGreaterThan(0)
    expect(throttled.length).toBeLessThan(60)
  })

  it('renew the session of a role as simulated hours pass', async () => {
    const { clock, made } = await start()
    for (let hours = 0; hours < 4; hours++) {
      let account: string | undefined
      void made
        .sts({ account: otherAwsAccount, region: awsRegion })
        .getCallerIdentity({}, { signal })
        .then((answer) => {
          account = answer.Account
        })
      await clock.runUntil(() => account !== undefined, { deadlineMs: 1000 })
      expect(account).toBe(otherAwsAccount)
      await clock.advance(3_600_000)
    }
    expect(await aws.calls({ operation: 'AssumeRole' })).toHaveLength(4)
  })
})
