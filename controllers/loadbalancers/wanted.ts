import { ALB, annotation } from '../shared/annotations.ts'
import { leavingIn } from '../shared/members.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Wanted } from './look.ts'
import { balancerName, groupName } from './naming.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { settle } from './settle.ts'
import type { LoadBalancerIntent, Uncertain } from './wish.ts'

const SCHEMES = ['internal', 'internet-facing'] as const

/** PURE: by which names the plan will ask for resources, and of which it will look at attributes; so `observe` looks there first. */
export function wantedOf(context: PlanContext, given: LoadBalancerIntent, observed: LoadBalancersObserved): Wanted {
  const { unit, settings } = context
  const { intent, standing } = settle(given, observed)
  const vpc = settings.vpcId ?? observed.network?.VpcId ?? standing?.VpcId ?? null
  const { name: fixed, scheme, attributes } = intent.loadBalancer
  const nameFor = (which: string) => balancerName(unit, settings.clusterId, which, vpc)
  if (intent.owner === null) {
    // Nobody wants anything: whatever was made before a restart goes, under whichever name it could have.
    const named = leavingIn(context.view, unit).map((ingress) => annotation(ingress, `${ALB}load-balancer-name`)?.trim() ?? '')
    return {
      loadBalancerNames: [...new Set([...SCHEMES.map(nameFor), ...named])].filter(isName),
      targetGroupNames: [],
      loadBalancerAttributes: () => true,
      targetGroupAttributes: () => false,
    }
  }
  // Where nobody can read what it is to be, it may stand under any name that it could have.
  const unread = (field: Uncertain['field']) =>
    standing === undefined && intent.loadBalancer.uncertain.some((item) => item.field === field)
  const schemes = unread('scheme') ? SCHEMES : [scheme ?? standing?.Scheme ?? settings.defaults.scheme]
  const names = [...(fixed === null ? [] : [fixed]), ...(fixed === null || unread('name') ? schemes.map(nameFor) : [])]
  const groups = new Map(
    names.flatMap((name) =>
      intent.targetGroups.map((wish) => [groupName(unit, settings.clusterId, name, vpc, wish), wish.attributes] as const),
    ),
  )
  return {
    loadBalancerNames: names,
    targetGroupNames: [...groups.keys()],
    // Those of one that is to go tell whether it is protected from deletion.
    loadBalancerAttributes: (balancer) =>
      !names.includes(balancer.LoadBalancerName) || intent.rules.length === 0 || Object.keys(attributes).length > 0,
    targetGroupAttributes: (group) => Object.keys(groups.get(group.TargetGroupName) ?? {}).length > 0,
  }
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(text)
}
