import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES, NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import type { AwsCall, StartedAws } from '../support/aws.ts'
import { KubernetesStandin } from '../support/kubernetes-standin.ts'
import { census } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const isWrite = (call: AwsCall) => !/^(Describe|Get|List|Assume)/.test(call.operation)

/** A cluster with one Ingress served, and a second cluster, with objects of its own, on the same account under the same cluster id. */
async function twoClusters(copy = false): Promise<{ stage: SimulatedStage; second: KubernetesStandin }> {
  const stage = await simulatedStage({ aws })
  const second = new KubernetesStandin({ clock: stage.clock, namespaces: ['fairlead-system'] })
  if (!copy) {
    second.delete(NAMESPACES, { name: 'kube-system' })
    second.apply(NAMESPACES, { metadata: { name: 'kube-system' } })
  }
  for (const [kubernetes, name] of [
    [stage.kubernetes, 'game'],
    [second, 'other'],
  ] as const) {
    givenIngressClass(kubernetes)
    givenService(kubernetes, 'games', 'game')
    givenIngress(kubernetes, { name, host: `${name}.example.com`, paths: { '/': 'game' } })
  }
  return { stage, second }
}

const secondOwners = (kubernetes: KubernetesStandin) =>
  kubernetes.list(EVENTS).filter((event) => (event as unknown as { reason: string }).reason === 'SecondOwner')

describe('a second live cluster with the same identity (simulated clock)', () => {
  it('is refused before its first write, told once, and may begin when the first has not been heard of for long', async () => {
    const { stage, second } = await twoClusters()
    await using _ = stage
    const first = stage.start()
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
    const before = await census(stage)
    const life = stage.start({ kubernetes: second })
    const calls = await aws.callsDuring(() => stage.clock.advance(3 * HOUR))
    expect(calls.filter(isWrite).map((call) => call.operation)).toEqual(Array(6).fill('ChangeTagsForResource'))
    expect(await census(stage)).toEqual(before)
    expect(secondOwners(second)).toHaveLength(1)
    expect(secondOwners(stage.kubernetes)).toHaveLength(0)
    expect(life.safety.metrics().fairlead_second_owner).toBe(1)
    expect(first.safety.metrics().fairlead_second_owner).toBe(0)
    await first.stop()
    await stage.clock.runUntil(() => isServed(second, 'games', 'other'), { deadlineMs: 2 * HOUR })
    expect(life.safety.metrics().fairlead_second_owner).toBe(0)
  })

  it('is found too when it is a copy of the first, down to the UID', async () => {
    const { stage, second } = await twoClusters(true)
    await using _ = stage
    const first = stage.start()
    await stage.clock.advance(5 * MINUTE)
    const life = stage.start({ kubernetes: second })
    await stage.clock.advance(40 * MINUTE)
    const found = [first, life].map((one) => one.safety.metrics().fairlead_second_owner)
    expect(found).toContain(1)
  })

  it('is found within a minute when both begin at once', async () => {
    const { stage, second } = await twoClusters()
    await using _ = stage
    const lives = [stage.start(), stage.start({ kubernetes: second })]
    await stage.clock.advance(MINUTE)
    expect(lives.map((one) => one.safety.metrics().fairlead_second_owner)).toContain(1)
  })

  it('is none when it is a replica: the next leader goes on at once', async () => {
    const { stage } = await twoClusters()
    await using _ = stage
    const first = stage.start()
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
    const second = stage.start()
    await stage.clock.advance(HOUR)
    first.session.end()
    givenIngress(stage.kubernetes, { name: 'more', host: 'more.example.com', paths: { '/': 'game' } })
    await stage.clock.runUntil(() => isServed(stage.kubernetes, 'games', 'more'), { deadlineMs: 5 * MINUTE })
    await stage.clock.advance(3 * HOUR)
    expect(second.safety.metrics().fairlead_second_owner).toBe(0)
    expect(stage.kubernetes.list(INGRESSES)).toHaveLength(2)
  })

  it('costs a read and a write each half hour, and holds up nothing when Route 53 is down', async () => {
    const { stage } = await twoClusters()
    await using _ = stage
    const faults = ['ListHostedZones', 'ListTagsForResource'].map((operation) => ({
      service: 'route53',
      operation,
      every: 1,
      kind: 'error503' as const,
    }))
    await aws.faults(faults)
    stage.start()
    await stage.clock.advance(10 * MINUTE)
    expect((await census(stage)).loadBalancers).toBe(1)
    await aws.clearFaults()
    await stage.clock.advance(10 * MINUTE)
    const calls = await aws.callsDuring(() => stage.clock.advance(6 * HOUR))
    expect(calls.filter((call) => call.operation === 'ChangeTagsForResource')).toHaveLength(12)
    expect(calls.filter((call) => call.operation === 'ListTagsForResource')).toHaveLength(12)
  })
})
