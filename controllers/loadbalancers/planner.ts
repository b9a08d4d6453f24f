import type { LoadBalancerFacts } from '../shared/facts.ts'
import type { LoadBalancersDown, LoadBalancersUp, Planner } from '../shared/planner.ts'
import { advance } from './advance.ts'
import { intend } from './intent.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { build } from './plan.ts'
import { retire } from './retire.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** The pure half of the controller. */
export const loadBalancersPlanner: Planner<
  LoadBalancerIntent,
  LoadBalancersObserved,
  LoadBalancersUp,
  LoadBalancerFacts,
  LoadBalancersDown
> = { intend, build, retire, advance }
