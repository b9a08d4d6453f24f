import { nothingObserved as noCertificates } from '../certificates/observed.ts'
import { nothingObserved as noRecords } from '../dns/observed.ts'
import { nothingObserved as noLoadBalancers } from '../loadbalancers/observed.ts'
import type { planners } from '../main.ts'
import type { PerController } from '../shared/compose.ts'
import type { Planner } from '../shared/planner.ts'

export const STATE_VERSION = 1

// biome-ignore lint/suspicious/noExplicitAny: only the second type parameter is asked for
type ObservedOf<P> = P extends Planner<any, infer Observed, any, any, any> ? Observed : never
export type ObservedUnit = PerController<
  ObservedOf<typeof planners.certificates>,
  ObservedOf<typeof planners.loadbalancers>,
  ObservedOf<typeof planners.dns>
>

/** What `fairlead plan --export-aws-state` writes: what was observed, so that a plan can be made without credentials. No secrets. */
export type AwsState = {
  readonly version: typeof STATE_VERSION
  readonly clusterId: string
  readonly account: string
  readonly region: string
  readonly vpcId: string | null
  readonly units: Readonly<Record<string, ObservedUnit>>
  /** What a unit that does not exist yet would find: subnets, zones. */
  readonly elsewhere: ObservedUnit
}

/** What a unit's plan starts from offline: the export, else nothing known. */
export function observedIn(state: AwsState | null, unit: string): ObservedUnit {
  return (
    state?.units[unit] ?? state?.elsewhere ?? { certificates: noCertificates, loadbalancers: noLoadBalancers, dns: noRecords }
  )
}
