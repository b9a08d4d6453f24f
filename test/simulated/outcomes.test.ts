import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, signingRequest } from '../../controllers/certificates/csr.ts'
import { INGRESS_CLASSES, INGRESSES, NAMESPACES, SERVICES } from '../../controllers/cluster/kubernetes.ts'
import type { Ingress } from '../../controllers/shared/objects.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { awsState, census, NOTHING_LEFT } from '../support/remains.ts'
import { type Life, REGION, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const GAME = { namespace: 'games', name: 'game' }
const HOST = 'game.example.com'
const SERVED = {
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

/** The rows of the table in the guide: what the first column says, without markup. */
const rows = readFileSync(join(import.meta.dirname, '../../docs/guides/safety.md'), 'utf8')
  .split('## When an object stops wanting something')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what happens') && !line.startsWith('| ---'))
  .map((line) => line.split('|')[1]!.replace(/[`*]/g, '').trim())

/** A certificate that somebody else imported. */
async function givenCertificate(stage: SimulatedStage): Promise<string> {
  const { signal } = new AbortController()
  const key = await newKey('rsa-2048')
  const asked = { vault: 'default', mount: 'pki_int', role: 'web', commonName: HOST, dnsNames: [HOST], ttlSeconds: 86_400 * 20 }
  const signed = await stage.vault.sign({ ...asked, csr: signingRequest(key, HOST, [HOST]) }, signal)
  const clients = aws.clients()
  try {
    const { CertificateArn } = await clients.acm({ account: awsAccount, region: REGION }).importCertificate(
      {
        Certificate: Buffer.from(signed.certificate),
        PrivateKey: Buffer.from(key),
        CertificateChain: Buffer.from(signed.chain.join('')),
      },
      { signal, priority: 'change' },
    )
    return CertificateArn!
  } finally {
    clients.close()
  }
}

type Play = { readonly stage: SimulatedStage; readonly life: Life; readonly before: Readonly<Record<string, number>> }

const annotate = (stage: SimulatedStage, annotations: Readonly<Record<string, string | null>>) =>
  stage.kubernetes.patch(INGRESSES, GAME, { metadata: { annotations } })
const spec = (stage: SimulatedStage, body: object) => stage.kubernetes.patch(INGRESSES, GAME, { spec: body })
const ingress = (stage: SimulatedStage) => stage.kubernetes.get<Ingress>(INGRESSES, GAME)
const findings = (stage: SimulatedStage) =>
  (
    JSON.parse(ingress(stage)?.metadata.annotations?.['fairlead.dev/status'] ?? '{}') as { findings?: { code: string }[] }
  ).findings?.map((item) => item.code) ?? []
const recordNames = async (stage: SimulatedStage) =>
  (await awsState(stage)).zones
    .flatMap((zone) => zone.records)
    .filter((record) => record.Type === 'A')
    .map((record) => record.Name.replace(/\.$/, ''))
const rule = (host: string, service = 'game') => ({
  host,
  http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } }] },
})
const untouched = (stage: SimulatedStage) => {
  const { finalizers, annotations = {} } = ingress(stage)!.metadata
  return {
    finalizers: finalizers ?? [],
    ours: Object.keys(annotations).filter((key) => /fairlead.dev\/(status|ready)/.test(key)),
  }
}
const NO_TRACE = { finalizers: [], ours: [] }

const OUTCOMES: Readonly<Record<string, (play: Play) => Promise<void>>> = {
  'the Ingress is deleted': async ({ stage }) => {
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  },
  'its Namespace is deleted': async ({ stage }) => {
    stage.kubernetes.delete(NAMESPACES, { name: 'games' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  },
  'a host is taken out': async ({ stage }) => {
    spec(stage, { rules: [rule(HOST), rule('two.example.com')] })
    await stage.clock.advance(HOUR)
    expect(await recordNames(stage)).toEqual(expect.arrayContaining([HOST, 'two.example.com']))
    spec(stage, { rules: [rule(HOST)] })
    await stage.clock.advance(HOUR)
    expect(await recordNames(stage)).toEqual([HOST])
    expect(isServed(stage.kubernetes)).toBe(true)
    expect(await census(stage)).toMatchObject({ certificates: 1, loadBalancers: 1, rules: 1, targetGroups: 1 })
  },
  'a path is taken out': async ({ stage }) => {
    spec(stage, { rules: [rule(HOST)] })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toMatchObject({ ...SERVED, rules: 1, targetGroups: 1 })
  },
  'fairlead.dev/certificate is removed, or none': async ({ stage }) => {
    annotate(stage, { 'fairlead.dev/certificate': null })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toMatchObject({ ...SERVED, listeners: 1, certificates: 0, secrets: 0 })
    annotate(stage, { 'fairlead.dev/certificate': 'vault' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toMatchObject(SERVED)
    annotate(stage, { 'fairlead.dev/certificate': 'none' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toMatchObject({ ...SERVED, listeners: 1, certificates: 0, secrets: 0 })
  },
  'fairlead.dev/certificate names another certificate': async ({ stage }) => {
    const arn = await givenCertificate(stage)
    annotate(stage, { 'fairlead.dev/certificate': arn })
    await stage.clock.advance(HOUR)
    expect((await awsState(stage)).certificates.map((one) => one.arn)).toEqual([arn])
  },
  'alb.ingress.kubernetes.io/group.name changes': async ({ stage }) => {
    const { loadBalancers } = await awsState(stage)
    annotate(stage, { 'alb.ingress.kubernetes.io/group.name': 'other' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(SERVED)
    expect((await awsState(stage)).loadBalancers).not.toEqual(loadBalancers)
    expect(isServed(stage.kubernetes)).toBe(true)
  },
  'an annotation becomes wrong': async ({ stage, before }) => {
    annotate(stage, { 'alb.ingress.kubernetes.io/scheme': 'sideways' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(before)
    expect(findings(stage)).toContain('InvalidAnnotation')
  },
  "its class is another's": async ({ stage }) => {
    spec(stage, { ingressClassName: 'nginx' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual({ ...NOTHING_LEFT, ingresses: 1 })
    expect(untouched(stage)).toEqual(NO_TRACE)
  },
  'the IngressClass is deleted': async ({ stage }) => {
    stage.kubernetes.delete(INGRESS_CLASSES, { name: 'fairlead' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual({ ...NOTHING_LEFT, ingresses: 1 })
    expect(untouched(stage)).toEqual(NO_TRACE)
  },
  'a Service it names is deleted': async ({ stage, before }) => {
    stage.kubernetes.delete(SERVICES, { namespace: 'games', name: 'api' })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(before)
    expect(findings(stage)).toContain('ServiceNotFound')
  },
  'its Namespace may not have the host any more': async ({ stage, before }) => {
    const annotations = { 'fairlead.dev/allowed-hosts': 'shop.example.com' }
    stage.kubernetes.patch(NAMESPACES, { name: 'games' }, { metadata: { annotations } })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(before)
    expect(await recordNames(stage)).toEqual([HOST])
    // New targets, too: what is in place is looked after.
    givenEndpoints(stage.kubernetes, 'games', 'game', ['10.0.48.250'])
    await stage.clock.advance(HOUR)
    expect(JSON.stringify((await awsState(stage)).targetGroups)).toContain('10.0.48.250')
    expect(findings(stage)).toContain('HostNotAllowed')
    expect(ingress(stage)?.metadata.annotations?.['fairlead.dev/ready']).toBe('false')
  },
  'it, or its Namespace, is paused': async ({ stage, before }) => {
    annotate(stage, { 'fairlead.dev/paused': 'true' })
    spec(stage, { rules: [rule(HOST)] })
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(before)
  },
  'our finalizer is forced off and it is deleted': async ({ stage }) => {
    stage.kubernetes.delete(INGRESSES, GAME)
    stage.kubernetes.patch(INGRESSES, GAME, { metadata: { finalizers: null } })
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(NOTHING_LEFT)
  },
  'it is not listed any more, and nobody saw a deletion': async ({ stage, life }) => {
    stage.kubernetes.hide(INGRESSES)
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toMatchObject({ loadBalancers: 0, records: 0 })
    expect(life.safety.brake.lost).toBeGreaterThanOrEqual(1)
  },
  'the policy becomes upsert-only, and it is deleted': async ({ stage, life, before }) => {
    await life.stop()
    stage.start({ config: { policy: 'upsert-only' } })
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual({ ...before, ingresses: 0 })
  },
  'the policy becomes observe': async ({ stage, life, before }) => {
    await life.stop()
    stage.start({ config: { policy: 'observe' } })
    stage.kubernetes.delete(INGRESSES, GAME)
    await stage.clock.advance(HOUR)
    expect(await census(stage)).toEqual(before)
  },
}

describe('docs/guides/safety.md: when an object stops wanting something (simulated clock)', () => {
  it('has a test for each row, and a row for each test', () => {
    expect(rows).toEqual(Object.keys(OUTCOMES))
  })

  it.each(Object.entries(OUTCOMES))('%s', async (_what, play) => {
    await using stage = await simulatedStage({ aws })
    givenIngressClass(stage.kubernetes)
    for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
    givenIngress(stage.kubernetes)
    const life = stage.start()
    await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
    const before = await census(stage)
    expect(before).toEqual(SERVED)
    await play({ stage, life, before })
  })
})
