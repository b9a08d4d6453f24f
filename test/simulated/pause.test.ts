import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG_MAPS, EVENTS, INGRESSES, NAMESPACES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import type { Secret } from '../../controllers/shared/objects.ts'
import type { AwsCall, StartedAws } from '../support/aws.ts'
import { awsState, census, NOTHING_LEFT } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const CONTROL = { namespace: 'fairlead-system', name: 'fairlead-safety' }
const GAME = { namespace: 'games', name: 'game' }
const WRITES = /^(Create|Modify|Delete|Add|Remove|Set|Register|Deregister|Import|Change|Authorize|Revoke)/
/** Writes for what is wanted; that this cluster lives is told all the same, unless it is frozen. */
const writes = (calls: readonly AwsCall[]) =>
  calls.map((call) => call.operation).filter((name) => WRITES.test(name) && name !== 'ChangeTagsForResource')

async function playing(config: Readonly<Record<string, unknown>> = {}): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws, config })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  return stage
}

const freeze = (stage: SimulatedStage) =>
  stage.kubernetes.apply(CONFIG_MAPS, { metadata: CONTROL, data: { freeze: 'looking into it' } })
const unfreeze = (stage: SimulatedStage) => stage.kubernetes.patch(CONFIG_MAPS, CONTROL, { data: { freeze: null } })
const statusOf = (stage: SimulatedStage, at = GAME) =>
  JSON.parse(stage.kubernetes.get(INGRESSES, at)?.metadata.annotations?.['fairlead.dev/status'] ?? '{}') as {
    phase?: string
    troubles?: readonly string[]
    findings?: readonly { code: string }[]
  }
const served = (stage: SimulatedStage, name = 'game') =>
  stage.clock.runUntil(() => isServed(stage.kubernetes, 'games', name), { deadlineMs: 10 * MINUTE })
const secretsOf = (stage: SimulatedStage) =>
  stage.kubernetes.list<Secret>(SECRETS).map((secret) => [secret.metadata.name, secret.metadata.resourceVersion])
const eventsOf = (stage: SimulatedStage, reason: string) =>
  stage.kubernetes.list(EVENTS).filter((event) => (event as unknown as { reason: string }).reason === reason)

describe('the freeze (simulated clock)', () => {
  it.each([6, 12, 18, 24, 30])(
    'stops every write within a second after call %i of a running pass, and later lets it finish',
    async (after) => {
      await using stage = await playing()
      givenIngress(stage.kubernetes)
      const life = stage.start()
      let frozenAt = 0
      life.session.onCalled = (count) => {
        if (count !== after) return
        freeze(stage)
        frozenAt = stage.clock.now()
      }
      await stage.clock.advance(MINUTE)
      expect(frozenAt).toBeGreaterThan(0)
      const late = (await aws.calls()).filter((call) => call.time * 1000 > frozenAt + 1000)
      expect(writes(late)).toEqual([])
      expect(late.filter((call) => call.operation === 'ChangeTagsForResource')).toEqual([])
      const secrets = secretsOf(stage)
      const signed = stage.vault.signed().length
      expect(writes(await aws.callsDuring(() => stage.clock.advance(30 * MINUTE)))).toEqual([])
      expect(secretsOf(stage)).toEqual(secrets)
      expect(stage.vault.signed()).toHaveLength(signed)
      expect(life.safety.metrics().fairlead_frozen).toBe(1)
      expect(eventsOf(stage, 'Frozen')).toHaveLength(1)
      unfreeze(stage)
      await served(stage)
      stage.kubernetes.delete(INGRESSES, GAME)
      await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, GAME) === null, { deadlineMs: 30 * MINUTE })
      expect(await census(stage)).toEqual(NOTHING_LEFT)
    },
  )

  it('says on the object why nothing happens, holds over a restart, and a renewal comes after it', async () => {
    await using stage = await playing({
      profiles: {
        default: { mount: 'pki_int', role: 'web-short', keyType: 'rsa-2048', ttlSeconds: 3600, renewBeforeSeconds: 900 },
      },
    })
    givenIngress(stage.kubernetes)
    const life = stage.start()
    await served(stage)
    freeze(stage)
    const before = await awsState(stage)
    await stage.clock.advance(50 * MINUTE)
    await life.stop()
    stage.start()
    expect(writes(await aws.callsDuring(() => stage.clock.advance(5 * MINUTE)))).toEqual([])
    expect((await awsState(stage)).certificates).toEqual(before.certificates)
    expect(statusOf(stage).troubles).toEqual([
      'all writes are frozen: looking into it',
      'certificates are not issued or renewed meanwhile',
    ])
    unfreeze(stage)
    await stage.clock.advance(MINUTE)
    expect((await awsState(stage)).certificates).not.toEqual(before.certificates)
  })

  it('stays when the ConfigMap is merely not listed any more', async () => {
    await using stage = await playing()
    stage.start()
    freeze(stage)
    await stage.clock.advance(1_000)
    stage.kubernetes.hide(CONFIG_MAPS)
    await stage.clock.advance(MINUTE)
    givenIngress(stage.kubernetes)
    expect(writes(await aws.callsDuring(() => stage.clock.advance(5 * MINUTE)))).toEqual([])
  })
})

