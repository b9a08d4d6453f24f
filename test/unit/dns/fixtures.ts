import type { DnsObserved, RecordSet, Zone } from '../../../controllers/dns/observed.ts'
import { nothingObserved } from '../../../controllers/dns/observed.ts'
import { dnsPlanner } from '../../../controllers/dns/planner.ts'
import { type RecordType, registryName } from '../../../controllers/dns/registry.ts'
import type { Change } from '../../../controllers/shared/change.ts'
import type { ServingFact } from '../../../controllers/shared/facts.ts'
import type { Ingress, IngressClass } from '../../../controllers/shared/objects.ts'
import { inOrderOfNeeds } from '../../../controllers/shared/plan.ts'
import type { DnsUp, PlanContext } from '../../../controllers/shared/planner.ts'
import type { Settings } from '../../../controllers/shared/settings.ts'
import { parseUnitKey } from '../../../controllers/shared/unit.ts'
import { testSettings } from '../../support/settings.ts'

export const OWNER = 'cluster-one'
export const NOW = Date.UTC(2026, 0, 1, 12)
export const PUBLIC: Zone = { id: 'ZPUBLIC', name: 'example.com', private: false }
export const PRIVATE: Zone = { id: 'ZPRIVATE', name: 'example.com', private: true }
export const BALANCER = 'lb-1.eu-west-1.elb.amazonaws.com'
export const ELB_ZONE = 'ZELB'

export const settings: Settings = {
  ...testSettings,
  region: 'eu-west-1',
  txtOwner: OWNER,
  defaults: { ...testSettings.defaults, sslPolicy: 'p' },
  waits: { ...testSettings.waits, ttlMarginSeconds: 5, loadBalancerActiveSeconds: 120 },
}

const ingressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { controller: 'fairlead.dev/ingress' },
}

export type IngressOptions = {
  readonly annotations?: Readonly<Record<string, string>>
  readonly leaving?: boolean
  readonly status?: string
  readonly created?: string
  /** Hosts of `spec.tls`. */
  readonly tls?: readonly string[]
}

const paths = [{ path: '/', pathType: 'Prefix' as const, backend: { service: { name: 'web', port: { number: 80 } } } }]

export function ingress(name: string, hosts: readonly string[], options: IngressOptions = {}): Ingress {
  const { annotations = {}, leaving = false, status, created = '2026-01-01T00:00:00Z', tls = [] } = options
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      namespace: 'games',
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: created,
      annotations,
      ...(leaving ? { deletionTimestamp: '2026-01-01T11:00:00Z', finalizers: ['fairlead.dev/cleanup'] } : {}),
    },
    spec: {
      ingressClassName: 'fairlead',
      rules: hosts.map((host) => ({ host, http: { paths } })),
      ...(tls.length === 0 ? {} : { tls: [{ hosts: tls }] }),
    },
    ...(status === undefined ? {} : { status: { loadBalancer: { ingress: [{ hostname: status }] } } }),
  }
}

export function contextOf(
  ingresses: readonly Ingress[],
  options: { readonly unit?: string; readonly now?: number } = {},
): PlanContext {
  const view = {
    ingresses,
    ingressClasses: [ingressClass],
    services: [],
    endpointSlices: [],
    nodes: [],
    namespaces: [],
    secrets: [],
  }
  return { unit: parseUnitKey(options.unit ?? 'ingress/games/web'), view, settings, now: options.now ?? NOW }
}

export function serving(host: string, options: Partial<ServingFact> = {}): ServingFact {
  return {
    host,
    object: { kind: 'Ingress', namespace: 'games', name: 'web' },
    loadBalancerArn: 'arn:lb',
    dnsName: BALANCER,
    zoneId: ELB_ZONE,
    scheme: 'internet-facing',
    ipAddressType: 'ipv4',
    certificateArn: null,
    publishable: { needs: [], waits: [] },
    ...options,
  }
}

export function upOf(facts: readonly ServingFact[]): DnsUp {
  return { certificates: { current: [], retiring: [] }, loadbalancers: { serving: facts, uses: [] } }
}

export function observedWith(
  records: Readonly<Record<string, readonly RecordSet[]>>,
  options: Partial<DnsObserved> = {},
): DnsObserved {
  return { ...nothingObserved, zones: [PUBLIC, PRIVATE], records, complete: true, ...options }
}

export function record(name: string, type: string, body: Partial<RecordSet> = {}): RecordSet {
  return { name, type, ttl: 300, values: [], alias: null, healthCheckId: null, setIdentifier: null, ...body }
}

export function alias(name: string, type: RecordType, dnsName = BALANCER): RecordSet {
  return record(name, type, { ttl: null, alias: { dnsName, zoneId: ELB_ZONE, evaluateTargetHealth: true } })
}

export function txt(
  host: string,
  type: RecordType,
  options: { readonly owner?: string; readonly object?: string; readonly name?: string } = {},
): RecordSet {
  const { owner = OWNER, object = 'ingress/games/web', name = registryName(host, type) } = options
  return record(name, 'TXT', { values: [`"heritage=external-dns,external-dns/owner=${owner},external-dns/resource=${object}"`] })
}

export type Planned = {
  readonly changes: readonly Change[]
  readonly codes: readonly string[]
  readonly findings: readonly string[]
}

/** Everything the planner says of a world: intend, build, retire. */
export function plan(context: PlanContext, observed: DnsObserved, up: DnsUp) {
  const { intent, findings } = dnsPlanner.intend(context)
  const built = dnsPlanner.build(context, intent, observed, up)
  const changes = inOrderOfNeeds([...built.changes, ...dnsPlanner.retire(context, intent, observed, up, {})])
  const found = [...findings, ...built.findings]
  const { pointing, pointingIpv6 } = built.facts
  return { changes, findings: found, codes: found.map((item) => item.code), pointing, pointingIpv6 }
}
