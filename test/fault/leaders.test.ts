import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { census, manifests, served } from './games.ts'
import { type Replica, replica } from './replica.ts'

const PROMISED_MS = 20_000
const INGRESSES = 3
const WRITE = /^(?!Describe|Get|List|Assume)/

/** Two replicas with the default Lease; the one that leads is lost in the middle of its work. */
describe('a leader that is lost (real clock)', () => {
  let stage: Stage
  let replicas: readonly [Replica, Replica]
  let round = 0
  beforeAll(async () => {
    stage = await startStage()
    await stage.kubectl('create', 'namespace', 'games')
    replicas = [await replica(stage, 'one'), await replica(stage, 'two')]
    for (const one of replicas) {
      one.start()
      await one.identity()
    }
  })
  afterAll(async () => {
    for (const one of replicas ?? []) await one.stop()
    await stage?.stop()
  })

  const holder = async () =>
    stage.kubectl('get', 'lease', 'fairlead', '-n', NAMESPACE, '-o', 'jsonpath={.spec.holderIdentity}').catch(() => '')
  async function leader(): Promise<readonly [leads: Replica, follows: Replica]> {
    return until(
      'one of them leads',
      async () => {
        const identity = await holder()
        for (const [index, one] of replicas.entries())
          if (one.process.running && (await one.identity()) === identity) return [one, replicas[1 - index]!] as const
        return undefined
      },
      { seconds: 40 },
    )
  }

  /** Loses the leader after some of its writes; everything is then done by the other, once. */
  async function passes(lose: (one: Replica) => Promise<void>, heal: (one: Replica) => Promise<void>): Promise<void> {
    const [old, next] = await leader()
    const nextIdentity = await next.identity()
    const since = await lastCall()
    const names = Array.from({ length: INGRESSES }, (_, index) => `game-${round}-${index}`)
    round++
    await stage.kubectl('apply', '-f', await manifests(stage, names))
    const writes = async () => (await stage.aws.calls({ since })).filter(({ operation }) => WRITE.test(operation))
    await until('it is in the middle of its work', async () => (await writes()).length >= 6, { seconds: 30, everyMs: 20 })
    const lostAt = performance.now()
    const lostOn = Date.now()
    await lose(old)
    await until('the other leads', async () => (await holder()) === nextIdentity, { seconds: 40, everyMs: 100 })
    const tookOverMs = performance.now() - lostAt
    await until('everything is served', () => served(stage, names), { seconds: 90 })
    const servedMs = performance.now() - lostAt
    await heal(old)
    // It is back, and whatever it had kept would go out now.
    const healedAt = performance.now()
    await until('it had time to write', () => performance.now() - healedAt > 3_000)
    process.stdout.write(
      `the other led after ${(tookOverMs / 1000).toFixed(1)} s, all was served after ${(servedMs / 1000).toFixed(1)} s\n`,
    )
    expect(tookOverMs).toBeLessThan(PROMISED_MS)

    const ofNext = await next.requestIds()
    const inOrder = (await writes()).map(({ requestId, operation, time }) => ({
      by: ofNext.has(requestId) ? 'next' : 'old',
      operation,
      afterMs: time * 1000 - lostOn,
    }))
    const first = inOrder.findIndex(({ by }) => by === 'next')
    expect(first, 'the other wrote').toBeGreaterThan(0)
    process.stdout.write(`its first write came after ${(inOrder[first]!.afterMs / 1000).toFixed(1)} s\n`)
    expect(inOrder[first]!.afterMs).toBeLessThan(PROMISED_MS)
    expect(
      inOrder.slice(first).filter(({ by }) => by === 'old'),
      'writes of the old one after the first of the new one',
    ).toEqual([])
    expect(await census(stage)).toEqual({
      certificates: round * INGRESSES,
      loadBalancers: round * INGRESSES,
      targetGroups: round * INGRESSES,
      securityGroups: round * INGRESSES,
      records: 2 * round * INGRESSES,
    })
  }
  const lastCall = async () => (await stage.aws.calls()).at(-1)?.seq ?? 0

  it('by SIGKILL', { timeout: 180_000 }, () =>
    passes(
      (one) => one.process.kill(),
      async (one) => {
        one.start()
        await one.identity()
      },
    ),
  )
  it('in a pause that outlasts its lease', { timeout: 180_000 }, () =>
    passes(
      async (one) => one.process.pause(),
      async (one) => one.process.resume(),
    ),
  )
  it('cut off from the API server', { timeout: 180_000 }, () =>
    passes(
      async (one) => one.network.kubernetes.cut(),
      async (one) => one.network.kubernetes.heal(),
    ),
  )
  it('cut off from AWS', { timeout: 180_000 }, () =>
    passes(
      async (one) => one.network.aws.cut(),
      async (one) => one.network.aws.heal(),
    ),
  )
})
