import type { DnsFacts } from '../shared/facts.ts'
import type { DnsDown, DnsUp, Planner } from '../shared/planner.ts'
import { advanceDns } from './advance.ts'
import { type DnsIntent, intendDns } from './intent.ts'
import type { DnsObserved } from './observed.ts'
import { buildDns, decided } from './plan.ts'

/** Hosts that something serves -> Route 53 records with their ownership. */
export const dnsPlanner: Planner<DnsIntent, DnsObserved, DnsUp, DnsFacts, DnsDown> = {
  intend: intendDns,
  build: buildDns,
  retire: (context, intent, observed, up) => decided(context, intent, observed, up).leaving,
  advance: advanceDns,
}
