import type { MetricSpecs } from '../runtime/telemetry-metrics.ts'
import type { LoadBalancersObserved } from './observed.ts'

/** Gauges of this controller. */
export const LOAD_BALANCER_METRICS = {
  fairlead_load_balancers: { type: 'gauge', help: 'Load balancers that are ours', labels: [] },
  fairlead_load_balancers_provisioning: {
    type: 'gauge',
    help: 'Load balancers that are ours and not active yet, or failed',
    labels: [],
  },
  fairlead_listener_rules: { type: 'gauge', help: 'Rules on our listeners, default ones not counted', labels: [] },
  fairlead_listener_certificates: {
    type: 'gauge',
    help: 'Certificates on our listeners besides the default ones; AWS allows 25 per load balancer',
    labels: [],
  },
  fairlead_target_groups: { type: 'gauge', help: 'Target groups that are ours', labels: [] },
  fairlead_targets_healthy: { type: 'gauge', help: 'Registered targets that are healthy', labels: [] },
  fairlead_targets_unhealthy: { type: 'gauge', help: 'Registered targets that fail their health checks', labels: [] },
} as const satisfies MetricSpecs

/** Computed from what is known of one unit, without any call. */
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
