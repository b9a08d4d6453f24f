import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG_MAPS, INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import type { StartedAws } from '../support/aws.ts'
import { census } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const GAME = { namespace: 'games', name: 'game' }
const READS = /^(Describe|Get|List|Assume)/

async function playing(config: Readonly<Record<string, unknown>>): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws, config })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  return stage
}

/** What an observer of something happening does to the world: nothing, in Kubernetes, AWS and Vault. */
async function writesDuring(stage: SimulatedStage, happen: () => Promise<void>) {
  const kubernetes = stage.kubernetes.calls.length
  const signed = stage.vault.signed().length
  const calls = await aws.callsDuring(happen)
  return {
    kubernetes: stage.kubernetes.calls.slice(kubernetes).filter((call) => call.write),
    aws: calls.filter((call) => !READS.test(call.operation)).map((call) => call.operation),
    vault: stage.vault.signed().length - signed,
  }
}

const NONE = { kubernetes: [], aws: [], vault: 0 }

describe('the policy observe (simulated clock)', () => {
  it('writes nothing anywhere, not even a Lease, whatever there is to do or to tell', async () => {
    await using stage = await playing({ policy: 'observe' })
    stage.start()
    const all = await writesDuring(stage, async () => {
      givenIngress(stage.kubernetes)
      givenIngress(stage.kubernetes, { name: 'wrong', host: 'w.example.com', annotations: { 'fairlead.dev/cerificate': 'x' } })
      await stage.clock.advance(20 * MINUTE)
      stage.kubernetes.apply(CONFIG_MAPS, {
        metadata: { namespace: 'fairlead-system', name: 'fairlead-safety' },
        data: { freeze: 'why not' },
      })
      stage.kubernetes.delete(INGRESSES, GAME)
      stage.kubernetes.hide(INGRESSES)
      await stage.clock.advance(20 * MINUTE)
    })
    expect(all).toEqual(NONE)
  })

  it('writes nothing to what another policy has made, while it changes and goes', async () => {
    await using stage = await playing({})
    givenIngress(stage.kubernetes)
    const writer = stage.start()
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
    await writer.stop()
    const before = await census(stage)
    stage.start({ config: { policy: 'observe' } })
    const all = await writesDuring(stage, async () => {
      givenEndpoints(stage.kubernetes, 'games', 'game', ['10.0.50.9'])
      await stage.clock.advance(20 * MINUTE)
      stage.kubernetes.delete(INGRESSES, GAME)
      await stage.clock.advance(60 * MINUTE)
    })
    expect(all).toEqual(NONE)
    expect(await census(stage)).toEqual(before)
  })
})

describe('the policy upsert-only (simulated clock)', () => {
  it('makes and changes, and removes nothing, whatever goes', async () => {
    await using stage = await playing({ policy: 'upsert-only' })
    givenIngress(stage.kubernetes)
    stage.start()
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
    const before = await census(stage)
    givenIngress(stage.kubernetes, { host: 'other.example.com', paths: { '/': 'game' } })
    await stage.clock.advance(10 * MINUTE)
    const after = await census(stage)
    for (const kind of ['loadBalancers', 'targetGroups', 'securityGroups', 'certificates'])
      expect(after[kind]!).toBeGreaterThanOrEqual(before[kind]!)
    expect(after.records).toBe(before.records! * 2)
    const calls = await aws.callsDuring(async () => {
      stage.kubernetes.delete(INGRESSES, GAME)
      await stage.clock.advance(60 * MINUTE)
    })
    expect(calls.filter((call) => /^(Delete|Remove|Revoke)/.test(call.operation))).toEqual([])
    expect(await census(stage)).toMatchObject({ ...after, ingresses: 0 })
  })
})
