import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { asController } from '../../controllers/aws/as-controller.ts'
import type { AwsClients } from '../../controllers/aws/clients.ts'
import { loadBalancersEffects } from '../../controllers/loadbalancers/controller.ts'
import type { LoadBalancersObserved } from '../../controllers/loadbalancers/observed.ts'
import { loadBalancersPlanner } from '../../controllers/loadbalancers/planner.ts'
import type { LoadBalancerIntent } from '../../controllers/loadbalancers/wish.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import type { Effects } from '../../controllers/runtime/effects.ts'
import { execute } from '../../controllers/runtime/executor.ts'
import type { Change, Wait } from '../../controllers/shared/change.ts'
import type { CertificateFact } from '../../controllers/shared/facts.ts'
import type { ChangeFailed } from '../../controllers/shared/failure.ts'
import type { ClusterView, EndpointSlice, Ingress, Service } from '../../controllers/shared/objects.ts'
import { inOrderOfNeeds, type Plan } from '../../controllers/shared/plan.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { type AwsStandIn, awsAccount, awsRegion, type Seeded } from '../support/aws.ts'
import { testSettings } from '../support/settings.ts'

export const host = 'game.example.com'
export const clusterId = 'cluster-under-test'

/** Quick propagation and no throttling: what these tests are not about. */
export const quickAws = {
  buckets: false,
  albActiveSeconds: 0.05,
  targetHealthSeconds: 0.05,
  targetDrainSeconds: 0.05,
  eniReleaseSeconds: 0.2,
  taggingLagSeconds: 0.2,
  acmInUseClearSeconds: 0,
}

/** The limiter has its own tests; here it only would slow down what is measured in calls. */
const unlimited = Object.fromEntries(
  [
    'elbv2.Account',
    'elbv2.Describe',
    'elbv2.Mutating',
    'elbv2.Targets',
    'elbv2.CreateLoadBalancer',
    'ec2.Non-mutating',
    'ec2.Mutating',
    'acm.ImportCertificate',
  ].map((name) => [name, [1000, 1000] as const]),
)

const where = { account: awsAccount, region: awsRegion }
export const options = { signal: new AbortController().signal }

/** A cluster with one Ingress, an AWS account to serve it from, and the controller between them. */
export type World = {
  readonly aws: AwsClients
  readonly seeded: Seeded
  readonly certificateArn: string
  readonly where: typeof where
  /** What the certificates controller has. */
  certificates: readonly CertificateFact[]
  view: ClusterView
  effects: Effects<LoadBalancerIntent, LoadBalancersObserved>
  /** Forgets everything in memory, as a restart does. */
  restart(): void
  context(): PlanContext
  plan(): Plan
  /** What the changes wait for, and what whoever publishes the host would wait for. */
  waits(): readonly Wait[]
  refresh(kind: 'missing' | 'sweep'): Promise<void>
  lookAtWaits(): Promise<void>
  /** One pass: refresh what is missing, apply what is ready. Its failures. */
  pass(): Promise<readonly ChangeFailed[]>
  /** Passes until nothing is planned; fails after 15 seconds. All failures on the way. */
  settle(): Promise<readonly ChangeFailed[]>
  observed(): LoadBalancersObserved
}

export async function makeWorld(standIn: AwsStandIn, services = 2): Promise<World> {
  await standIn.reset()
  const seeded = await standIn.seed({ vpc: { cluster: 'demo', ipv6: true } })
  const aws = standIn.clients({ limiter: { overrides: unlimited } })
  const certificateArn = await importCertificate(aws, host)
  const settings = settingsFor(seeded)
  const certificate: CertificateFact = {
    slot: 'game',
    object: { kind: 'Ingress', namespace: 'games', name: 'game' },
    hosts: [host],
    arn: certificateArn,
    serial: null,
    keyType: 'ec-p256',
    trust: 'private',
  }
  const up = () => ({ certificates: { current: world.certificates, retiring: [] } })
  const make = () => loadBalancersEffects({ aws: asController(aws, 'loadbalancers'), clock: realClock, settings })
  const world: World = {
    aws,
    seeded,
    certificateArn,
    where,
    certificates: [certificate],
    view: viewOf(services, seeded),
    effects: make(),
    restart() {
      world.effects = make()
    },
    context: () => ({ unit: { kind: 'ingress', namespace: 'games', name: 'game' }, view: world.view, settings, now: Date.now() }),
    plan() {
      const context = world.context()
      const { intent, findings } = loadBalancersPlanner.intend(context)
      const observed = world.effects.observed(context)
      const built = loadBalancersPlanner.build(context, intent, observed, up())
      const gone = loadBalancersPlanner.retire(context, intent, observed, up(), { dns: { pointing: [] } })
      const changes = inOrderOfNeeds([...built.changes, ...gone])
      return { version: 1, unit: 'ingress/games/game', changes, findings: [...findings, ...built.findings] }
    },
    waits() {
      const context = world.context()
      const { intent } = loadBalancersPlanner.intend(context)
      const { facts } = loadBalancersPlanner.build(context, intent, world.observed(), up())
      return [...world.plan().changes.flatMap((item) => item.waits), ...facts.serving.flatMap((item) => item.publishable.waits)]
    },
    refresh: (kind) => world.effects.refresh(world.context(), intentOf(world), { kind }, options.signal),
    lookAtWaits: () =>
      world.effects.refresh(world.context(), intentOf(world), { kind: 'waits', waits: world.waits() }, options.signal),
    async pass() {
      await world.refresh('missing')
      const failures: ChangeFailed[] = []
      await execute(
        {
          plan: () => world.plan(),
          applierOf: () => (changes: readonly Change[], signal: AbortSignal) =>
            world.effects.apply(world.context(), changes, signal),
          allowed: (changes) => changes,
          held: () => false,
          onApplied: () => undefined,
          onFailed: (_change, failure) => failures.push(failure),
          concurrency: 4,
        },
        options.signal,
      )
      return failures
    },
    async settle() {
      const deadline = performance.now() + 15_000
      const failures: ChangeFailed[] = []
      for (;;) {
        failures.push(...(await world.pass()))
        await world.refresh('missing')
        const { changes } = world.plan()
        if (changes.length === 0 && world.waits().length === 0) return failures
        if (performance.now() > deadline)
          throw new Error(`still planned: ${JSON.stringify(changes, null, 1)}\nfailed: ${failures.join('\n')}`)
        await world.lookAtWaits()
      }
    },
    observed: () => world.effects.observed(world.context()),
  }
  return world
}

