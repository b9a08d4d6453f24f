import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChangeFailed } from '../../controllers/shared/failure.ts'
import type { ClusterView } from '../../controllers/shared/objects.ts'
import { makeWorld, nothingWanted, quickAws, stateOf, viewOf, type World } from '../contract/loadbalancers-world.ts'
import { type StartedAws, startAws } from '../support/aws.ts'

const creates = [
  ['elbv2', 'CreateLoadBalancer'],
  ['elbv2', 'CreateTargetGroup'],
  ['elbv2', 'CreateListener'],
  ['elbv2', 'CreateRule'],
  ['elbv2', 'RegisterTargets'],
  ['ec2', 'CreateSecurityGroup'],
  ['ec2', 'AuthorizeSecurityGroupIngress'],
] as const
const removals = [
  ['elbv2', 'AddTags'],
  ['elbv2', 'DeleteLoadBalancer'],
  ['elbv2', 'DeleteTargetGroup'],
  ['ec2', 'DeleteSecurityGroup'],
] as const
const partial = [
  ['elbv2', 'DeleteRule'],
  ['elbv2', 'DeleteTargetGroup'],
  ['elbv2', 'DeleteListener'],
  ['elbv2', 'DeregisterTargets'],
  ['ec2', 'RevokeSecurityGroupIngress'],
] as const

describe('load balancers when answers are lost (real clock)', () => {
  let standIn: StartedAws
  /** Calls up to this one are not looked at. */
  let since = 0
  beforeAll(async () => {
    standIn = await startAws({ config: quickAws })
  })
  afterAll(() => standIn[Symbol.asyncDispose]())

  /** Passes until the operation was called; each of its answers is lost, so that even repetitions do not tell. */
  async function passWithout(world: World, service: string, operation: string): Promise<readonly ChangeFailed[]> {
    await standIn.faults([{ service, operation, kind: 'after-reset' }])
    const failures: ChangeFailed[] = []
    const deadline = performance.now() + 10_000
    while (failures.length === 0 && (await standIn.calls({ service, operation, since })).length === 0) {
      if (performance.now() > deadline) throw new Error(`${operation} was never called`)
      failures.push(...(await world.pass()))
      await world.lookAtWaits()
    }
    await standIn.clearFaults()
    return failures
  }

  it.each(creates)('%s %s: made once, and found again', async (service, operation) => {
    const world = await makeWorld(standIn)
    since = 0
    await passWithout(world, service, operation)
    await world.settle()
    expectWhole(await stateOf(standIn))
  })

  it.each(creates)('%s %s: made once, and found again after a crash', async (service, operation) => {
    const world = await makeWorld(standIn)
    since = 0
    await passWithout(world, service, operation)
    world.restart()
    await world.settle()
    expectWhole(await stateOf(standIn))
  })

  it.each(removals)('%s %s: gone is gone', async (service, operation) => {
    const world = await makeWorld(standIn)
    await world.settle()
    since = (await standIn.calls()).at(-1)?.seq ?? 0
    world.view = nothingWanted
    await passWithout(world, service, operation)
    const failures = await world.settle()
    expect(failures.filter((failure) => failure.kind !== 'transient' && failure.kind !== 'stale')).toEqual([])
    expect(await stateOf(standIn)).toMatchObject({ loadBalancers: [], targetGroups: [], securityGroups: [] })
    expect(world.observed()).toMatchObject({ loadBalancers: [], listeners: [], rules: [], targetGroups: [], securityGroups: [] })
  })

  it.each(partial)('%s %s: the rest stays, and what is known is what is there', async (service, operation) => {
    const world = await makeWorld(standIn)
    await world.settle()
    since = (await standIn.calls()).at(-1)?.seq ?? 0
    world.view = lessWanted(world)
    await passWithout(world, service, operation)
    await world.settle()
    await world.refresh('sweep')
    expect(world.plan().changes).toEqual([])
    const { listeners, rules, targetGroups, securityGroups } = world.observed()
    expect([listeners, rules, targetGroups].map((list) => list.length)).toEqual([1, 1, 1])
    expect(securityGroups[0]?.Ingress.map((item) => item.FromPort)).toEqual([443])
  })

  it('reads nothing again after a call that was refused', async () => {
    const world = await makeWorld(standIn)
    await standIn.faults([{ service: 'elbv2', operation: 'CreateTargetGroup', kind: 'error', code: 'AccessDenied', status: 403 }])
    const failures = await world.pass()
    await standIn.clearFaults()
    expect(failures.map((failure) => [failure.kind, failure.doubtful])).toContainEqual(['forbidden', false])
    expect(await standIn.callsDuring(() => world.refresh('missing'))).toEqual([])
  })
})

/** One service less, on other pods, without the port for HTTP. */
function lessWanted(world: World): ClusterView {
  const less = viewOf(1, world.seeded, 100)
  const [ingress] = less.ingresses
  const annotations = { 'alb.ingress.kubernetes.io/listen-ports': '[{"HTTPS":443}]' }
  return { ...less, ingresses: [{ ...ingress!, metadata: { ...ingress!.metadata, annotations } }] }
}

type Listed = { readonly name: string; readonly listeners?: readonly { readonly rules: readonly unknown[] }[] }

function expectWhole(state: Readonly<Record<string, unknown>>): void {
  const balancers = state.loadBalancers as readonly Listed[]
  expect(balancers).toHaveLength(1)
  expect(balancers[0]?.listeners?.map((listener) => listener.rules.length).sort()).toEqual([1, 3])
  expect(state.targetGroups).toHaveLength(2)
  expect(state.securityGroups).toHaveLength(1)
}