describe('fairlead.dev/paused (simulated clock)', () => {
  const pause = (stage: SimulatedStage, paused: string | null, at = GAME) =>
    stage.kubernetes.patch(INGRESSES, at, { metadata: { annotations: { 'fairlead.dev/paused': paused } } })

  it('stops the writes for an Ingress in the middle of a pass, tells it there, and goes on without the annotation', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    const life = stage.start()
    life.session.onCalled = (count) => {
      if (count === 14) pause(stage, 'true')
    }
    await stage.clock.advance(MINUTE)
    expect(writes(await aws.callsDuring(() => stage.clock.advance(20 * MINUTE)))).toEqual([])
    expect(statusOf(stage)).toMatchObject({ phase: 'Paused', findings: [{ code: 'Paused' }] })
    expect(eventsOf(stage, 'Paused')).toHaveLength(1)
    expect(life.safety.metrics().fairlead_paused_objects).toBe(1)
    pause(stage, null)
    await served(stage)
  })

  it('holds a deletion, and all of a Namespace', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    stage.start()
    await served(stage)
    const before = await census(stage)
    stage.kubernetes.patch(NAMESPACES, { name: 'games' }, { metadata: { annotations: { 'fairlead.dev/paused': 'true' } } })
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(20 * MINUTE)
    expect(await census(stage)).toEqual(before)
    stage.kubernetes.patch(NAMESPACES, { name: 'games' }, { metadata: { annotations: { 'fairlead.dev/paused': null } } })
    await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, GAME) === null, { deadlineMs: 30 * MINUTE })
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })

  it('keeps its host while it is being deleted, though others wait for it: another namespace, and another object of its own', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    stage.start()
    await served(stage)
    for (const name of ['game', 'api']) givenService(stage.kubernetes, 'rivals', name)
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    givenIngress(stage.kubernetes, { name: 'second' })
    await stage.clock.advance(10 * MINUTE)
    const before = await awsState(stage)
    pause(stage, 'true')
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(20 * MINUTE)
    const after = await awsState(stage)
    expect(after.zones.map((zone) => zone.records)).toEqual(before.zones.map((zone) => zone.records))
    expect(after.loadBalancers).toEqual(before.loadBalancers)
    pause(stage, null)
    await served(stage, 'second')
  })

  it('holds a change that would build anew and take away', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    stage.start()
    await served(stage)
    const before = await census(stage)
    pause(stage, 'true')
    stage.kubernetes.patch(INGRESSES, GAME, { metadata: { annotations: { 'alb.ingress.kubernetes.io/group.name': 'other' } } })
    expect(writes(await aws.callsDuring(() => stage.clock.advance(20 * MINUTE)))).toEqual([])
    expect(await census(stage)).toEqual(before)
    pause(stage, null)
    await stage.clock.advance(20 * MINUTE)
    expect(await census(stage)).toEqual(before)
    expect(isServed(stage.kubernetes)).toBe(true)
  })

  it('holds up no other member of its group, for which what is shared is made all the same', async () => {
    await using stage = await playing()
    const group = { 'alb.ingress.kubernetes.io/group.name': 'all', 'fairlead.dev/certificate': '' }
    givenIngress(stage.kubernetes, { paths: { '/': 'game' }, annotations: { ...group, 'fairlead.dev/paused': 'true' } })
    givenIngress(stage.kubernetes, { name: 'api', host: 'api.example.com', paths: { '/': 'api' }, annotations: group })
    stage.start()
    // The paused one is the oldest, for which what is shared is made: the other is served all the same.
    await served(stage, 'api')
    expect(isServed(stage.kubernetes)).toBe(false)
    expect(stage.kubernetes.get(INGRESSES, GAME)?.metadata.finalizers).toBeUndefined()
    const moved = await aws.callsDuring(async () => {
      givenEndpoints(stage.kubernetes, 'games', 'api', ['10.0.50.9'])
      await stage.clock.advance(MINUTE)
    })
    expect(writes(moved)).toContain('RegisterTargets')
    stage.kubernetes.patch(INGRESSES, GAME, { metadata: { annotations: { 'fairlead.dev/paused': null } } })
    await served(stage)
  })

  it('takes nothing shared away while a member is paused', async () => {
    await using stage = await playing()
    const group = { 'alb.ingress.kubernetes.io/group.name': 'all', 'fairlead.dev/certificate': '' }
    givenIngress(stage.kubernetes, { paths: { '/': 'game' }, annotations: group })
    givenIngress(stage.kubernetes, { name: 'api', host: 'api.example.com', paths: { '/': 'api' }, annotations: group })
    stage.start()
    await served(stage)
    await served(stage, 'api')
    pause(stage, 'true')
    stage.kubernetes.delete(INGRESSES, GAME)
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'api' })
    await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, { namespace: 'games', name: 'api' }) === null, {
      deadlineMs: 30 * MINUTE,
    })
    expect(await census(stage)).toMatchObject({ ingresses: 1, loadBalancers: 1, securityGroups: 1, records: 2 })
    pause(stage, null)
    await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, GAME) === null, { deadlineMs: 30 * MINUTE })
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  })
})
