import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES, NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import type { StartedAws } from '../support/aws.ts'
import { awsState, census } from '../support/remains.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const HOST = 'game.example.com'
const NOTHING = { certificates: 0, loadBalancers: 0, targetGroups: 0, securityGroups: 0, records: 0, secrets: 0 }

async function playing(config: Readonly<Record<string, unknown>> = {}): Promise<SimulatedStage> {
  // No sweep comes to the rescue of who was not told.
  const stage = await simulatedStage({ aws, config: { sweepSeconds: 86_400, ...config } })
  givenIngressClass(stage.kubernetes)
  for (const namespace of ['games', 'rivals']) for (const name of ['game', 'api']) givenService(stage.kubernetes, namespace, name)
  return stage
}

type Told = {
  readonly reason: string
  readonly note: string
  readonly regarding: { readonly namespace?: string; readonly name: string }
}
const told = (stage: SimulatedStage, reason: string, namespace: string | undefined, name: string) =>
  stage.kubernetes
    .list(EVENTS)
    .map((event) => event as unknown as Told)
    .filter((event) => event.reason === reason && event.regarding.name === name && event.regarding.namespace === namespace)
    .map((event) => event.note)
const annotate = (stage: SimulatedStage, name: string, annotations: Readonly<Record<string, string | null>>) =>
  stage.kubernetes.patch(NAMESPACES, { name }, { metadata: { annotations } })
const served = (stage: SimulatedStage, namespace: string, name = 'game') =>
  stage.clock.runUntil(() => isServed(stage.kubernetes, namespace, name), { deadlineMs: 10 * MINUTE })
const status = (stage: SimulatedStage, namespace: string, name = 'game') =>
  JSON.parse(stage.kubernetes.get(INGRESSES, { namespace, name })?.metadata.annotations?.['fairlead.dev/status'] ?? '{}') as {
    phase?: string
    hosts?: readonly string[]
    findings?: readonly { code: string; severity: string }[]
  }
const codes = (stage: SimulatedStage, namespace: string, name = 'game') =>
  (status(stage, namespace, name).findings ?? []).map((item) => item.code)
const version = (stage: SimulatedStage, namespace: string, name = 'game') =>
  stage.kubernetes.get(INGRESSES, { namespace, name })?.metadata.generation

/** What there is, without who lives there and what resolvers are told meanwhile. */
async function made(stage: SimulatedStage) {
  const state = await awsState(stage)
  return { ...state, zones: await records(stage) }
}
const records = async (stage: SimulatedStage) => (await awsState(stage)).zones.map((zone) => zone.records)
const namesIn = (zones: Awaited<ReturnType<typeof records>>) =>
  zones
    .flat()
    .map((record) => record.Name)
    .sort()

