import fc from 'fast-check'
import type { Claim } from '../../controllers/dns/observed.ts'
import { FINALIZER } from '../../controllers/shared/annotations.ts'
import type { ClusterView, EndpointSlice, Ingress, IngressClass, Meta, Service } from '../../controllers/shared/objects.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { testSettings } from './settings.ts'

/** One Ingress of a scenario, as little as decides what is planned. */
export type Site = {
  readonly name: string
  readonly hosts: readonly string[]
  /** Hosts that are in `spec.tls`, too, or alone. */
  readonly tls?: readonly string[]
  readonly scheme: 'internal' | 'internet-facing'
  readonly ipAddressType: 'ipv4' | 'dualstack'
  readonly certificate: 'vault' | 'none'
  readonly profile: 'default' | 'ec'
  /** Path to Service. */
  readonly paths: Readonly<Record<string, string>>
  readonly healthPath: string
  readonly inGroup: boolean
  readonly deleted: boolean
}
/** A state of the cluster: Ingresses of one group, and how many pods each Service has. */
export type State = {
  readonly sites: readonly Site[]
  readonly pods: Readonly<Record<string, number>>
  readonly movedPods: readonly string[]
}

/** An Ingress of a fixed scenario: one host, one path, with a certificate. */
export function siteAt(name: string, hosts: readonly string[], more: Partial<Site> = {}): Site {
  const usual = {
    scheme: 'internal',
    ipAddressType: 'ipv4',
    certificate: 'vault',
    profile: 'default',
    healthPath: '/',
    inGroup: true,
    deleted: false,
  } as const
  return { name, hosts, paths: { '/': 'web' }, ...usual, ...more }
}

const HOSTS = ['a.example.com', 'b.example.com', 'c.example.com', '*.example.com']
const SERVICES = ['web', 'api', 'img']
const PATHS = ['/', '/api', '/img/x']

const site = (name: string): fc.Arbitrary<Site> =>
  fc.record({
    name: fc.constant(name),
    hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    scheme: fc.constantFrom('internet-facing' as const, 'internal' as const),
    ipAddressType: fc.constant('ipv4' as const),
    certificate: fc.constantFrom('vault' as const, 'vault' as const, 'vault' as const, 'none' as const),
    profile: fc.constant('default' as const),
    paths: fc.dictionary(fc.constantFrom(...PATHS), fc.constantFrom(...SERVICES), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
    healthPath: fc.constantFrom('/', '/healthz'),
    inGroup: fc.constant(true),
    deleted: fc.constant(false),
  })

const pods = fc.record({
  web: fc.integer({ min: 1, max: 3 }),
  api: fc.integer({ min: 1, max: 3 }),
  img: fc.integer({ min: 0, max: 2 }),
})

export const state: fc.Arbitrary<State> = fc
  .tuple(
    fc.constantFrom('internet-facing' as const, 'internal' as const),
    fc.constantFrom('ipv4' as const, 'dualstack' as const),
    fc.integer({ min: 1, max: 3 }),
    site('one'),
    site('two'),
    site('three'),
    pods,
  )
  .map(([scheme, ipAddressType, count, one, two, three, counts]) => ({
    // A group has one of each; one that differs is a finding, which has its own tests.
    sites: [one, two, three].slice(0, count).map((item) => ({ ...item, scheme, ipAddressType })),
    pods: counts,
    movedPods: [],
  }))

export type Mutation =
  | 'scheme'
  | 'addresses'
  | 'profile'
  | 'hosts'
  | 'backend'
  | 'leave'
  | 'delete'
  | 'pods'
  | 'move-pods'
  | 'health'
  | 'certificate'
const MUTATIONS: readonly Mutation[] = [
  'scheme',
  'addresses',
  'profile',
  'hosts',
  'backend',
  'leave',
  'delete',
  'pods',
  'move-pods',
  'health',
  'certificate',
]

/** A state and what people did to it next: one to three changes at once. */
export const pair: fc.Arbitrary<{ readonly before: State; readonly after: State; readonly mutations: readonly Mutation[] }> = fc
  .tuple(state, fc.uniqueArray(fc.constantFrom(...MUTATIONS), { minLength: 1, maxLength: 3 }), fc.nat(2), state)
  .map(([before, mutations, pick, other]) => ({
    before,
    mutations,
    after: mutations.reduce((at, kind) => mutated(at, kind, pick % at.sites.length, other), before),
  }))

function mutated(at: State, kind: Mutation, pick: number, other: State): State {
  const change = (part: (site: Site) => Partial<Site>): State => ({
    ...at,
    sites: at.sites.map((item, index) => (index === pick ? { ...item, ...part(item) } : item)),
  })
  const donor = other.sites[0]!
  switch (kind) {
    case 'scheme':
      return {
        ...at,
        sites: at.sites.map((item) => ({ ...item, scheme: item.scheme === 'internal' ? 'internet-facing' : 'internal' })),
      }
    case 'addresses':
      return {
        ...at,
        sites: at.sites.map((item) => ({ ...item, ipAddressType: item.ipAddressType === 'ipv4' ? 'dualstack' : 'ipv4' })),
      }
    case 'profile':
      return change((item) => ({ profile: item.profile === 'ec' ? 'default' : 'ec' }))
    case 'hosts':
      return change(() => ({ hosts: donor.hosts }))
    case 'backend':
      return change((item) => ({
        paths: Object.fromEntries(
          Object.entries(item.paths).map(([path, service]) => [path, SERVICES[(SERVICES.indexOf(service) + 1) % 2]!]),
        ),
      }))
    case 'leave':
      return change(() => ({ inGroup: false }))
    case 'delete':
      return change(() => ({ deleted: true }))
    case 'pods':
      return { ...at, pods: other.pods }
    case 'move-pods':
      return { ...at, movedPods: SERVICES }
    case 'health':
      return change((item) => ({ healthPath: item.healthPath === '/' ? '/healthz' : '/' }))
    case 'certificate':
      return change((item) => ({ certificate: item.certificate === 'vault' ? 'none' : 'vault' }))
    default:
      return kind satisfies never
  }
}

const meta = (name: string, age: number, more: Partial<Meta> = {}): Meta => ({
  name,
  namespace: 'games',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, age)).toISOString(),
  ...more,
})

