import type { DnsObserved } from './observed.ts'
import { ownedIn } from './owned.ts'

/** Gauges of this controller, by name; computed from what is known, without any call. */
export const DNS_METRICS = {
  fairlead_dns_records: 'Records that are ours, registry entries not counted',
  fairlead_dns_changes_pending: 'Records that moved or went and that resolvers may still know',
  fairlead_dns_hosts_quarantined: 'Hosts that Route 53 refused',
} as const

export function dnsMetrics(observed: DnsObserved, owner: string): Readonly<Record<keyof typeof DNS_METRICS, number>> {
  const owned = Object.values(observed.records).flatMap((records) => ownedIn(records, owner))
  return {
    fairlead_dns_records: owned.filter((item) => item.record !== null).length,
    fairlead_dns_changes_pending: observed.pending.length,
    fairlead_dns_hosts_quarantined: observed.quarantined.length,
  }
}
