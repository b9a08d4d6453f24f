import type { LoadBalancersObserved } from './observed.ts'

/** Gauges of this controller, by name; computed from what is known of one unit, without any call. */
export const LOAD_BALANCER_METRICS = {
  fairlead_load_balancers: 'Load balancers that are ours',
  fairlead_load_balancers_provisioning: 'Load balancers that are ours and not active yet, or failed',
  fairlead_listener_rules: 'Rules on our listeners, default ones not counted',
  fairlead_listener_certificates: 'Certificates on our listeners besides the default ones; AWS allows 25 per load balancer',
  fairlead_target_groups: 'Target groups that are ours',
  fairlead_targets_healthy: 'Registered targets that are healthy',
  fairlead_targets_unhealthy: 'Registered targets that fail their health checks',
} as const

export function loadBalancersMetrics(
  observed: LoadBalancersObserved,
): Readonly<Record<keyof typeof LOAD_BALANCER_METRICS, number>> {
  const { loadBalancers, listeners, rules, targetGroups } = observed
  const targets = targetGroups.flatMap((group) => group.Targets)
  return {
    fairlead_load_balancers: loadBalancers.length,
    fairlead_load_balancers_provisioning: loadBalancers.filter((item) => !item.State.startsWith('active')).length,
    fairlead_listener_rules: rules.length,
    fairlead_listener_certificates: listeners.reduce((sum, listener) => sum + listener.Certificates.length, 0),
    fairlead_target_groups: targetGroups.length,
    fairlead_targets_healthy: targets.filter((target) => target.State === 'healthy').length,
    fairlead_targets_unhealthy: targets.filter((target) => target.State.startsWith('unhealthy')).length,
  }
}
