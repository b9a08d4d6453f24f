import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import { TAG_RETIRE_AFTER } from '../../controllers/shared/names.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { census, NOTHING_LEFT } from '../support/remains.ts'
import { REGION, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const GAME = { namespace: 'games', name: 'game' }
/** Of the default configuration: Route 53's propagation, the TTL of an alias, the margin. */
const FULL_SECONDS = 60 + 60 + 10

/** Seconds of the stand-in's clock at which an operation was called since, in order. */
async function timesOf(operation: string, since = 0): Promise<readonly number[]> {
  return (await aws.calls()).filter((call) => call.operation === operation && call.time >= since).map((call) => call.time)
}

const seconds = (stage: SimulatedStage) => stage.clock.now() / 1000

/** Served, then something happens that ends in a wait, in which the process is killed; five seconds later another begins. */
async function killedAfter(operation: string, happen: (stage: SimulatedStage) => void, meanwhile?: () => Promise<void>) {
  const stage = await simulatedStage({ aws })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  givenIngress(stage.kubernetes)
  const life = stage.start()
  await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
  // What was remembered of the start is over.
  await stage.clock.advance(10 * MINUTE)
  const began = seconds(stage)
  happen(stage)
  await stage.clock.runUntil(async () => (await timesOf(operation, began)).length > 0, { deadlineMs: 10 * MINUTE })
  const at = (await timesOf(operation, began))[0]!
  life.session.end()
  await meanwhile?.()
  await stage.clock.advance(5_000)
  const restarted = seconds(stage)
  stage.start()
  await stage.clock.advance(HOUR)
  return { stage, began, at, restarted }
}

const toOneHost = (stage: SimulatedStage) =>
  givenIngress(stage.kubernetes, { host: 'other.example.com', paths: { '/': 'game', '/api': 'api' } })

describe('a wait in which the process is killed (simulated clock)', () => {
  it('record and TTL: nothing says when the record moved, so the full wait begins anew with the next life', async () => {
    const { stage, restarted, at } = await killedAfter('ChangeResourceRecordSets', toOneHost)
    await using _ = stage
    const deleted = await timesOf('DeleteRule', at)
    expect(deleted.length).toBeGreaterThan(0)
    expect(Math.min(...deleted)).toBeGreaterThanOrEqual(restarted + FULL_SECONDS)
    expect(Math.min(...deleted)).toBeLessThan(restarted + FULL_SECONDS + 60)
  })

  it('a load balancer that is to go: its tag says when, and the time goes on while nobody is there', async () => {
    const { stage, at, restarted } = await killedAfter('AddTags', (it) => it.kubernetes.delete(INGRESSES, GAME))
    await using _ = stage
    const [deleted = 0] = await timesOf('DeleteLoadBalancer', at)
    expect(await timesOf('AddTags', restarted)).toEqual([])
    expect(deleted).toBeGreaterThanOrEqual(at + FULL_SECONDS)
    expect(deleted).toBeLessThan(restarted + FULL_SECONDS + 60)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })

  it('a load balancer whose tag is lost meanwhile is marked again, and waits the full time', async () => {
    const { stage, at, restarted } = await killedAfter('AddTags', (it) => it.kubernetes.delete(INGRESSES, GAME), loseTheMark)
    await using _ = stage
    const [marked = 0] = await timesOf('AddTags', restarted)
    const [deleted = 0] = await timesOf('DeleteLoadBalancer', at)
    expect(marked).toBeGreaterThanOrEqual(restarted)
    expect(deleted).toBeGreaterThanOrEqual(marked + FULL_SECONDS)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })

  it('the first healthy target: the full time begins anew', async () => {
    const stage = await simulatedStage({ aws })
    await using _ = stage
    givenIngressClass(stage.kubernetes)
    givenService(stage.kubernetes, 'games', 'game', 0)
    givenIngress(stage.kubernetes, { paths: { '/': 'game' } })
    const life = stage.start()
    const active = async () => (await timesOf('CreateRule')).length > 0
    await stage.clock.runUntil(active, { deadlineMs: 10 * MINUTE })
    await stage.clock.advance(30_000)
    expect(await timesOf('ChangeResourceRecordSets')).toEqual([])
    life.session.end()
    const restarted = seconds(stage)
    stage.start()
    await stage.clock.advance(10 * MINUTE)
    const [published = 0] = await timesOf('ChangeResourceRecordSets')
    expect(published).toBeGreaterThanOrEqual(restarted + 60)
    expect(published).toBeLessThan(restarted + 120)
  })

  it('a certificate that is still in use: AWS says when it is not', async () => {
    const { stage, at } = await killedAfter('DeleteLoadBalancer', (it) => it.kubernetes.delete(INGRESSES, GAME))
    await using _ = stage
    expect(await timesOf('DeleteCertificate', at)).toHaveLength(1)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })
})

async function loseTheMark(): Promise<void> {
  const clients = aws.clients()
  try {
    const options = { signal: new AbortController().signal, priority: 'change' as const }
    const elbv2 = clients.elbv2({ account: awsAccount, region: REGION })
    const { LoadBalancers = [] } = await elbv2.describeLoadBalancers({}, options)
    const ResourceArns = LoadBalancers.map((item) => item.LoadBalancerArn!)
    await elbv2.removeTags({ ResourceArns, TagKeys: [TAG_RETIRE_AFTER] }, options)
  } finally {
    clients.close()
  }
}
