import type { Aws } from '../aws/aws.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Effects, Priority, RefreshScope } from '../runtime/effects.ts'
import { ChangeFailed } from '../shared/failure.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Settings } from '../shared/settings.ts'
import { unitKey } from '../shared/unit.ts'
import { advance } from './advance.ts'
import { applyChange } from './apply.ts'
import { NetworkCache } from './cache-network.ts'
import { UnitCache, type UnitState } from './cache-unit.ts'
import { readInventory } from './inventory.ts'
import type { Look, Wanted } from './look.ts'
import { observe } from './observe.ts'
import { callsFor } from './observe-calls.ts'
import { lookAtWaits } from './observe-waits.ts'
import type { LoadBalancersObserved } from './observed.ts'
import { wantedOf } from './wanted.ts'
import type { LoadBalancerIntent } from './wish.ts'

const PRIORITIES: Readonly<Record<RefreshScope['kind'], Priority>> = { missing: 'change', waits: 'wait', sweep: 'sweep' }
/** Subnets are read again by sweeps: seldom, but soon while a unit has no load balancer, since a missing tag may be why. */
const NETWORK_MAX_AGE_MS = 4 * 3_600_000
const NETWORK_MAX_AGE_WITHOUT_BALANCER_MS = 60_000
const NETWORK_FAULTS = ['SubnetNotFound', 'InvalidSubnet', 'AvailabilityZoneNotSupported', 'InvalidConfigurationRequest']

export function loadBalancersEffects({
  aws,
  clock,
  settings,
}: {
  readonly aws: Aws
  readonly clock: Clock
  readonly settings: Settings
}): Effects<LoadBalancerIntent, LoadBalancersObserved> {
  const where = { account: settings.account, region: settings.region }
  const cache = new UnitCache()
  const networks = new NetworkCache(clock)

  async function refresh(
    context: PlanContext,
    intent: LoadBalancerIntent,
    scope: RefreshScope,
    signal: AbortSignal,
  ): Promise<void> {
    const key = unitKey(context.unit)
    const state = cache.of(key)
    const calls = callsFor(aws, where, { signal, priority: PRIORITIES[scope.kind] })
    if (scope.kind === 'waits') return lookAtWaits(calls, state, scope.waits, clock.now())
    const sweep = scope.kind === 'sweep'
    const vpcId = context.settings.vpcId
    if (vpcId !== null && intent.owner !== null) {
      const waiting = state.known && state.observed.loadBalancers.length === 0
      const maxAge = waiting ? NETWORK_MAX_AGE_WITHOUT_BALANCER_MS : NETWORK_MAX_AGE_MS
      const network = await networks.of(vpcId, sweep ? maxAge : Number.POSITIVE_INFINITY, calls)
      state.observed = { ...state.observed, network }
    }
    const wanted = wantedOf(context, intent, state.observed)
    const whole = sweep || !state.known
    if (!whole && !isMissing(state, wanted)) return
    if (whole) state.stale.addAll()
    const stale = state.stale.take()
    const leftovers = [...state.leftovers]
    const { version } = state
    const look: Look = {
      calls,
      unitKey: key,
      clusterId: settings.clusterId,
      wanted,
      state,
      stale,
      whole,
      now: clock.now(),
      ticks: clock.monotonic(),
    }
    try {
      const observed = await observe(look, state.observed)
      if (state.version !== version) {
        // A change was made while this was read, of which it shows perhaps half: what is known stays, and is read again.
        state.stale.putBack(stale)
        return
      }
      state.observed = observed
      state.known = true
      for (const arn of leftovers) state.leftovers.delete(arn)
    } catch (error) {
      state.stale.putBack(stale)
      throw error
    }
  }

  return {
    name: 'loadbalancers',
    observed: (context) => cache.peek(unitKey(context.unit)),
    refresh,
    async apply(context, changes, signal) {
      const key = unitKey(context.unit)
      const state = cache.of(key)
      const calls = callsFor(aws, where, { signal, priority: 'change' })
      for (const [index, change] of changes.entries()) {
        try {
          await applyChange(
            {
              calls,
              state,
              unitKey: key,
              clusterId: settings.clusterId,
              advance: (observed, made, outcome) => advance(observed, made, outcome, clock.now()),
            },
            change,
          )
        } catch (error) {
          const failure = error instanceof ChangeFailed ? error : null
          if (failure === null) throw error
          if (NETWORK_FAULTS.includes(failure.code) && context.settings.vpcId !== null) networks.drop(context.settings.vpcId)
          // Those behind it were not tried.
          throw failure.with({ changes: changes.slice(index).map((item) => item.id) })
        }
      }
    },
    async inventory(signal) {
      const units = await readInventory(aws.tagging(where), settings.clusterId, { signal, priority: 'sweep' })
      for (const [key, arns] of units) noteLeftovers(cache.of(key), arns)
      return [...units.keys()]
    },
    forget: (key) => cache.forget(key),
  }
}

/** Whether anything was never read, or is doubted. */
function isMissing(state: UnitState, wanted: Wanted): boolean {
  const { loadBalancers, targetGroups } = state.observed
  return (
    !state.stale.empty ||
    state.leftovers.size > 0 ||
    wanted.loadBalancerNames.some(
      (name) => !state.lookedFor.has(name) && !loadBalancers.some((item) => item.LoadBalancerName === name),
    ) ||
    loadBalancers.some((item) => item.Attributes === null && wanted.loadBalancerAttributes(item)) ||
    targetGroups.some((item) => item.Attributes === null && wanted.targetGroupAttributes(item))
  )
}

/** What the index lists and the unit is not known to have: made before a crash, or by an intent that is no more. */
function noteLeftovers(state: UnitState, arns: readonly string[]): void {
  const { loadBalancers, targetGroups, securityGroups } = state.observed
  const known = new Set([
    ...loadBalancers.map((item) => item.LoadBalancerArn),
    ...targetGroups.map((item) => item.TargetGroupArn),
  ])
  for (const arn of arns) {
    const [, group] = arn.split(':security-group/')
    if (group === undefined) {
      if (!known.has(arn)) state.leftovers.add(arn)
    } else if (!securityGroups.some((item) => item.GroupId === group)) state.stale.add('security-groups')
  }
}