describe('who has a host (simulated clock)', () => {
  it('is the first who claims it; the other is told, and gets it when it is given up', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await served(stage, 'games')
    expect(status(stage, 'games').hosts).toEqual([HOST])
    const before = await made(stage)
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    await stage.clock.advance(5 * MINUTE)
    expect(await made(stage)).toEqual(before)
    expect(stage.vault.signed()).toHaveLength(1)
    const [note, ...more] = told(stage, 'HostClaimed', 'rivals', 'game')
    expect(more).toEqual([])
    expect(note).toContain('spec.rules[0].host')
    expect(note).toContain(`Host ${HOST}`)
    expect(note).toContain('expected a host that nobody else has')
    expect(note).not.toContain('games')
    expect(isServed(stage.kubernetes, 'games')).toBe(true)
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await served(stage, 'rivals')
    expect(codes(stage, 'rivals')).toEqual([])
  })

  it('keeps it, though an older Ingress of another namespace asks for it later, also over a restart', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'rivals', host: 'other.example.com' })
    await stage.clock.advance(1_000)
    givenIngress(stage.kubernetes, { namespace: 'games' })
    const life = stage.start()
    await served(stage, 'games')
    await served(stage, 'rivals')
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    await life.stop()
    stage.start()
    await stage.clock.advance(5 * MINUTE)
    expect(codes(stage, 'games')).toEqual([])
    expect(codes(stage, 'rivals')).toContain('HostClaimed')
    expect(isServed(stage.kubernetes, 'games')).toBe(true)
  })

  it('is a namespace that is listed for it, though an older Ingress of one that is not asks for it', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    annotate(stage, 'games', { 'fairlead.dev/allowed-hosts': '*.example.com' })
    await stage.clock.advance(1_000)
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await served(stage, 'games')
    expect(codes(stage, 'rivals')).toEqual(['HostClaimed'])
  })

  it('keeps it while its Namespace is not listed, also over a restart; nothing is built for the other', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'games' })
    const life = stage.start()
    await served(stage, 'games')
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    await stage.clock.advance(MINUTE)
    const before = await made(stage)
    stage.kubernetes.hide(NAMESPACES, ({ metadata }) => metadata.name === 'games')
    await stage.clock.advance(20 * MINUTE)
    expect(await made(stage)).toEqual(before)
    await life.stop()
    stage.start()
    await stage.clock.advance(20 * MINUTE)
    expect(await made(stage)).toEqual(before)
    expect(codes(stage, 'rivals')).toEqual(['HostClaimed'])
  })

  it('covers the wildcard above it, too', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await served(stage, 'games')
    const before = await made(stage)
    givenIngress(stage.kubernetes, { namespace: 'rivals', host: '*.example.com' })
    await stage.clock.advance(2 * MINUTE)
    expect(await made(stage)).toEqual(before)
    expect(codes(stage, 'rivals')).toEqual(['HostClaimed'])
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await served(stage, 'rivals')
  })

  it('is nobody, under `deny`, until the Namespace allows it: then it is served, without a touch of the Ingress', async () => {
    await using stage = await playing({ tenancy: { unlisted: 'deny' } })
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await stage.clock.advance(5 * MINUTE)
    expect(await census(stage)).toMatchObject(NOTHING)
    expect(stage.vault.signed()).toEqual([])
    const [note] = told(stage, 'HostNotAllowed', 'games', 'game')
    expect(note).toContain(`Host ${HOST} is not allowed in namespace games`)
    expect(note).toContain('fairlead.dev/allowed-hosts')
    annotate(stage, 'games', { 'fairlead.dev/allowed-hosts': 'other.example.com' })
    await stage.clock.advance(MINUTE)
    expect(told(stage, 'HostNotAllowed', 'games', 'game').at(-1)).toContain(
      'other.example.com (by an annotation of the Namespace)',
    )
    const generation = version(stage, 'games')
    annotate(stage, 'games', { 'fairlead.dev/allowed-hosts': '*.example.com' })
    await served(stage, 'games')
    expect(codes(stage, 'games')).toEqual([])
    expect(version(stage, 'games')).toBe(generation)
  })

  it('stays served when the policy gets narrower, new targets included, and gets nothing new', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await served(stage, 'games')
    annotate(stage, 'games', { 'fairlead.dev/allowed-hosts': 'other.example.com' })
    await stage.clock.advance(MINUTE)
    expect(codes(stage, 'games')).toEqual(['HostNotAllowed'])
    const before = await made(stage)
    const calls = await aws.callsDuring(() => {
      givenEndpoints(stage.kubernetes, 'games', 'game', ['10.0.63.1'])
      return stage.clock.advance(2 * MINUTE)
    })
    expect(calls.map((call) => call.operation)).toContain('RegisterTargets')
    const after = await made(stage)
    expect(after.zones).toEqual(before.zones)
    expect(after.certificates).toEqual(before.certificates)
    givenIngress(stage.kubernetes, { namespace: 'games', paths: { '/': 'game', '/api': 'api', '/new': 'api' } })
    givenIngress(stage.kubernetes, { namespace: 'games', name: 'third', host: 'third.example.com' })
    await stage.clock.advance(5 * MINUTE)
    expect(await records(stage)).toEqual(before.zones)
    expect(codes(stage, 'games', 'third')).toEqual(['HostNotAllowed'])
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'third' })
    await stage.clock.runUntil(() => stage.kubernetes.list(INGRESSES).length === 0, { deadlineMs: 30 * MINUTE })
    expect(await census(stage)).toMatchObject(NOTHING)
  })

  it('lets a record go to nobody who may not have it', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { namespace: 'games' })
    givenIngress(stage.kubernetes, { namespace: 'rivals', host: 'other.example.com' })
    annotate(stage, 'rivals', { 'fairlead.dev/allowed-hosts': 'other.example.com' })
    stage.start()
    await served(stage, 'games')
    await served(stage, 'rivals')
    givenIngress(stage.kubernetes, { namespace: 'rivals' })
    await stage.clock.advance(MINUTE)
    expect(codes(stage, 'rivals')).toContain('HostNotAllowed')
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await stage.clock.runUntil(() => stage.kubernetes.get(INGRESSES, { namespace: 'games', name: 'game' }) === null, {
      deadlineMs: 30 * MINUTE,
    })
    const { zones } = await awsState(stage)
    expect(zones.flatMap((zone) => zone.records.map((record) => record.Name)).filter((name) => name.startsWith('game.'))).toEqual(
      [],
    )
  })
})

