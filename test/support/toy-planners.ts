import { change, type ObjectRef, type Shape, type Wait } from '../../controllers/shared/change.ts'
import type { IntendedUnit, PerController, Planners } from '../../controllers/shared/compose.ts'
import { type Known, unknown } from '../../controllers/shared/known.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { testSettings } from './settings.ts'

/** Three toy controllers with one resource each: a certificate, a load balancer that holds it, a record that points at that. */
export type Toy = { readonly arn: string | null }
export type ToyIntent = { readonly wanted: boolean; readonly wait?: Wait }
export const OBJECT: ObjectRef = { kind: 'Ingress', namespace: 'games', name: 'web' }

const base = { account: '1', region: 'r', object: OBJECT }
const CERTIFICATE = 'AWS::CertificateManager::Certificate'
const BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const RECORD = 'AWS::Route53::RecordSet'

const certificateId = 'certificates:create:CertificateManager.Certificate:c'
const balancerId = 'loadbalancers:create:ElasticLoadBalancingV2.LoadBalancer:b'
const goneId = 'dns:delete:Route53.RecordSet:r'

const advance = (observed: Toy, item: { action: string }): Toy => ({ ...observed, arn: item.action === 'delete' ? null : 'arn' })
const arnOf = (observed: Toy, id: string): Known<string> => observed.arn ?? unknown(id, 'Arn')
const create = (controller: 'certificates' | 'loadbalancers' | 'dns', type: string, target: string, after: Shape, wait?: Wait) =>
  change({
    ...base,
    controller,
    action: 'create',
    type,
    target,
    after,
    reason: 'wanted',
    calls: ['Create'],
    waits: wait ? [wait] : [],
  })
const remove = (controller: 'certificates' | 'loadbalancers' | 'dns', type: string, target: string, needs: readonly string[]) =>
  change({
    ...base,
    controller,
    action: 'delete',
    type,
    target,
    before: { DNSName: 'b.elb' },
    needs,
    reason: 'no longer wanted',
    calls: ['Delete'],
  })

export const toyPlanners: Planners<ToyIntent, Toy, ToyIntent, Toy, ToyIntent, Toy> = {
  certificates: {
    intend: () => ({ intent: { wanted: true }, findings: [] }),
    build: (_context, intent, observed) => ({
      changes: intent.wanted && observed.arn === null ? [create('certificates', CERTIFICATE, 'c', {}, intent.wait)] : [],
      findings: [],
      facts: {
        current: [
          {
            slot: 's',
            object: OBJECT,
            hosts: ['a.b'],
            arn: arnOf(observed, certificateId),
            serial: null,
            keyType: 'ec',
            trust: 'private',
          },
        ],
        retiring: [],
      },
    }),
    retire: (_context, intent, observed, _up, down) =>
      !intent.wanted && observed.arn !== null
        ? [
            remove(
              'certificates',
              CERTIFICATE,
              'c',
              down.loadbalancers.uses.flatMap((use) => use.until.needs),
            ),
          ]
        : [],
    advance,
  },
  loadbalancers: {
    intend: () => ({ intent: { wanted: true }, findings: [] }),
    build: (_context, intent, observed, up) => ({
      changes:
        intent.wanted && observed.arn === null
          ? [create('loadbalancers', BALANCER, 'b', { Certificate: up.certificates.current[0]!.arn }, intent.wait)]
          : [],
      findings: [],
      facts: {
        serving: [
          {
            host: 'a.b',
            object: OBJECT,
            loadBalancerArn: arnOf(observed, balancerId),
            dnsName: arnOf(observed, balancerId),
            zoneId: 'Z',
            scheme: 'internal',
            ipAddressType: 'ipv4',
            certificateArn: null,
            publishable: { needs: [], waits: [] },
          },
        ],
        uses:
          observed.arn === null
            ? []
            : [
                {
                  arn: 'arn',
                  stays: intent.wanted,
                  until: { needs: ['loadbalancers:delete:ElasticLoadBalancingV2.LoadBalancer:b'], waits: [] },
                },
              ],
      },
    }),
    retire: (_context, intent, observed, _up, down) =>
      !intent.wanted && observed.arn !== null
        ? [
            change({
              ...base,
              controller: 'loadbalancers',
              action: 'update',
              type: BALANCER,
              target: 'b',
              detail: 'retire',
              before: { DNSName: 'b.elb' },
              reason: 'it is to go',
              calls: ['AddTags'],
            }),
            remove(
              'loadbalancers',
              BALANCER,
              'b',
              down.dns.pointing.flatMap((record) => record.gone?.needs ?? []),
            ),
          ]
        : [],
    advance: (observed, item) => (item.id.endsWith(':retire') ? observed : advance(observed, item)),
  },
  dns: {
    intend: () => ({ intent: { wanted: true }, findings: [] }),
    build: (_context, intent, observed, up) => ({
      changes:
        intent.wanted && observed.arn === null
          ? [create('dns', RECORD, 'r', { Target: up.loadbalancers.serving[0]!.dnsName }, intent.wait)]
          : [],
      findings: [],
      facts: {
        pointing:
          observed.arn === null
            ? []
            : [{ host: 'a.b', dnsName: 'b.elb', gone: intent.wanted ? null : { needs: [goneId], waits: [] } }],
      },
    }),
    retire: (_context, intent, observed) => (!intent.wanted && observed.arn !== null ? [remove('dns', RECORD, 'r', [])] : []),
    advance,
  },
}

export const NOTHING: PerController<Toy, Toy, Toy> = {
  certificates: { arn: null },
  loadbalancers: { arn: null },
  dns: { arn: null },
}
export const EVERYTHING: PerController<Toy, Toy, Toy> = {
  certificates: { arn: 'arn' },
  loadbalancers: { arn: 'arn' },
  dns: { arn: 'arn' },
}

export function intended(
  wanted: boolean,
  waits: Partial<PerController<Wait, Wait, Wait>> = {},
): IntendedUnit<ToyIntent, ToyIntent, ToyIntent> {
  const one = (wait?: Wait): ToyIntent => (wait === undefined ? { wanted } : { wanted, wait })
  return {
    intents: { certificates: one(waits.certificates), loadbalancers: one(waits.loadbalancers), dns: one(waits.dns) },
    findings: [],
  }
}

const settings: Settings = {
  ...testSettings,
  clusterId: 'c',
  vpcId: null,
  txtOwner: 'o',
}

/** A context whose only Ingress is `OBJECT`, as it stands in the cluster. */
export function toyContext(metadata: { finalizers?: readonly string[]; deletionTimestamp?: string } = {}): PlanContext {
  const made = { uid: '1', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  return {
    unit: { kind: 'ingress', namespace: 'games', name: 'web' },
    now: 0,
    settings,
    view: {
      ingresses: [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { ...made, name: 'web', namespace: 'games', ...metadata },
          spec: { ingressClassName: 'fairlead' },
        },
      ],
      ingressClasses: [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'IngressClass',
          metadata: { ...made, name: 'fairlead' },
          spec: { controller: 'fairlead.dev/ingress' },
        },
      ],
      services: [],
      endpointSlices: [],
      nodes: [],
      namespaces: [],
      secrets: [],
    },
  }
}
