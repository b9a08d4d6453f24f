import type { Change } from '../shared/change.ts'
import { TAG_OBJECT } from '../shared/names.ts'
import { SECURITY_GROUP, SECURITY_GROUP_INGRESS } from './changes.ts'
import { digest, draft } from './draft.ts'
import { ids } from './naming.ts'
import type { ObservedLoadBalancer, ObservedSecurityGroup } from './observed.ts'
import { type Retiring, sharedObject } from './retiring.ts'
import { ipPermissions, permissionKey, wantedPermissions } from './security-group.ts'

/** Permissions nobody wants, and security groups without a load balancer. */
export function retireSecurityGroups(
  retiring: Retiring,
  going: readonly ObservedLoadBalancer[],
  before: readonly Change[],
): readonly Change[] {
  const { intent, modelled, observed } = retiring
  const managed = modelled.model !== null && intent.loadBalancer.securityGroups === null ? modelled.model.name : null
  return observed.securityGroups.flatMap((group) =>
    group.GroupName === managed ? revoke(retiring, group, before) : remove(retiring, group, going),
  )
}

/** Closes what is open without need; a port only after its listener is gone, and to IPv6 only after its addresses are. */
function revoke(retiring: Retiring, group: ObservedSecurityGroup, before: readonly Change[]): readonly Change[] {
  const { context, intent, modelled, built } = retiring
  const model = modelled.model!
  if (modelled.holds) return []
  const wanted = new Set(wantedPermissions(model, intent.loadBalancer).map(permissionKey))
  const extra = group.Ingress.filter((item) => !wanted.has(permissionKey(item)))
  if (extra.length === 0) return []
  const removals = [
    ...extra.map((item) => ids.listener('delete', model.name, item.FromPort)),
    ...(extra.some((item) => item.Cidr.includes(':')) ? [ids.balancer('update', model.name, 'ip-address-type')] : []),
  ]
  const opens = ids.ingress('create', group.GroupName, '')
  const permissions = ipPermissions(extra)
  return [
    draft(context, {
      action: 'delete',
      type: SECURITY_GROUP_INGRESS,
      target: group.GroupId,
      name: group.GroupName,
      detail: digest(...extra.map(permissionKey)),
      object: sharedObject(retiring, group.Tags[TAG_OBJECT]),
      call: 'RevokeSecurityGroupIngress',
      before: { GroupId: group.GroupId, IpPermissions: permissions },
      reason: `Nobody asks for ${extra.map((item) => `${item.Cidr} on port ${item.FromPort}`).join(', ')} any more`,
      needs: [
        ...before.map((item) => item.id).filter((id) => removals.includes(id)),
        ...built.map((item) => item.id).filter((id) => id.startsWith(opens)),
      ],
    }),
  ]
}

function remove(retiring: Retiring, group: ObservedSecurityGroup, going: readonly ObservedLoadBalancer[]): readonly Change[] {
  const { context, modelled, observed, built } = retiring
  const users = observed.loadBalancers.filter((item) => item.SecurityGroups.includes(group.GroupId))
  const swapped = users.map((item) => ids.balancer('update', item.LoadBalancerName, 'security-groups'))
  const freed = (item: ObservedLoadBalancer, index: number) =>
    going.includes(item)
      ? ids.balancer('delete', item.LoadBalancerName)
      : (built.find((other) => other.id === swapped[index])?.id ?? null)
  const needs = users.map(freed)
  // Somebody we do not move still uses it, or what it was made for is held.
  if (needs.includes(null) || (modelled.model === null && modelled.holds)) return []
  return [
    draft(context, {
      action: 'delete',
      type: SECURITY_GROUP,
      target: group.GroupId,
      name: group.GroupName,
      object: sharedObject(retiring, group.Tags[TAG_OBJECT]),
      call: 'DeleteSecurityGroup',
      before: { GroupId: group.GroupId, GroupName: group.GroupName },
      reason: 'No load balancer uses it any more',
      needs: needs.filter((id) => id !== null),
      // AWS releases a load balancer's network interfaces some time after it is gone; then the first try that succeeds ends it.
      waits: users.length === 0 ? [] : [{ kind: 'network-interfaces-released', of: group.GroupId, seconds: 60 }],
    }),
  ]
}
