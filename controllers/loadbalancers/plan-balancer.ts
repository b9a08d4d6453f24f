import { type Change, changeId } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import { type Known, unknown, WORLD } from '../shared/known.ts'
import type { PlanContext } from '../shared/planner.ts'
import { problem } from './backend.ts'
import { LOAD_BALANCER, SECURITY_GROUP, SECURITY_GROUP_INGRESS } from './changes.ts'
import { digest, draft, tagList, tagsFor } from './draft.ts'
import type { Model } from './model.ts'
import { ids, slots } from './naming.ts'
import type { IngressPermission, LoadBalancersObserved } from './observed.ts'
import { ipPermissions, permissionKey, wantedPermissions } from './security-group.ts'
import { chooseSubnets, namedSubnets } from './subnets.ts'
import type { LoadBalancerIntent } from './wish.ts'

type Part = { readonly changes: readonly Change[]; readonly findings: readonly Finding[] }

/** The security group and the load balancer itself. Null: it cannot be made, and nothing that hangs on it either. */
export function planBalancer(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  observed: LoadBalancersObserved,
): Part & { readonly possible: boolean } {
  if (intent.overQuota && observed.loadBalancers.length === 0) return { changes: [], findings: [], possible: false }
  const { unit } = context
  const object = intent.owner!
  const wish = intent.loadBalancer
  const group = wish.securityGroups === null ? planSecurityGroup(context, intent, model, observed) : null
  const securityGroups: readonly Known<string>[] = group === null ? [...wish.securityGroups!].sort() : [group.id]
  const named = subnetsOf(intent, model, observed)
  // Who names subnets that are not there does not decide for the others of the group.
  const others = 'wrong' in named && wish.subnetsOf?.alone === false
  const subnets = others ? subnetsOf({ ...intent, loadBalancer: { ...wish, subnets: null } }, model, observed) : named
  const changes: Change[] = [...(group?.changes ?? [])]
  const findings: Finding[] = []
  for (const { wrong } of [named, ...(others ? [subnets] : [])].filter((item) => 'wrong' in item)) {
    const field =
      wish.subnets === null
        ? 'metadata.annotations[alb.ingress.kubernetes.io/scheme]'
        : 'metadata.annotations[alb.ingress.kubernetes.io/subnets]'
    const read = wish.subnets?.join(',') ?? model.scheme
    findings.push(
      problem(wish.subnetsOf?.object ?? object, 'NoSubnets', field, read, wrong, `No subnets for load balancer ${model.name}`),
    )
  }
  if ('wrong' in subnets && model.balancer === null) return { changes: [], findings, possible: false }
  const there = model.balancer
  if (there === null) {
    changes.push(
      draft(context, {
        action: 'create',
        type: LOAD_BALANCER,
        target: model.name,
        object,
        call: 'CreateLoadBalancer',
        reason: `Nothing serves ${unit.kind === 'group' ? `group ${unit.name}` : 'it'} as ${model.scheme} yet`,
        after: {
          Name: model.name,
          Type: 'application',
          Scheme: model.scheme,
          IpAddressType: wish.ipAddressType,
          Subnets: 'ids' in subnets ? (subnets.ids ?? unknown(WORLD, 'SubnetIds')) : [],
          SecurityGroups: securityGroups,
          Tags: tagList(tagsFor(context, object, slots.balancer(unit, model.name), wish.tags)),
        },
      }),
    )
  }
  const update = (detail: string, call: string, before: Change['before'], after: NonNullable<Change['after']>, reason: string) =>
    changes.push(
      draft(context, {
        action: 'update',
        type: LOAD_BALANCER,
        target: there?.LoadBalancerArn ?? model.name,
        name: model.name,
        detail,
        object,
        call,
        before,
        after: { LoadBalancerArn: model.arn, ...after },
        reason,
      }),
    )
  if (there !== null) {
    if (!same(there.SecurityGroups, securityGroups))
      update(
        'security-groups',
        'SetSecurityGroups',
        { SecurityGroups: there.SecurityGroups },
        { SecurityGroups: securityGroups },
        'Other security groups are wanted',
      )
    if (wish.subnets !== null && 'ids' in named && 'ids' in subnets && subnets.ids !== null && !same(there.Subnets, subnets.ids))
      update('subnets', 'SetSubnets', { Subnets: there.Subnets }, { Subnets: subnets.ids }, 'Other subnets are named')
    // IPv6 addresses are taken off in `retire`, when no record sends anybody there.
    if (there.IpAddressType === 'ipv4' && wish.ipAddressType === 'dualstack')
      update(
        'ip-address-type',
        'SetIpAddressType',
        { IpAddressType: there.IpAddressType },
        { IpAddressType: wish.ipAddressType },
        `It is to be ${wish.ipAddressType}`,
      )
  }
  const attributes = Object.entries(wish.attributes).filter(([key, value]) => there?.Attributes?.[key] !== value)
  if (attributes.length > 0) {
    const before = there?.Attributes ? attributes.map(([Key]) => ({ Key, Value: there.Attributes?.[Key] ?? null })) : null
    const after = attributes.sort().map(([Key, Value]) => ({ Key, Value }))
    update(
      'attributes',
      'ModifyLoadBalancerAttributes',
      before && { Attributes: before },
      { Attributes: after },
      'Attributes are asked for that it does not have',
    )
  }
  if (there !== null && there.Tags['fairlead.dev/retire-after'] !== undefined)
    changes.push(
      draft(context, {
        action: 'update',
        type: LOAD_BALANCER,
        target: there.LoadBalancerArn,
        name: model.name,
        detail: 'stay',
        object,
        call: 'RemoveTags',
        before: {
          ResourceArns: [there.LoadBalancerArn],
          Tags: tagList({ 'fairlead.dev/retire-after': there.Tags['fairlead.dev/retire-after'] }),
        },
        after: { ResourceArns: [there.LoadBalancerArn], TagKeys: ['fairlead.dev/retire-after'] },
        reason: 'It was to go, but is wanted again',
      }),
    )
  return { changes, findings, possible: true }
}