describe('what else a namespace may have (simulated clock)', () => {
  it('is a certificate profile only if it is listed', async () => {
    const profile = { mount: 'pki_int', role: 'web', keyType: 'rsa-2048' }
    await using stage = await playing({ profiles: { default: profile, other: { ...profile, role: 'web-short' } } })
    annotate(stage, 'games', { 'fairlead.dev/allowed-profiles': 'default' })
    givenIngress(stage.kubernetes, { namespace: 'games', annotations: { 'fairlead.dev/certificate-profile': 'other' } })
    stage.start()
    await stage.clock.advance(5 * MINUTE)
    expect(stage.vault.signed()).toEqual([])
    expect(told(stage, 'ProfileNotAllowed', 'games', 'game')[0]).toContain('expected a profile out of default')
    annotate(stage, 'games', { 'fairlead.dev/allowed-profiles': 'default, other' })
    await served(stage, 'games')
  })

  it('is as many load balancers as its quota says: the next gets one when one goes', async () => {
    await using stage = await playing()
    annotate(stage, 'games', { 'fairlead.dev/quota-load-balancers': '1' })
    givenIngress(stage.kubernetes, { namespace: 'games' })
    stage.start()
    await served(stage, 'games')
    givenIngress(stage.kubernetes, { namespace: 'games', name: 'second', host: 'second.example.com' })
    const plain = { 'fairlead.dev/certificate': 'none' }
    givenIngress(stage.kubernetes, { namespace: 'games', name: 'third', host: 'third.example.com', annotations: plain })
    await stage.clock.advance(5 * MINUTE)
    expect((await awsState(stage)).loadBalancers).toHaveLength(1)
    expect(stage.vault.signed()).toHaveLength(1)
    const [note] = told(stage, 'NamespaceQuotaExceeded', 'games', 'second')
    expect(note).toContain('asks for 3 load balancers and may have 1')
    expect(codes(stage, 'games')).toEqual([])
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    await served(stage, 'games', 'second')
  })

  it('is as many certificates and records as the configuration says; what is there stays when it says fewer', async () => {
    const quotas = (certificates: number, records: number) => ({
      tenancy: { namespaces: { 'game*': { quotas: { certificates, records } } } },
    })
    await using stage = await playing(quotas(1, 2))
    const none = { 'fairlead.dev/certificate': 'none' }
    givenIngress(stage.kubernetes, { namespace: 'games' })
    const life = stage.start()
    await served(stage, 'games')
    givenIngress(stage.kubernetes, { namespace: 'games', name: 'second', host: 'second.example.com' })
    givenIngress(stage.kubernetes, { namespace: 'games', name: 'third', host: 'third.example.com', annotations: none })
    await stage.clock.advance(5 * MINUTE)
    expect(stage.vault.signed()).toHaveLength(1)
    expect(told(stage, 'NamespaceQuotaExceeded', 'games', 'second')[0]).toContain('asks for 2 certificates and may have 1')
    expect(told(stage, 'NamespaceQuotaExceeded', 'games', 'third')[0]).toContain('asks for 3 records and may have 2')
    const before = await records(stage)
    expect(namesIn(before)).not.toContain('third.example.com.')
    await life.stop()
    stage.start({ config: quotas(0, 0) })
    await stage.clock.advance(5 * MINUTE)
    expect(await records(stage)).toEqual(before)
    expect(isServed(stage.kubernetes, 'games')).toBe(true)
    expect(status(stage, 'games').findings).toEqual([
      expect.objectContaining({ code: 'NamespaceQuotaExceeded', severity: 'warning' }),
      expect.objectContaining({ code: 'NamespaceQuotaExceeded', severity: 'warning' }),
    ])
    // It goes on being looked after: with another load balancer its record moves there.
    givenIngress(stage.kubernetes, { namespace: 'games', annotations: { 'alb.ingress.kubernetes.io/scheme': 'internal' } })
    await stage.clock.advance(10 * MINUTE)
    const after = await records(stage)
    expect(after).not.toEqual(before)
    expect(namesIn(after)).toEqual(namesIn(before))
  })

  it('is told on the Namespace where its annotations are not understood', async () => {
    await using stage = await playing()
    annotate(stage, 'games', { 'fairlead.dev/pausd': 'true', 'fairlead.dev/allowed-hosts': 'http://x, *.example.com' })
    stage.start()
    await stage.clock.advance(10_000)
    expect(told(stage, 'UnknownAnnotation', undefined, 'games')[0]).toContain('did you mean fairlead.dev/paused')
    expect(told(stage, 'NamespaceAnnotationInvalid', undefined, 'games')[0]).toContain('has "http://x", which allows nothing')
    annotate(stage, 'rivals', { 'fairlead.dev/paused': 'yes', 'fairlead.dev/quota-records': 'many' })
    await stage.clock.advance(10_000)
    expect(told(stage, 'InvalidAnnotation', undefined, 'rivals')[0]).toContain('"yes"')
    expect(told(stage, 'NamespaceAnnotationInvalid', undefined, 'rivals')[0]).toContain('expected a whole number from 0')
  })
})
