import { change, type Wait } from '../../../controllers/shared/change.ts'
import type { Composition } from '../../../controllers/shared/compose.ts'
import { ChangeFailed } from '../../../controllers/shared/failure.ts'
import type { Finding } from '../../../controllers/shared/finding.ts'
import type { Ingress } from '../../../controllers/shared/objects.ts'
import { type ApiFixture, ingressClass, ingressOf } from './fixtures.ts'

export const token = 'token-of-admin'
export const web = ingressOf('web', { finalizers: ['fairlead.dev/cleanup'] })
export const object = { kind: 'Ingress', namespace: 'games', name: 'web' }
export const LB = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/games/1'
export const wait: Wait = { kind: 'load-balancer-active', of: LB, seconds: 120 }
const common = { account: '111111111111', region: 'us-east-1', object }
export const listener = change({
  ...common,
  controller: 'loadbalancers',
  action: 'create',
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  target: 'https',
  reason: 'hosts are served on port 443',
  waits: [wait],
  calls: ['CreateListener'],
})
export const record = change({
  ...common,
  controller: 'dns',
  action: 'create',
  type: 'AWS::Route53::RecordSet',
  target: 'web.example.com A',
  reason: 'the host has no record',
  calls: ['ChangeResourceRecordSets'],
})
export const warning: Finding = {
  code: 'UnknownAnnotation',
  severity: 'warning',
  object,
  field: 'metadata.annotations[fairlead.dev/certifcate]',
  read: 'vault',
  expected: 'fairlead.dev/certificate',
  message: 'Annotation fairlead.dev/certifcate is not known and has no effect',
}
const refused = new ChangeFailed({
  code: 'AccessDenied',
  kind: 'forbidden',
  message:
    'User: arn:aws:sts::111111111111:assumed-role/fairlead/fairlead-dns is not authorized to perform: route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/Z1',
  changes: [record.id],
})

type Noted = {
  readonly changes?: readonly (typeof listener)[]
  readonly findings?: readonly Finding[]
  readonly failed?: boolean
  readonly held?: readonly string[]
}
/** What the leader's last pass left. */
export function noted(
  api: ApiFixture,
  ingresses: readonly Ingress[],
  { changes = [], findings = [], failed = false, held = [] }: Noted = {},
): void {
  const plan = { version: 1, unit: 'ingress/games/web', changes, findings } as const
  const failures = failed ? [{ change: record, failure: refused, attempts: 3, retryAt: api.clock.monotonic() + 30_000 }] : []
  api.standing.note('ingress/games/web', {
    view: { ingresses, ingressClasses: [ingressClass] } as never,
    composition: { plan } as unknown as Composition,
    trouble: { failures, unread: new Map(failed ? [['dns', new Error('down')]] : []), held },
    gauges: [],
  })
}
