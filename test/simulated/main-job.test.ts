import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import type { AwsCall, StartedAws } from '../support/aws.ts'
import { awsState, census, NOTHING_LEFT } from '../support/remains.ts'
import { simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const WRITES = /^(Create|Modify|Delete|Add|Remove|Set|Register|Deregister|Import|Change|Authorize|Revoke)/

/** How often each operation was called. */
function asked(calls: readonly AwsCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

/** A stage with the sample's Services and class, and the Ingress served. */
async function servedStage(services: readonly string[] = ['game', 'api'], config: Readonly<Record<string, unknown>> = {}) {
  const stage = await simulatedStage({ aws, config })
  givenIngressClass(stage.kubernetes)
  for (const name of services) givenService(stage.kubernetes, 'games', name)
  const life = stage.start()
  await stage.clock.advance(5_000)
  givenIngress(stage.kubernetes, {
    paths: Object.fromEntries(services.map((name, index) => [index === 0 ? '/' : `/${name}`, name])),
  })
  await stage.clock
    .runUntil(() => isServed(stage.kubernetes), { deadlineMs: 5 * MINUTE })
    .catch((error: unknown) => {
      throw new Error(
        `${error}\n${life.log.slice(-15).join('')}${JSON.stringify(stage.kubernetes.get(INGRESSES, { namespace: 'games', name: 'game' })?.metadata.annotations)}`,
      )
    })
  return { stage, life }
}

describe('the main job (simulated clock)', () => {
  it('brings an annotated Ingress up, and takes it down to nothing', async () => {
    const { stage, life } = await servedStage()
    await using _ = stage
    expect(await census(stage)).toEqual({
      certificates: 1,
      loadBalancers: 1,
      listeners: 2,
      rules: 2,
      targetGroups: 2,
      securityGroups: 1,
      records: 2,
      secrets: 1,
      ingresses: 1,
    })
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await stage.clock
      .runUntil(() => stage.kubernetes.list(INGRESSES).length === 0, { deadlineMs: 20 * MINUTE })
      .catch((error: unknown) => {
        throw new Error(`${error}\n${life.log.slice(-25).join('')}`)
      })
    expect(await census(stage)).toEqual(NOTHING_LEFT)
    expect(life.log.filter((line) => line.includes('FATAL') || line.includes('"level":"error"'))).toEqual([])
  })

  it.each([1, 2, 5])('costs 2N+3 ELBv2 writes for %i services, and one Route53 write', async (count) => {
    const services = Array.from({ length: count }, (_, index) => `service${index}`)
    const { stage } = await servedStage(services)
    await using _ = stage
    const calls = await stage.aws.calls()
    const writes = calls.filter((call) => WRITES.test(call.operation))
    const elb = writes.filter((call) => call.service === 'elbv2' && call.operation !== 'RegisterTargets')
    expect(elb.map((call) => call.operation).sort()).toHaveLength(2 * count + 3)
    expect(writes.filter((call) => call.operation === 'ChangeResourceRecordSets')).toHaveLength(1)
    expect(writes.filter((call) => call.service === 'acm')).toHaveLength(1)
    expect(calls.filter((call) => call.status >= 400 && /Thrott|RequestLimit/.test(call.errorCode ?? ''))).toEqual([])
  })

  it('writes nothing in ten idle minutes but its Lease, and reads only to sweep', async () => {
    const { stage } = await servedStage()
    await using _ = stage
    await stage.clock.advance(MINUTE)
    const kubernetesBefore = stage.kubernetes.calls.length
    const signedBefore = stage.vault.signed().length
    const calls = await stage.aws.callsDuring(() => stage.clock.advance(10 * MINUTE))
    expect(calls.filter((call) => WRITES.test(call.operation)).map((call) => call.operation)).toEqual([])
    expect(stage.vault.signed()).toHaveLength(signedBefore)
    const writes = stage.kubernetes.calls.slice(kubernetesBefore).filter((call) => call.write && call.kind !== 'Lease')
    expect(writes).toEqual([])
    // One sweep of the unit and one inventory of each controller fall into ten minutes, at moments of their own; nothing is asked between them.
    expect(new Set(calls.map((call) => Math.round(call.time))).size).toBeLessThanOrEqual(2)
    expect(asked(calls)).toEqual({
      // Two inventories, a zone with its page, a certificate, and a load balancer: 6, one per listener, one per target group.
      ...{ GetResources: 2, ListHostedZones: 1, ListResourceRecordSets: 1, DescribeCertificate: 1 },
      ...{ DescribeLoadBalancers: 1, DescribeSecurityGroups: 1, DescribeListeners: 1, DescribeTargetGroups: 1 },
      ...{ DescribeListenerCertificates: 1, DescribeTags: 1, DescribeRules: 2, DescribeTargetHealth: 2 },
    })
  })

  it('renews in time, on the same ARN, without touching the load balancer', async () => {
    const short = { mount: 'pki_int', role: 'web-short', keyType: 'rsa-2048', ttlSeconds: 3600, renewBeforeSeconds: 900 }
    const { stage } = await servedStage(['game'], { profiles: { default: short } })
    await using _ = stage
    const before = (await awsState(stage)).certificates
    const calls = await stage.aws.callsDuring(() => stage.clock.advance(6 * 60 * MINUTE))
    const after = (await awsState(stage)).certificates
    expect(after.map((one) => one.arn)).toEqual(before.map((one) => one.arn))
    expect(after).not.toEqual(before)
    const imports = calls.filter((call) => call.operation === 'ImportCertificate').length
    // Six hours of certificates that live one hour, each renewed with a quarter to a third of its life left.
    expect(imports).toBeGreaterThanOrEqual(6)
    expect(imports).toBeLessThanOrEqual(10)
    // Route 53 is told each half hour that this cluster lives.
    const heartbeat = (call: (typeof calls)[number]) => call.operation === 'ChangeTagsForResource'
    expect(calls.filter((call) => call.service !== 'acm' && WRITES.test(call.operation) && !heartbeat(call))).toEqual([])
    const gaps = stage.vault.signed().map((one) => one.at)
    for (const [index, at] of gaps.slice(1).entries()) expect(at - gaps[index]!).toBeLessThan(60 * MINUTE)
  })
})
