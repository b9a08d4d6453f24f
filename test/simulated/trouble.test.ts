import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import type { StartedAws } from '../support/aws.ts'
import { census, NOTHING_LEFT } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const GAME = { namespace: 'games', name: 'game' }

async function playing(config: Readonly<Record<string, unknown>> = {}): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws, config })
  givenIngressClass(stage.kubernetes)
  givenService(stage.kubernetes, 'games', 'game')
  return stage
}

const statusOf = (stage: SimulatedStage, name = 'game') =>
  JSON.parse(
    stage.kubernetes.get(INGRESSES, { namespace: 'games', name })?.metadata.annotations?.['fairlead.dev/status'] ?? '{}',
  ) as { phase?: string; troubles?: readonly string[] }
const served = (stage: SimulatedStage) => stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
const given = (stage: SimulatedStage) => givenIngress(stage.kubernetes, { paths: { '/': 'game' } })

describe('trouble around Fairlead (simulated clock)', () => {
  it('leaves Ingresses of other classes alone: no call, no Event, no annotation', async () => {
    await using stage = await playing()
    for (let index = 0; index < 10; index++)
      givenIngress(stage.kubernetes, {
        name: `nginx-${index}`,
        host: `n${index}.example.com`,
        paths: { '/': 'game' },
        ingressClassName: 'nginx',
      })
    stage.start()
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(calls.filter((call) => call.service === 'elbv2' || call.service === 'ec2' || call.service === 'acm')).toEqual([])
    expect(stage.kubernetes.list(EVENTS)).toEqual([])
    for (const item of stage.kubernetes.list(INGRESSES))
      expect(Object.keys(item.metadata.annotations ?? {}).filter((key) => /fairlead.dev\/(status|ready)/.test(key))).toEqual([])
  })

  it('renews certificates while Route 53 cannot be read, says so, and catches up', async () => {
    await using stage = await playing({
      profiles: {
        default: { mount: 'pki_int', role: 'web-short', keyType: 'rsa-2048', ttlSeconds: 3600, renewBeforeSeconds: 900 },
      },
    })
    given(stage)
    stage.start()
    await served(stage)
    await aws.faults([
      {
        service: 'route53',
        operation: 'ListHostedZones',
        every: 1,
        kind: 'error',
        code: 'AccessDenied',
        message: 'not you',
        status: 403,
      },
      {
        service: 'route53',
        operation: 'ListResourceRecordSets',
        every: 1,
        kind: 'error',
        code: 'AccessDenied',
        message: 'not you',
        status: 403,
      },
    ])
    const calls = await aws.callsDuring(() => stage.clock.advance(90 * MINUTE))
    expect(calls.filter((call) => call.operation === 'ImportCertificate' && call.status === 200).length).toBeGreaterThanOrEqual(1)
    expect(statusOf(stage).troubles).toEqual(['what dns depends on cannot be read'])
    // Nothing is removed while it is not known what points at it.
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(10 * MINUTE)
    expect((await census(stage)).loadBalancers).toBe(1)
    expect(statusOf(stage).phase).toBe('Removing')
    await aws.clearFaults()
    await stage.clock.runUntil(() => stage.kubernetes.list(INGRESSES).length === 0, { deadlineMs: 60 * MINUTE })
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })

  it('lets go of objects where the policy removes nothing', async () => {
    await using stage = await playing({ policy: 'upsert-only' })
    given(stage)
    stage.start()
    await served(stage)
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(MINUTE)
    expect(await census(stage)).toMatchObject({ ingresses: 0, loadBalancers: 1, certificates: 1, records: 2 })
  })

  it('writes nothing at all as an observer', async () => {
    await using stage = await playing({ policy: 'observe' })
    given(stage)
    stage.start()
    await stage.clock.advance(5 * MINUTE)
    expect(stage.kubernetes.calls.filter((call) => call.write && call.kind !== 'Lease')).toEqual([])
    expect(await census(stage)).toMatchObject({ loadBalancers: 0, certificates: 0, records: 0 })
  })

  it('comes back seldom to what a full quota holds up', async () => {
    await using stage = await playing()
    await aws.config({ targetGroups: 0 })
    given(stage)
    stage.start()
    const calls = await aws.callsDuring(() => stage.clock.advance(60 * MINUTE))
    expect(calls.filter((call) => call.operation === 'CreateTargetGroup').length).toBeLessThanOrEqual(7)
    expect(calls.length).toBeLessThan(200)
    expect(statusOf(stage).phase).not.toBe('Served')
    await aws.config({ targetGroups: 3000 })
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 90 * MINUTE })
  })
})
