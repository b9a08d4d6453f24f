import { isNotFound } from '../aws/errors.ts'
import type { Wait } from '../shared/change.ts'
import type { UnitState } from './cache-unit.ts'
import { loadBalancerFrom } from './from-elbv2.ts'
import { seen } from './observe-balancers.ts'
import { ARNS_PER_CALL, type Calls, inChunks } from './observe-calls.ts'
import { readHealth } from './observe-target-groups.ts'
import type { ObservedLoadBalancer, ObservedTarget, ObservedTargetGroup } from './observed.ts'

/** Reads only what tells whether the waits are over. What turns out to be gone is read as a whole by the next refresh. */
export async function lookAtWaits(calls: Calls, state: UnitState, waits: readonly Wait[], now: number): Promise<void> {
  const { observed } = state
  const balancers = observed.loadBalancers.filter((item) =>
    asked(waits, ['load-balancer-active'], [item.LoadBalancerArn, item.LoadBalancerName]),
  )
  const groups = observed.targetGroups.filter((item) =>
    asked(waits, ['targets-healthy', 'targets-drained'], [item.TargetGroupArn, item.TargetGroupName]),
  )
  const [active, health] = await Promise.all([readStates(calls, state, balancers), readTargets(calls, state, groups)])
  // Merged into what is known now: changes may have been made while AWS answered.
  state.observed = {
    ...state.observed,
    loadBalancers: state.observed.loadBalancers.map((item) => {
      const read = active.get(item.LoadBalancerArn)
      return read === undefined ? item : seen({ ...item, State: read.State }, item, item.Tags, now)
    }),
    targetGroups: state.observed.targetGroups.map((item) => ({
      ...item,
      Targets: health.get(item.TargetGroupArn) ?? item.Targets,
    })),
  }
}

function asked(waits: readonly Wait[], kinds: readonly Wait['kind'][], ids: readonly string[]): boolean {
  return waits.some((wait) => kinds.includes(wait.kind) && ids.includes(wait.of))
}

async function readStates(
  { elbv2, options }: Calls,
  state: UnitState,
  balancers: readonly ObservedLoadBalancer[],
): Promise<ReadonlyMap<string, ObservedLoadBalancer>> {
  const arns = balancers.map((item) => item.LoadBalancerArn)
  const lists = await Promise.all(
    inChunks(arns, ARNS_PER_CALL).map(async (chunk) => {
      try {
        return (await elbv2.describeLoadBalancers({ LoadBalancerArns: [...chunk] }, options)).LoadBalancers ?? []
      } catch (error) {
        if (!isNotFound(error)) throw error
        state.stale.add('load-balancers')
        return []
      }
    }),
  )
  return new Map(lists.flat().map((item) => [item.LoadBalancerArn ?? '', loadBalancerFrom(item)]))
}

async function readTargets(
  calls: Calls,
  state: UnitState,
  groups: readonly ObservedTargetGroup[],
): Promise<ReadonlyMap<string, readonly ObservedTarget[]>> {
  const read = new Map<string, readonly ObservedTarget[]>()
  await Promise.all(
    groups.map(async ({ TargetGroupArn }) => {
      try {
        read.set(TargetGroupArn, await readHealth({ calls }, TargetGroupArn))
      } catch (error) {
        if (!isNotFound(error)) throw error
        state.stale.add('target-groups')
      }
    }),
  )
  return read
}
