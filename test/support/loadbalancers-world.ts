import { type LoadBalancersObserved, nothingObserved } from '../../controllers/loadbalancers/observed.ts'
import { ALB, FAIRLEAD, INGRESS_CONTROLLER } from '../../controllers/shared/annotations.ts'
import type { CertificateFact, CertificateFacts } from '../../controllers/shared/facts.ts'
import { hashOf } from '../../controllers/shared/names.ts'
import type { ClusterView, EndpointSlice, Ingress, IngressPath, Node, Service } from '../../controllers/shared/objects.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import type { Unit } from '../../controllers/shared/unit.ts'
import { testSettings } from './settings.ts'

export const GROUP: Unit = { kind: 'group', name: 'shop' }
export const START = Date.parse('2026-01-01T00:00:00Z')

export const SETTINGS: Settings = {
  ...testSettings,
  clusterId: 'c0ffee',
  account: '111122223333',
  region: 'eu-west-1',
  txtOwner: 'c0ffee',
  defaults: { ...testSettings.defaults, scheme: 'internet-facing' },
  waits: { ...testSettings.waits, ttlMarginSeconds: 5 },
}

const subnet = (zone: string, role: string, free = 100) => ({
  SubnetId: `subnet-${zone}-${role}`,
  AvailabilityZone: `eu-west-1${zone}`,
  AvailableIpAddressCount: free,
  Tags: { [`kubernetes.io/role/${role}`]: '1', Name: `${role}-${zone}` },
  Public: role === 'elb',
})
export const NETWORK = {
  VpcId: 'vpc-1',
  Subnets: ['a', 'b'].flatMap((zone) => [subnet(zone, 'elb'), subnet(zone, 'internal-elb')]),
}
export const EMPTY: LoadBalancersObserved = { ...nothingObserved, network: NETWORK }

type Path = {
  readonly path?: string
  readonly type?: IngressPath['pathType']
  readonly service?: string
  readonly port?: number | string
}

/** An Ingress of the group `shop`, with a certificate unless its annotations say otherwise. `age` makes later ones younger. */
export function ingress(
  name: string,
  hosts: Readonly<Record<string, readonly Path[]>>,
  options: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly age?: number
    readonly namespace?: string
    readonly group?: string | null
    readonly defaultBackend?: string
  } = {},
): Ingress {
  const group = options.group === undefined ? 'shop' : options.group
  const backend = ({ service = 'web', port = 80 }: Path) => ({
    service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
  })
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: options.namespace ?? 'games',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: new Date(START + (options.age ?? 0) * 1000).toISOString(),
      annotations: {
        ...(group === null ? {} : { [`${ALB}group.name`]: group }),
        [`${FAIRLEAD}certificate`]: 'vault',
        ...options.annotations,
      },
    },
    spec: {
      ingressClassName: 'fairlead',
      rules: Object.entries(hosts).map(([host, paths]) => ({
        ...(host === '' ? {} : { host }),
        http: {
          paths: paths.map((path) => ({
            ...(path.path === undefined ? {} : { path: path.path }),
            pathType: path.type ?? 'Prefix',
            backend: backend(path),
          })),
        },
      })),
      ...(options.defaultBackend === undefined ? {} : { defaultBackend: backend({ service: options.defaultBackend }) }),
    },
  }
}

export function service(name: string, more: Partial<Service['spec']> = {}, namespace = 'games'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080 }], ...more },
  }
}

export function slice(
  serviceName: string,
  addresses: readonly string[],
  conditions: Record<string, boolean> = {},
  namespace = 'games',
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${serviceName}-1`,
      namespace,
      uid: `uid-slice-${serviceName}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/service-name': serviceName },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions })),
  }
}

export function node(name: string, more: { ready?: boolean; labels?: Record<string, string>; taint?: string } = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', labels: more.labels ?? {} },
    spec: {
      providerID: `aws:///eu-west-1a/i-${name}`,
      ...(more.taint === undefined ? {} : { taints: [{ key: more.taint, effect: 'NoSchedule' }] }),
    },
    status: { conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }] },
  }
}

function octet(text: string, from: number): number {
  return Number.parseInt(hashOf(text).slice(from, from + 2), 16)
}

/** A cluster with these Ingresses, and with the Services they name, each with two ready endpoints, unless given. */
export function view(ingresses: readonly Ingress[], more: Partial<ClusterView> = {}): ClusterView {
  const names = new Set(
    ingresses.flatMap((item) =>
      (item.spec.rules ?? []).flatMap((rule) =>
        (rule.http?.paths ?? []).map((path) => `${item.metadata.namespace}/${path.backend.service?.name}`),
      ),
    ),
  )
  const all = [...names].map((key) => ({
    namespace: key.split('/')[0]!,
    name: key.split('/')[1]!,
    net: `10.${octet(key, 0)}.${octet(key, 2)}`,
  }))
  return {
    ingresses,
    ingressClasses: [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'fairlead', uid: 'class', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: { controller: INGRESS_CONTROLLER },
      },
    ],
    services: all.map((item) => service(item.name, {}, item.namespace)),
    endpointSlices: all.map((item) => slice(item.name, [`${item.net}.1`, `${item.net}.2`], {}, item.namespace)),
    nodes: [node('one'), node('two')],
    namespaces: [],
    secrets: [],
    ...more,
  }
}

export function context(cluster: ClusterView, now = START, settings = SETTINGS, unit = GROUP): PlanContext {
  return { unit, view: cluster, settings, now }
}

/** A certificate for each host, in ACM already. */
export function certificates(hosts: readonly string[], retiring: readonly CertificateFact[] = []): CertificateFacts {
  return { current: hosts.map((host) => certificate(host)), retiring }
}

export function certificate(host: string, arn = arnOf(host)): CertificateFact {
  const object = { kind: 'Ingress', namespace: 'games', name: 'a' }
  return { slot: `slot-${host}`, object, hosts: [host], arn, serial: null, keyType: 'ec-p256', trust: 'private' }
}

export function arnOf(host: string, generation = 1): string {
  return `arn:aws:acm:eu-west-1:111122223333:certificate/${host.replace('*', 'any')}-${generation}`
}
