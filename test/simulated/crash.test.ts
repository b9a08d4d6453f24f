import { createPrivateKey, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INGRESSES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import type { Secret } from '../../controllers/shared/objects.ts'
import type { StartedAws } from '../support/aws.ts'
import { awsState, census, NOTHING_LEFT } from '../support/remains.ts'
import { type Life, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

const MINUTE = 60_000
const UP = {
  certificates: 1,
  loadBalancers: 1,
  listeners: 2,
  rules: 2,
  targetGroups: 2,
  securityGroups: 1,
  records: 2,
  secrets: 1,
  ingresses: 1,
}
const GAME = { namespace: 'games', name: 'game' }

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

/** Runs until the condition holds; a life that is killed on the way is followed by another. */
async function reach(stage: SimulatedStage, lives: Life[], what: string, condition: () => boolean): Promise<void> {
  const over = () => condition() || lives.at(-1)!.session.dead
  const within = async () => {
    await stage.clock.runUntil(over, { deadlineMs: 30 * MINUTE }).catch((error: unknown) => {
      throw new Error(`${what}: ${error}\n${lives.at(-1)!.log.slice(-12).join('')}`)
    })
  }
  await within()
  if (condition()) return
  lives.push(stage.start())
  await within()
}

/** Up and down again, killed after so many calls. Returns the calls that the first life made. */
async function cycle(killAfter: number | null): Promise<readonly string[]> {
  await using stage = await simulatedStage({ aws })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  givenIngress(stage.kubernetes)
  const lives = [stage.start(killAfter === null ? {} : { killAfter })]
  await reach(stage, lives, 'served', () => isServed(stage.kubernetes))
  // What the process did not live to tell is told by the next: only then is the state the one to compare.
  const quietFrom = stage.clock.now() + MINUTE
  await reach(stage, lives, 'at rest', () => isServed(stage.kubernetes) && stage.clock.now() >= quietFrom)
  expect(await census(stage), `up, killed after ${killAfter}`).toEqual(UP)
  await keysAreWhereTheyBelong(stage)
  stage.kubernetes.delete(INGRESSES, GAME)
  await reach(stage, lives, 'gone', () => stage.kubernetes.get(INGRESSES, GAME) === null)
  expect(await census(stage), `down, killed after ${killAfter}`).toEqual(NOTHING_LEFT)
  expect(lives.flatMap((life) => life.log.filter((line) => line.includes('FATAL')))).toEqual([])
  return lives[0]!.session.calls
}

/** Each certificate in ACM has its key in exactly one Secret. */
async function keysAreWhereTheyBelong(stage: SimulatedStage): Promise<void> {
  const { certificates } = await awsState(stage)
  const keys = stage.kubernetes
    .list<Secret>(SECRETS)
    .flatMap((secret) =>
      secret.data?.['tls.key'] === undefined ? [] : [createPrivateKey(Buffer.from(secret.data['tls.key'], 'base64'))],
    )
  for (const one of certificates) {
    const text = Object.values(one).find((value) => typeof value === 'string' && value.includes('BEGIN CERTIFICATE')) as string
    const certificate = new X509Certificate(text)
    expect(keys.filter((key) => certificate.checkPrivateKey(key))).toHaveLength(1)
  }
}

describe('killed after a call and started again (simulated clock)', () => {
  let calls: readonly string[] = []

  it('needs a known number of calls for one cycle', async () => {
    calls = await cycle(null)
    expect(calls.length).toBeGreaterThan(40)
    process.stdout.write(`calls of one cycle, up and down: ${calls.length}\n`)
  })

  it('ends in the same state, with nothing twice and nothing left over', { timeout: 1_800_000 }, async () => {
    const failed: string[] = []
    let runs = 0
    for (let kill = 1; kill <= calls.length; kill++) {
      runs++
      await cycle(kill).catch((error: unknown) =>
        failed.push(`after call ${kill} (${calls[kill - 1]}): ${error instanceof Error ? error.message : String(error)}`),
      )
    }
    process.stdout.write(`killed after each of ${runs} calls of ${calls.length}\n`)
    expect(failed).toEqual([])
  })
})
