import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubernetesError } from '../../controllers/cluster/errors.ts'
import {
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  EVENTS,
  INGRESS_CLASSES,
  INGRESSES,
  NAMESPACES,
} from '../../controllers/cluster/kubernetes.ts'
import { type ConfigMap, controlOf } from '../../controllers/shared/control.ts'
import type { StartedAws } from '../support/aws.ts'
import { type AwsAccountState, awsState, census } from '../support/remains.ts'
import { type Life, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const CONTROL = { namespace: 'fairlead-system', name: 'fairlead-safety' }
const REMOVALS = /^(Delete|Deregister|Remove|Revoke)/
const names = (count: number) => Array.from({ length: count }, (_, index) => `web-${index}`)

/** A stage with so many Ingresses served, all of one group, since load balancers cost time. */
async function serving(
  count: number,
  config: Readonly<Record<string, unknown>> = {},
  group: (index: number) => string = () => 'all',
): Promise<{ stage: SimulatedStage; life: Life }> {
  const stage = await simulatedStage({ aws, config })
  givenIngressClass(stage.kubernetes)
  givenService(stage.kubernetes, 'games', 'game')
  for (const [index, name] of names(count).entries())
    givenIngress(stage.kubernetes, {
      name,
      host: `${name}.example.com`,
      paths: { '/': 'game' },
      annotations: { 'fairlead.dev/certificate': '', 'alb.ingress.kubernetes.io/group.name': group(index) },
    })
  const life = stage.start()
  await stage.clock.runUntil(() => names(count).every((name) => isServed(stage.kubernetes, 'games', name)), {
    deadlineMs: 20 * MINUTE,
  })
  return { stage, life }
}

const control = (stage: SimulatedStage) => controlOf(stage.kubernetes.get<ConfigMap>(CONFIG_MAPS, CONTROL))
const events = (stage: SimulatedStage, reason: string) =>
  stage.kubernetes.list(EVENTS).filter((event) => (event as unknown as { reason: string }).reason === reason)
const removals = (calls: readonly { readonly operation: string; readonly parameters?: unknown }[]) =>
  calls.filter((call) => REMOVALS.test(call.operation) || call.operation === 'ChangeResourceRecordSets')

const recordsIn = (state: AwsAccountState) => state.zones.flatMap((zone) => zone.records)

/** Another namespace that asks for the host of `web-0`, and another object of the same one that asks for that of `web-1`. */
async function givenWaiting(stage: SimulatedStage): Promise<void> {
  givenService(stage.kubernetes, 'rivals', 'game')
  const plain = { paths: { '/': 'game' }, annotations: { 'fairlead.dev/certificate': '' } }
  givenIngress(stage.kubernetes, { ...plain, namespace: 'rivals', name: 'rival', host: 'web-0.example.com' })
  givenIngress(stage.kubernetes, { ...plain, name: 'second', host: 'web-1.example.com' })
  await stage.clock.advance(10 * MINUTE)
}

function acknowledge(stage: SimulatedStage): void {
  const name = control(stage).brake!.name
  const acknowledged = JSON.stringify({ name, at: new Date(stage.clock.now()).toISOString() })
  stage.kubernetes.apply(CONFIG_MAPS, {
    metadata: CONTROL,
    data: { ...stage.kubernetes.get<ConfigMap>(CONFIG_MAPS, CONTROL)?.data, acknowledged },
  })
}

describe('the brake on inferred removals (simulated clock)', () => {
  it('removes nothing when a list shows no Ingress any more, says so once, and goes on when they are back', async () => {
    const { stage, life } = await serving(8)
    await using _ = stage
    const before = await census(stage)
    stage.kubernetes.hide(INGRESSES)
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect(await census(stage)).toEqual(before)
    expect(events(stage, 'RemovalsStopped')).toHaveLength(1)
    expect(life.safety.metrics()).toMatchObject({ fairlead_brake_engaged: 1, fairlead_brake_inferred_removals: 8 })
    expect(control(stage).brake).toMatchObject({ owned: 8 })
    stage.kubernetes.hide(INGRESSES, false)
    const after = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(after)).toEqual([])
    expect(await census(stage)).toEqual(before)
  })

  it('gives nothing of those who are lost to who waits for it: another namespace, or another object of their own', async () => {
    const { stage } = await serving(9)
    await using _ = stage
    await givenWaiting(stage)
    const before = await awsState(stage)
    stage.kubernetes.hide(INGRESSES, ({ metadata }) => metadata.name.startsWith('web-'))
    await stage.clock.advance(30 * MINUTE)
    expect(events(stage, 'RemovalsStopped')).toHaveLength(1)
    const during = await awsState(stage)
    expect(recordsIn(during)).toEqual(recordsIn(before))
    expect(during.loadBalancers).toEqual(before.loadBalancers)
    stage.kubernetes.hide(INGRESSES, false)
    await stage.clock.advance(70 * MINUTE)
    expect(recordsIn(await awsState(stage))).toEqual(recordsIn(before))
    for (const name of names(9)) expect(isServed(stage.kubernetes, 'games', name)).toBe(true)
    expect(isServed(stage.kubernetes, 'rivals', 'rival')).toBe(false)
  })

  it('gives what they had to who waits for it once they are acknowledged', async () => {
    const { stage } = await serving(9)
    await using _ = stage
    await givenWaiting(stage)
    stage.kubernetes.hide(INGRESSES, ({ metadata }) => metadata.name.startsWith('web-'))
    await stage.clock.advance(5 * MINUTE)
    acknowledge(stage)
    await stage.clock.runUntil(() => isServed(stage.kubernetes, 'rivals', 'rival'), { deadlineMs: 60 * MINUTE })
    await stage.clock.runUntil(() => isServed(stage.kubernetes, 'games', 'second'), { deadlineMs: 60 * MINUTE })
  })

  it('still stops them after a restart, also while the list is empty from the start, until acknowledged by its name', async () => {
    const { stage, life } = await serving(6)
    await using _ = stage
    stage.kubernetes.hide(INGRESSES)
    await stage.clock.advance(2 * MINUTE)
    const { name } = control(stage).brake!
    await life.stop()
    const second = stage.start()
    await stage.clock.advance(30 * MINUTE)
    expect(second.safety.brake.engaged?.name).toBe(name)
    expect((await census(stage)).loadBalancers).toBe(1)
    // Another's name acknowledges nothing.
    stage.kubernetes.patch(CONFIG_MAPS, CONTROL, { data: { acknowledged: JSON.stringify({ name: 'lost-0', at: '2026-01-01' }) } })
    await stage.clock.advance(30 * MINUTE)
    expect((await census(stage)).loadBalancers).toBe(1)
    acknowledge(stage)
    await stage.clock.advance(30 * MINUTE)
    expect(await census(stage)).toMatchObject({ loadBalancers: 0, targetGroups: 0, records: 0 })
    expect(second.safety.metrics()).toMatchObject({ fairlead_brake_engaged: 0 })
  })

  it('stops what a start without any Ingress would remove, before the first of it', async () => {
    const { stage, life } = await serving(7, {}, (index) => `group-${index}`)
    await using _ = stage
    await life.stop()
    stage.kubernetes.hide(INGRESSES)
    stage.start()
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect((await census(stage)).loadBalancers).toBe(7)
  })

  it('removes nothing when the class is not ours any more', async () => {
    const { stage } = await serving(7)
    await using _ = stage
    const before = await census(stage)
    stage.kubernetes.delete(INGRESS_CLASSES, { name: 'fairlead' })
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect(await census(stage)).toEqual(before)
    expect(events(stage, 'RemovalsStopped')).toHaveLength(1)
  })

  it('removes nothing when Ingresses or Namespaces may not be read any more, and says so once', async () => {
    const { stage, life } = await serving(7)
    await using _ = stage
    const before = await census(stage)
    const error = () => new KubernetesError({ code: 'KUBERNETES_FORBIDDEN', what: 'list', status: 403 })
    const isTaken = (kind: string) => kind === 'Ingress' || kind === 'Namespace'
    stage.kubernetes.fail({
      on: (call) => isTaken(call.kind) && (call.verb === 'list' || call.verb === 'watch'),
      mode: 'before',
      error,
      times: 1e6,
    })
    for (const kind of [INGRESSES, NAMESPACES]) stage.kubernetes.relist(kind)
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect(await census(stage)).toEqual(before)
    expect(events(stage, 'CannotWatch').length).toBeGreaterThanOrEqual(1)
    expect(life.safety.metrics()).toMatchObject({ fairlead_unreadable_kinds: 2, fairlead_brake_engaged: 0 })
  })

  it('takes no target out of service when EndpointSlices vanish from a list', async () => {
    const { stage } = await serving(1)
    await using _ = stage
    for (const name of names(10)) givenService(stage.kubernetes, 'games', name)
    await stage.clock.advance(MINUTE)
    stage.kubernetes.hide(ENDPOINT_SLICES)
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect(events(stage, 'RemovalsStopped')).toHaveLength(1)
  })

  it('removes a few at once, and a Namespace deleted on purpose whatever its size', async () => {
    const { stage, life } = await serving(6)
    await using _ = stage
    stage.kubernetes.delete(NAMESPACES, { name: 'games' })
    for (const name of names(6)) stage.kubernetes.delete(INGRESSES, { namespace: 'games', name })
    await stage.clock.advance(15 * MINUTE)
    expect(await census(stage)).toMatchObject({ loadBalancers: 0, records: 0, ingresses: 0 })
    expect(life.safety.brake.engaged).toBeNull()
  })

  it('lets five go that merely are not there', async () => {
    const { stage } = await serving(5)
    await using _ = stage
    stage.kubernetes.hide(INGRESSES)
    await stage.clock.advance(30 * MINUTE)
    expect(await census(stage)).toMatchObject({ loadBalancers: 0, records: 0 })
  })

  it('lets not even one go where nothing is let through', async () => {
    const { stage } = await serving(2, { safety: { brakeLeast: 0 } })
    await using _ = stage
    const before = await census(stage)
    stage.kubernetes.hide(INGRESSES)
    const calls = await aws.callsDuring(() => stage.clock.advance(30 * MINUTE))
    expect(removals(calls)).toEqual([])
    expect(await census(stage)).toEqual(before)
    expect(events(stage, 'RemovalsStopped')).toHaveLength(1)
  })

  it('gives what five had, who merely are not there, to who waits for it', async () => {
    const { stage } = await serving(5)
    await using _ = stage
    await givenWaiting(stage)
    stage.kubernetes.hide(INGRESSES, ({ metadata }) => metadata.name.startsWith('web-'))
    await stage.clock.runUntil(() => isServed(stage.kubernetes, 'rivals', 'rival'), { deadlineMs: 60 * MINUTE })
    await stage.clock.runUntil(() => isServed(stage.kubernetes, 'games', 'second'), { deadlineMs: 60 * MINUTE })
  })
})