/** Subnets for a new load balancer, or those named; those of one that is there are kept. Null ids: nobody could look. */
function subnetsOf(
  intent: LoadBalancerIntent,
  model: Model,
  observed: LoadBalancersObserved,
): { readonly ids: readonly string[] | null } | { readonly wrong: string } {
  const named = intent.loadBalancer.subnets
  if (model.balancer !== null && named === null) return { ids: model.balancer.Subnets }
  if (observed.network !== null)
    return named === null ? chooseSubnets(observed.network, model.scheme, null) : namedSubnets(observed.network, named)
  return { ids: named?.every((name) => name.startsWith('subnet-')) ? [...named].sort() : null }
}

/**
 * One group per load balancer: who may connect to its listeners. Rules that let it reach pods and nodes come later;
 * until then theirs have to allow the load balancer's subnets.
 */
function planSecurityGroup(context: PlanContext, intent: LoadBalancerIntent, model: Model, observed: LoadBalancersObserved) {
  const object = intent.owner!
  const there = observed.securityGroups.find((item) => item.GroupName === model.name)
  const id: Known<string> = there?.GroupId ?? unknown(ids.securityGroup('create', model.name), 'GroupId')
  const changes: Change[] = []
  if (there === undefined) {
    const tags = tagList(tagsFor(context, object, slots.securityGroup(context.unit, model.name), intent.loadBalancer.tags))
    changes.push(
      draft(context, {
        action: 'create',
        type: SECURITY_GROUP,
        target: model.name,
        object,
        call: 'CreateSecurityGroup',
        reason: `Load balancer ${model.name} needs a security group`,
        after: {
          GroupName: model.name,
          Description: `Clients of load balancer ${model.name}`,
          VpcId: model.vpcId,
          TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
        },
      }),
    )
  }
  const has = new Set((there?.Ingress ?? []).map(permissionKey))
  const missing = wantedPermissions(model, intent.loadBalancer).filter((item) => !has.has(permissionKey(item)))
  if (missing.length > 0)
    changes.push(
      draft(context, {
        action: 'create',
        type: SECURITY_GROUP_INGRESS,
        target: there?.GroupId ?? model.name,
        name: model.name,
        detail: digest(...missing.map(permissionKey)),
        object,
        call: 'AuthorizeSecurityGroupIngress',
        reason: `Clients from ${listed(missing)} may connect`,
        after: { GroupId: id, IpPermissions: ipPermissions(missing) },
      }),
    )
  return { id, changes }
}

function listed(permissions: readonly IngressPermission[]): string {
  return permissions.map((item) => `${item.Cidr} to port ${item.FromPort}`).join(', ')
}

function same(a: readonly string[], b: readonly Known<string>[]): boolean {
  return (
    JSON.stringify([...a].sort()) ===
    JSON.stringify([...b].map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).sort())
  )
}

/** The ids of changes that open the load balancer for its clients. */
export function opening(changes: readonly Change[]): readonly string[] {
  const prefix = changeId('loadbalancers', 'create', SECURITY_GROUP_INGRESS, '')
  return changes.map((item) => item.id).filter((item) => item.startsWith(prefix))
}