function intentOf(world: World): LoadBalancerIntent {
  return loadBalancersPlanner.intend(world.context()).intent
}

function settingsFor(seeded: Seeded): Settings {
  return {
    ...testSettings,
    clusterId,
    account: awsAccount,
    region: awsRegion,
    vpcId: seeded.vpcId,
    txtOwner: 'tests',
    defaults: { ...testSettings.defaults, scheme: 'internet-facing' },
    waits: {
      firstHealthySeconds: 5,
      aliasTtlSeconds: 0,
      ttlMarginSeconds: 0,
      propagationSeconds: 0,
      loadBalancerActiveSeconds: 1,
    },
  }
}

const meta = (name: string) => ({
  name,
  namespace: 'games',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})

/** N services with one pod each, and an Ingress with one path to each of them. */
export function viewOf(services: number, seeded: Seeded, firstAddress = 10): ClusterView {
  const names = Array.from({ length: services }, (_, index) => `svc-${index}`)
  const subnet = seeded.subnets.private[0]!.cidr.split('.').slice(0, 3).join('.')
  const ingress: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...meta('game'),
      annotations: {
        'alb.ingress.kubernetes.io/listen-ports': '[{"HTTP":80},{"HTTPS":443}]',
        'alb.ingress.kubernetes.io/ssl-redirect': '443',
      },
    },
    spec: {
      ingressClassName: 'fairlead',
      rules: [
        {
          host,
          http: {
            paths: names.map((name, index) => ({
              path: index === 0 ? '/' : `/${name}`,
              pathType: 'Prefix',
              backend: { service: { name, port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  }
  return {
    ingresses: [ingress],
    ingressClasses: [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'fairlead', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: { controller: 'fairlead.dev/ingress' },
      },
    ],
    services: names.map(
      (name): Service => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: meta(name),
        spec: { type: 'ClusterIP', clusterIP: '10.96.0.1', selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
      }),
    ),
    endpointSlices: names.map(
      (name, index): EndpointSlice => ({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...meta(`${name}-1`), labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ port: 8080, protocol: 'TCP' }],
        endpoints: [{ addresses: [`${subnet}.${firstAddress + index}`], conditions: { ready: true, serving: true } }],
      }),
    ),
    nodes: [],
    namespaces: [],
    secrets: [],
  }
}

export const nothingWanted: ClusterView = {
  ingresses: [],
  ingressClasses: [],
  services: [],
  endpointSlices: [],
  nodes: [],
  namespaces: [],
  secrets: [],
}

export async function importCertificate(aws: AwsClients, name: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 30 * 86_400_000),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const pem = `-----BEGIN PRIVATE KEY-----\n${key.match(/.{1,64}/g)!.join('\n')}\n-----END PRIVATE KEY-----\n`
  const answer = await aws
    .acm(where)
    .importCertificate({ Certificate: Buffer.from(certificate.toString('pem')), PrivateKey: Buffer.from(pem) }, options)
  return answer.CertificateArn!
}

/** What the stand-in holds in the account under test. */
export async function stateOf(standIn: AwsStandIn): Promise<Readonly<Record<string, unknown>>> {
  const { accounts } = (await standIn.state(awsAccount)) as { readonly accounts: Record<string, Record<string, unknown>> }
  return accounts[awsAccount]!
}
