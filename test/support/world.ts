import { ENDPOINT_SLICES, INGRESS_CLASSES, INGRESSES, type ResourceKind, SERVICES } from '../../controllers/cluster/kubernetes.ts'
import type { KubernetesStandin } from './kubernetes-standin.ts'

export type WebOptions = {
  readonly namespace?: string
  readonly name?: string
  readonly host?: string
  readonly annotations?: Readonly<Record<string, string>>
  /** Path (Prefix) to Service name. Default: `/` to `game`, `/api` to `api`. */
  readonly paths?: Readonly<Record<string, string>>
  readonly ingressClassName?: string
  /** Of every backend. */
  readonly port?: number
}

/** The IngressClass as an installation brings it. */
export function givenIngressClass(kubernetes: KubernetesStandin): void {
  put(kubernetes, INGRESS_CLASSES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'fairlead' },
    spec: { controller: 'fairlead.dev/ingress' },
  })
}

type Manifest = { readonly metadata: object; readonly [field: string]: unknown }

function put(kubernetes: KubernetesStandin, kind: ResourceKind, manifest: Manifest): void {
  kubernetes.apply(kind, manifest)
}

let addresses = 0

/** A Service on port 80 with ready pods behind it, in the addresses of the stage's private subnets. */
export function givenService(kubernetes: KubernetesStandin, namespace: string, name: string, pods = 2): readonly string[] {
  const ips = Array.from({ length: pods }, () => `10.0.${48 + (Math.floor(addresses / 250) % 16)}.${4 + (addresses++ % 250)}`)
  put(kubernetes, SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: {
      type: 'ClusterIP',
      clusterIP: '172.20.0.1',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  })
  givenEndpoints(kubernetes, namespace, name, ips)
  return ips
}

export function givenEndpoints(kubernetes: KubernetesStandin, namespace: string, name: string, ips: readonly string[]): void {
  put(kubernetes, ENDPOINT_SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true, serving: true, terminating: false } })),
  })
}

const SAMPLE = {
  'alb.ingress.kubernetes.io/scheme': 'internet-facing',
  'alb.ingress.kubernetes.io/target-type': 'ip',
  'fairlead.dev/certificate': 'vault',
}

/** An annotation given as '' is left out. */
function withoutEmpty(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== ''))
}

/** An annotated Ingress: certificate from Vault, internet-facing, targets by IP. */
export function givenIngress(kubernetes: KubernetesStandin, options: WebOptions = {}): void {
  const {
    namespace = 'games',
    name = 'game',
    host = 'game.example.com',
    annotations = {},
    paths = { '/': 'game', '/api': 'api' },
  } = options
  put(kubernetes, INGRESSES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      namespace,
      name,
      annotations: withoutEmpty({ ...SAMPLE, ...annotations }),
    },
    spec: {
      ingressClassName: options.ingressClassName ?? 'fairlead',
      rules: [
        {
          host,
          http: {
            paths: Object.entries(paths).map(([path, service]) => ({
              path,
              pathType: 'Prefix',
              backend: { service: { name: service, port: { number: options.port ?? 80 } } },
            })),
          },
        },
      ],
    },
  })
}

/** Whether Fairlead says that the Ingress is served. */
export function isServed(kubernetes: KubernetesStandin, namespace = 'games', name = 'game'): boolean {
  return kubernetes.get(INGRESSES, { namespace, name })?.metadata.annotations?.['fairlead.dev/ready'] === 'true'
}
