import type { Change } from '../shared/change.ts'
import type { LoadBalancersDown, LoadBalancersUp, PlanContext } from '../shared/planner.ts'
import { modelOf } from './model.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { buildChanges, isGoing } from './plan.ts'
import { retireBalancer } from './retire-balancer.ts'
import { retireCertificates } from './retire-certificates.ts'
import { retireGroups } from './retire-groups.ts'
import { retireIpv6 } from './retire-ipv6.ts'
import { retireListeners, retireRules } from './retire-rules.ts'
import { retireSecurityGroups } from './retire-security-groups.ts'
import type { Retiring } from './retiring.ts'
import type { LoadBalancerIntent } from './wish.ts'

/**
 * Takes away what nobody wants, outside in: rules once no record sends their host here, then certificates and listeners;
 * a load balancer as a whole (its listeners and rules go with it); then target groups and the security group.
 */
export function retire(
  context: PlanContext,
  intent: LoadBalancerIntent,
  observed: LoadBalancersObserved,
  up: LoadBalancersUp,
  down: LoadBalancersDown,
): readonly Change[] {
  const modelled = modelOf(context, intent, observed, up)
  if (modelled.blind) return []
  const built = buildChanges(context, intent, observed, up)
  const retiring: Retiring = { context, intent: modelled.intent, observed, up, down, modelled, built }
  const going = observed.loadBalancers.filter((balancer) => isGoing(balancer, modelled, observed))
  const staying = observed.loadBalancers.filter((balancer) => !going.includes(balancer))
  const rules = staying.flatMap((balancer) => retireRules(retiring, balancer))
  const certificates = retireCertificates(retiring, rules)
  const listeners = staying.flatMap((balancer) => retireListeners(retiring, balancer, rules))
  const balancers = going.flatMap((balancer) => retireBalancer(retiring, balancer))
  const ipv6 = retireIpv6(retiring)
  const before = [...rules, ...listeners, ...balancers, ...ipv6]
  return [
    ...rules,
    ...certificates,
    ...listeners,
    ...balancers,
    ...ipv6,
    ...retireGroups(retiring, going, before),
    ...retireSecurityGroups(retiring, going, before),
  ]
}