/** The cluster in a state, with our finalizer on the Ingresses that `owned` names. */
export function viewOf(at: State, owned: readonly string[]): ClusterView {
  const fairleadClass: IngressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: meta('fairlead', 0),
    spec: { controller: 'fairlead.dev/ingress' },
  }
  return {
    ingresses: at.sites
      .map((item, index) => ({ item, index }))
      .filter(({ item }) => item.inGroup && (!item.deleted || owned.includes(item.name)))
      .map(({ item, index }) => ingressOf(item, index, owned)),
    ingressClasses: [fairleadClass],
    services: SERVICES.map((name, index) => serviceOf(name, index)),
    endpointSlices: SERVICES.map((name, index) => sliceOf(name, index, at)),
    nodes: [],
    namespaces: [],
    secrets: [],
  }
}

function ingressOf(item: Site, age: number, owned: readonly string[]): Ingress {
  const annotations = {
    'alb.ingress.kubernetes.io/group.name': 'team',
    'alb.ingress.kubernetes.io/scheme': item.scheme,
    'alb.ingress.kubernetes.io/ip-address-type': item.ipAddressType,
    'alb.ingress.kubernetes.io/target-type': 'ip',
    'alb.ingress.kubernetes.io/healthcheck-path': item.healthPath,
    'fairlead.dev/certificate': item.certificate,
    ...(item.profile === 'default' ? {} : { 'fairlead.dev/certificate-profile': item.profile }),
  }
  const paths = Object.entries(item.paths).map(([path, service]) => ({
    path,
    pathType: 'Prefix' as const,
    backend: { service: { name: service, port: { number: 80 } } },
  }))
  const finalizers = owned.includes(item.name) ? { finalizers: [FINALIZER] } : {}
  const deletion = item.deleted ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta(item.name, age + 1, { annotations, ...finalizers, ...deletion }),
    spec: {
      ingressClassName: 'fairlead',
      rules: item.hosts.map((host) => ({ host, http: { paths } })),
      ...(item.tls === undefined ? {} : { tls: [{ hosts: item.tls }] }),
    },
  }
}

function serviceOf(name: string, index: number): Service {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(name, 0),
    spec: { type: 'ClusterIP', clusterIP: `172.20.0.${index + 1}`, selector: { app: name }, ports },
  }
}

function sliceOf(name: string, index: number, at: State): EndpointSlice {
  const from = at.movedPods.includes(name) ? 100 : 10
  const endpoints = Array.from({ length: at.pods[name] ?? 0 }, (_, pod) => ({
    addresses: [`10.0.${index}.${from + pod}`],
    conditions: { ready: true },
  }))
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(`${name}-1`, 0, { labels: { 'kubernetes.io/service-name': name } }),
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints,
  }
}

const profile = { vault: 'default', mount: 'pki_int', role: 'web', ttlSeconds: 30 * 86_400, renewBeforeSeconds: 10 * 86_400 }
export const scenarioSettings: Settings = {
  ...testSettings,
  profiles: { default: { ...profile, keyType: 'rsa-2048' }, ec: { ...profile, keyType: 'ec-p256' } },
}

/** Where the Ingresses that left the group are now: units of their own, which serve already, or go. */
export function claimsOf(at: State): readonly Claim[] {
  const ages = at.sites.map((item) => item.name)
  return at.sites
    .filter((item) => !item.inGroup)
    .map((item) => ({
      object: { kind: 'Ingress', namespace: 'games', name: item.name },
      unit: `ingress/games/${item.name}`,
      hosts: item.hosts,
      age: `${meta(item.name, ages.indexOf(item.name) + 1).creationTimestamp} uid-${item.name}`,
      live: !item.deleted,
      serves: true,
    }))
}

export function contextOf(view: ClusterView, now: number): PlanContext {
  return { unit: { kind: 'group', name: 'team' }, view, settings: scenarioSettings, now }
}
