import { refOf } from '../shared/annotations.ts'
import type { Change, ObjectRef, Wait } from '../shared/change.ts'
import type { RecordFact } from '../shared/facts.ts'
import { lastMade } from '../shared/last-made.ts'
import { leavingIn } from '../shared/members.ts'
import type { LoadBalancersDown, LoadBalancersUp, PlanContext } from '../shared/planner.ts'
import type { Modelled } from './model.ts'
import type { LoadBalancersObserved, ObservedLoadBalancer } from './observed.ts'
import { objectOf } from './serving.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** What every part of `retire` reads. */
export type Retiring = {
  readonly context: PlanContext
  readonly intent: LoadBalancerIntent
  readonly observed: LoadBalancersObserved
  readonly up: LoadBalancersUp
  readonly down: LoadBalancersDown
  readonly modelled: Modelled
  readonly built: readonly Change[]
}

type Gone = { readonly needs: readonly string[]; readonly waits: readonly Wait[] }

/**
 * When nobody is sent from these hosts to a load balancer any more, by any records or by those given. One with no end in sight is
 * waited for all the same.
 */
export function goneWhen(
  { down, context }: Retiring,
  balancer: ObservedLoadBalancer,
  hosts: readonly string[] | null,
  pointing: readonly RecordFact[] = down.dns.pointing,
): Gone {
  const here = byBalancer(pointing).get(plainName(balancer.DNSName)) ?? []
  const facts = here.filter((fact) => hosts === null || hosts.includes(fact.host))
  const seconds = context.settings.waits.propagationSeconds
  return {
    needs: [...new Set(facts.flatMap((fact) => fact.gone?.needs ?? []))].sort(),
    waits: facts.flatMap((fact) => fact.gone?.waits ?? [{ kind: 'record-insync', of: fact.host, seconds } as const]),
  }
}

/** Asked for each rule that leaves, of the records of all load balancers. */
const byBalancer = lastMade((pointing: readonly RecordFact[]) => Map.groupBy(pointing, (fact) => plainName(fact.dnsName)))

/** Records carry a load balancer's name in lower case, with a dot behind it, or with `dualstack.` before it. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '')
}

/** For whom something shared is taken away: the oldest member, else the last one that is leaving, else whom it was made for. */
export function sharedObject({ intent, context }: Retiring, tag: string | undefined): ObjectRef {
  const last = leavingIn(context.view, context.unit).at(-1)
  return intent.owner ?? (last === undefined ? objectOf(tag) : refOf(last))
}
