import type { CertificatesObserved } from '../certificates/observed.ts'
import type { DnsObserved, RecordSet } from '../dns/observed.ts'
import { ownedIn } from '../dns/owned.ts'
import { withoutOurs } from '../dns/without-ours.ts'
import type { LoadBalancersObserved } from '../loadbalancers/observed.ts'
import { FINALIZER, READY_ANNOTATION, refOf, STATUS_ANNOTATION } from '../shared/annotations.ts'
import { type Change, change, type ObjectRef, type Shape } from '../shared/change.ts'
import { hashOf, TAG_CLUSTER, TAG_OBJECT, TAG_RETIRE_AFTER, TAG_SLOT } from '../shared/names.ts'
import type { Ingress } from '../shared/objects.ts'
import { PLAN_VERSION, type Plan } from '../shared/plan.ts'
import type { Settings } from '../shared/settings.ts'

export type Owned = {
  readonly unit: string
  readonly certificates: CertificatesObserved
  readonly loadbalancers: LoadBalancersObserved
  readonly ingresses: readonly Ingress[]
}

const TAGS = [TAG_CLUSTER, TAG_OBJECT, TAG_SLOT, TAG_RETIRE_AFTER]
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveTags.html */
const ARNS_PER_CALL = 20
const REASON = 'it is given up, and goes on serving as it is'

/**
 * What makes a unit nobody's: our tags off what is in AWS, from the inside out, since the load balancer's tags are how the rest is
 * found again after a crash; then our label off the Secrets; last our finalizer and annotations off the Ingresses.
 */
export function releaseUnit({ unit, certificates, loadbalancers, ingresses }: Owned, settings: Settings): Plan {
  const { account, region, clusterId } = settings
  const { rules, listeners, targetGroups, securityGroups, loadBalancers } = loadbalancers
  const base = { action: 'update' as const, account, region, reason: REASON, object: objectOf(unit, ingresses) }
  const stages: Change[][] = [
    untag(
      base,
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      rules.map((item) => item.RuleArn),
    ),
    untag(
      base,
      'AWS::ElasticLoadBalancingV2::Listener',
      listeners.map((item) => item.ListenerArn),
    ),
    untag(
      base,
      'AWS::ElasticLoadBalancingV2::TargetGroup',
      targetGroups.map((item) => item.TargetGroupArn),
    ),
    securityGroups.map((group) =>
      change({
        ...base,
        controller: 'loadbalancers',
        type: 'AWS::EC2::SecurityGroup',
        target: group.GroupId,
        detail: 'release',
        after: { Resources: [group.GroupId], Tags: TAGS.map((Key) => ({ Key })) },
        calls: ['DeleteTags'],
      }),
    ),
    untag(
      base,
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      loadBalancers.map((item) => item.LoadBalancerArn),
    ),
    certificates.stored.flatMap((stored) => [
      ...(stored.arn === null
        ? []
        : [
            change({
              ...base,
              controller: 'certificates',
              object: stored.object,
              type: 'AWS::CertificateManager::Certificate',
              target: stored.arn,
              detail: 'release',
              after: { CertificateArn: stored.arn, Tags: TAGS.map((Key) => ({ Key })) },
              calls: ['RemoveTagsFromCertificate'],
            }),
          ]),
    ]),
    certificates.stored.map((stored) =>
      change({
        ...base,
        controller: 'certificates',
        object: stored.object,
        type: 'Kubernetes::Secret',
        target: `${settings.ownNamespace}/${stored.secretName}`,
        detail: 'release',
        account: clusterId,
        region: '',
        after: { labels: { 'fairlead.dev/certificate': null, [TAG_CLUSTER]: null } },
        calls: ['patch secrets'],
      }),
    ),
    ingresses.filter(isMarked).map((ingress) =>
      change({
        ...base,
        controller: 'loadbalancers',
        object: refOf(ingress),
        type: 'Kubernetes::Ingress',
        target: `${ingress.metadata.namespace}/${ingress.metadata.name}`,
        detail: 'release',
        account: clusterId,
        region: '',
        before: { finalizers: ingress.metadata.finalizers ?? [] },
        after: { finalizers: (ingress.metadata.finalizers ?? []).filter((name) => name !== FINALIZER) },
        calls: ['patch ingresses'],
      }),
    ),
  ]
  return { version: PLAN_VERSION, unit, changes: inStages(stages), findings: [] }
}

/** The ownership records of our owner, whose records stay as they are, and so does what others keep in the same sets. */
export function releaseRecords(observed: DnsObserved, settings: Settings): Plan {
  const changes = (observed.zones ?? []).flatMap((zone) =>
    ownedIn(observed.records[zone.id] ?? [], settings.txtOwner).flatMap((owned) =>
      owned.registry.map((set) => {
        const others = withoutOurs(set)
        return change({
          controller: 'dns',
          action: others === null ? 'delete' : 'update',
          type: 'AWS::Route53::RecordSet',
          target: `${set.name} ${set.type}`,
          ...(zone.private ? { detail: zone.id } : {}),
          account: settings.account,
          region: 'us-east-1',
          object: objectIn(owned.resource),
          before: { HostedZoneId: zone.id, ...recordOf(set) },
          after: others && { HostedZoneId: zone.id, ...recordOf(others) },
          reason: `${owned.host} is given up; its ${owned.type} record stays`,
          calls: ['ChangeResourceRecordSets'],
          batch: zone.id,
        })
      }),
    ),
  )
  const unique = [...new Map(changes.map((item) => [`${item.id} ${item.batch}`, item])).values()]
  return { version: PLAN_VERSION, unit: 'records', changes: unique, findings: [] }
}

function untag(
  base: Pick<Change, 'account' | 'region' | 'reason' | 'object' | 'action'>,
  type: string,
  arns: readonly string[],
): Change[] {
  const chunks = Array.from({ length: Math.ceil(arns.length / ARNS_PER_CALL) }, (_, index) =>
    arns.slice(index * ARNS_PER_CALL, (index + 1) * ARNS_PER_CALL),
  )
  return chunks.map((ResourceArns) =>
    change({
      ...base,
      controller: 'loadbalancers',
      type,
      target: ResourceArns[0]!,
      detail: `release:${hashOf(...ResourceArns).slice(0, 8)}`,
      after: { ResourceArns, TagKeys: TAGS },
      calls: ['RemoveTags'],
    }),
  )
}

function inStages(stages: readonly (readonly Change[])[]): readonly Change[] {
  let before: readonly string[] = []
  return stages
    .filter((stage) => stage.length > 0)
    .flatMap((stage) => {
      const needs = before
      before = stage.map((item) => item.id)
      return stage.map((item) => ({ ...item, needs }))
    })
}

function isMarked({ metadata }: Ingress): boolean {
  const { finalizers = [], annotations = {} } = metadata
  return (
    finalizers.includes(FINALIZER) || annotations[STATUS_ANNOTATION] !== undefined || annotations[READY_ANNOTATION] !== undefined
  )
}

function recordOf(set: RecordSet): Shape {
  return { Name: set.name, Type: set.type, TTL: set.ttl ?? 0, ResourceRecords: set.values.map((Value) => ({ Value })) }
}

function objectOf(unit: string, ingresses: readonly Ingress[]): ObjectRef {
  const [first] = ingresses
  if (first !== undefined) return refOf(first)
  const [, namespace = '', name = ''] = unit.split('/')
  return { kind: 'Ingress', namespace, name }
}

function objectIn(resource: string | null): ObjectRef {
  const [, namespace = '', name = ''] = (resource ?? '').split('/')
  return { kind: 'Ingress', namespace, name }
}
