import type { Change } from './change.ts'
import type { CertificateFacts, DnsFacts, LoadBalancerFacts } from './facts.ts'
import type { Finding } from './finding.ts'
import type { ClusterView } from './objects.ts'
import type { Settings } from './settings.ts'
import type { Unit } from './unit.ts'

/**
 * What every planner reads, whatever it plans. `now` in milliseconds since the epoch.
 * `failed`: ids of changes that were tried and cannot be made for now; what need not depend on them must not.
 */
export type PlanContext = {
  readonly unit: Unit
  readonly view: ClusterView
  readonly settings: Settings
  readonly now: number
  readonly failed?: ReadonlySet<string>
}

export type Intended<Intent> = { readonly intent: Intent; readonly findings: readonly Finding[] }
export type Built<Facts> = { readonly changes: readonly Change[]; readonly findings: readonly Finding[]; readonly facts: Facts }

/**
 * The pure half of a controller. All four are functions of their arguments alone.
 * `build` brings into being (creates and updates) and is called in the order of dependency with the facts of those before;
 * `retire` takes away and is called in the reverse order with the facts of those behind: what still points at what is to go.
 * `advance` says what is observed after one change was made; it feeds the cache, the invariant checker and the property tests.
 * Canonical: `build` and `retire` of what `advance` made of all changes are empty.
 */
export type Planner<Intent, Observed, Up, Facts, Down> = {
  intend(context: PlanContext): Intended<Intent>
  build(context: PlanContext, intent: Intent, observed: Observed, up: Up): Built<Facts>
  retire(context: PlanContext, intent: Intent, observed: Observed, up: Up, down: Down): readonly Change[]
  advance(observed: Observed, change: Change, outcome: Outcome, now: number): Observed
}

/** What the API answered to a change, in its own field names; for changes made in a model only, made up by it. */
export type Outcome = { readonly [field: string]: unknown }

export type CertificatesUp = Record<string, never>
export type LoadBalancersUp = { readonly certificates: CertificateFacts }
export type DnsUp = { readonly certificates: CertificateFacts; readonly loadbalancers: LoadBalancerFacts }
export type CertificatesDown = { readonly loadbalancers: LoadBalancerFacts; readonly dns: DnsFacts }
export type LoadBalancersDown = { readonly dns: DnsFacts }
export type DnsDown = Record<string, never>
