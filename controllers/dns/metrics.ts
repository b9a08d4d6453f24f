import type { MetricSpecs } from '../runtime/telemetry-metrics.ts'
import type { DnsObserved } from './observed.ts'
import { ownedIn } from './owned.ts'

/** Gauges of this controller. */
export const DNS_METRICS = {
  fairlead_dns_records: { type: 'gauge', help: 'Records that are ours, registry entries not counted', labels: [] },
  fairlead_dns_changes_pending: {
    type: 'gauge',
    help: 'Records that moved or went and that resolvers may still know',
    labels: [],
  },
  fairlead_dns_hosts_quarantined: { type: 'gauge', help: 'Hosts that Route 53 refused', labels: [] },
} as const satisfies MetricSpecs

/** Computed from what is known of all zones, without any call. */
export function dnsMetrics(observed: DnsObserved, owner: string): Readonly<Record<keyof typeof DNS_METRICS, number>> {
  const owned = Object.values(observed.records).flatMap((records) => ownedIn(records, owner))
  return {
    fairlead_dns_records: owned.filter((item) => item.record !== null).length,
    fairlead_dns_changes_pending: observed.pending.length,
    fairlead_dns_hosts_quarantined: observed.quarantined.length,
  }
}
