import { type Change, changeId } from '../shared/change.ts'
import { resourceName, slotName, TAG_SLOT } from '../shared/names.ts'
import { type Unit, unitKey } from '../shared/unit.ts'
import {
  LISTENER,
  LISTENER_CERTIFICATE,
  LISTENER_RULE,
  LOAD_BALANCER,
  SECURITY_GROUP,
  SECURITY_GROUP_INGRESS,
  TARGET_GROUP,
} from './changes.ts'
import type { ObservedLoadBalancer, ObservedRule } from './observed.ts'
import type { GroupWish } from './wish.ts'

/** A load balancer's name, over everything about it that cannot be changed: another scheme is another load balancer. */
export function balancerName(unit: Unit, clusterId: string, scheme: string, vpcId: string | null): string {
  const parts = unit.kind === 'group' ? [unit.name] : [unit.namespace, unit.name]
  return resourceName(parts, [clusterId, unitKey(unit), scheme, vpcId ?? ''])
}

/** A target group's name. It holds the load balancer's, since a group can serve only one: a new load balancer needs new groups. */
export function groupName(unit: Unit, clusterId: string, balancer: string, vpcId: string | null, wish: GroupWish): string {
  const immutable = [
    clusterId,
    unitKey(unit),
    balancer,
    wish.key,
    wish.Protocol,
    wish.ProtocolVersion,
    wish.TargetType,
    String(wish.Port),
  ]
  return resourceName([wish.object.namespace, wish.service], [...immutable, vpcId ?? ''])
}

/** The content identities in `fairlead.dev/slot` tags. */
export const slots = {
  balancer: (unit: Unit, name: string) => slotName(unitKey(unit), `balancer/${name}`),
  securityGroup: (unit: Unit, name: string) => slotName(unitKey(unit), `security-group/${name}`),
  listener: (unit: Unit, port: number) => slotName(unitKey(unit), `listener/${port}`),
  rule: (unit: Unit, slot: string) => slotName(unitKey(unit), slot),
  group: (unit: Unit, balancer: string, name: string) => slotName(unitKey(unit), `group/${balancer}/${name}`),
}

/** The part of an observed rule's ids that names it: its slot, without the unit. */
export function ruleName(balancer: ObservedLoadBalancer, rule: ObservedRule): string {
  const slot = rule.Tags[TAG_SLOT] ?? rule.RuleArn
  return `${balancer.LoadBalancerName}/${slot.slice(slot.indexOf(':rule/') + 1)}`
}

type Action = Change['action']
const id = (action: Action, type: string, name: string, detail = '') => changeId('loadbalancers', action, type, name, detail)

/** The ids of changes by what they change, the same before a resource exists and after. */
export const ids = {
  balancer: (action: Action, name: string, detail = '') => id(action, LOAD_BALANCER, name, detail),
  listener: (action: Action, name: string, port: number, detail = '') => id(action, LISTENER, `${name}/${port}`, detail),
  certificate: (action: Action, name: string, port: number, certificate: string) =>
    id(action, LISTENER_CERTIFICATE, `${name}/${port}`, certificate),
  rule: (action: Action, name: string, slot: string, detail = '') => id(action, LISTENER_RULE, `${name}/${slot}`, detail),
  leavingRule: (name: string) => id('delete', LISTENER_RULE, name),
  priorities: (name: string, port: number) => id('update', LISTENER_RULE, `${name}/${port}`, 'priorities'),
  group: (action: Action, name: string, detail = '') => id(action, TARGET_GROUP, name, detail),
  securityGroup: (action: Action, name: string) => id(action, SECURITY_GROUP, name),
  ingress: (action: Action, name: string, detail: string) => id(action, SECURITY_GROUP_INGRESS, name, detail),
}
