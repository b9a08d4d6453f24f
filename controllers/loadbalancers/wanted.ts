import { ALB, annotation } from '../shared/annotations.ts'
import { leavingIn } from '../shared/members.ts'
import { TAG_RETIRE_AFTER } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Wanted } from './look.ts'
import { balancerName, groupName } from './naming.ts'
import type { LoadBalancersObserved } from './observed.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** PURE: by which names the plan will ask for resources, and of which it will look at attributes; so `observe` looks there first. */
export function wantedOf(context: PlanContext, intent: LoadBalancerIntent, observed: LoadBalancersObserved): Wanted {
  const { unit, settings } = context
  const standing = observed.loadBalancers.find((item) => item.Tags[TAG_RETIRE_AFTER] === undefined) ?? observed.loadBalancers[0]
  const vpc = settings.vpcId ?? observed.network?.VpcId ?? standing?.VpcId ?? null
  const { name: fixed, scheme, attributes } = intent.loadBalancer
  const nameFor = (which: string) => balancerName(unit, settings.clusterId, which, vpc)
  if (intent.owner === null) {
    // Nobody wants anything: whatever was made before a restart goes, under whichever name it could have.
    const given = leavingIn(context.view, unit).map((ingress) => annotation(ingress, `${ALB}load-balancer-name`)?.trim() ?? '')
    return {
      loadBalancerNames: [...new Set([nameFor('internal'), nameFor('internet-facing'), ...given])].filter(isName),
      targetGroupNames: [],
      loadBalancerAttributes: () => true,
      targetGroupAttributes: () => false,
    }
  }
  const name = fixed ?? nameFor(scheme ?? standing?.Scheme ?? settings.defaults.scheme)
  const groups = new Map(
    intent.targetGroups.map((wish) => [groupName(unit, settings.clusterId, name, vpc, wish), wish.attributes] as const),
  )
  return {
    loadBalancerNames: [name],
    targetGroupNames: [...groups.keys()],
    // Those of one that is to go tell whether it is protected from deletion.
    loadBalancerAttributes: (balancer) =>
      balancer.LoadBalancerName !== name || intent.rules.length === 0 || Object.keys(attributes).length > 0,
    targetGroupAttributes: (group) => Object.keys(groups.get(group.TargetGroupName) ?? {}).length > 0,
  }
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(text)
}
