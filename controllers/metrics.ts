import type { Aws } from './aws/aws.ts'
import { CERTIFICATE_METRICS, certificateMetrics } from './certificates/metrics.ts'
import type { CertificatesObserved } from './certificates/observed.ts'
import type { Config } from './config.ts'
import { DNS_METRICS, dnsMetrics } from './dns/metrics.ts'
import type { DnsObserved } from './dns/observed.ts'
import { LOAD_BALANCER_METRICS, loadBalancersMetrics } from './loadbalancers/metrics.ts'
import type { LoadBalancersObserved } from './loadbalancers/observed.ts'
import type { Clock } from './runtime/clock.ts'
import type { Leadership } from './runtime/leadership.ts'
import type { Manager } from './runtime/manager.ts'
import type { PassResult, Trouble } from './runtime/reconciler.ts'
import { SAFETY_METRICS } from './runtime/safety-metrics.ts'
import type { Sample, Telemetry } from './runtime/telemetry.ts'
import { PassMeter } from './runtime/telemetry-passes.ts'
import { gaugeSources, noteSources } from './runtime/telemetry-sources.ts'
import { Standing } from './runtime/telemetry-standing.ts'
import type { Watched } from './runtime/watched.ts'
import type { Change } from './shared/change.ts'
import type { Composition } from './shared/compose.ts'
import type { PlanContext } from './shared/planner.ts'
import type { Settings } from './shared/settings.ts'
import { parseUnitKey, unitKey } from './shared/unit.ts'

/** The gauges of each controller, as its metrics.ts describes them. */
export const CONTROLLER_METRICS = { ...CERTIFICATE_METRICS, ...LOAD_BALANCER_METRICS, ...DNS_METRICS, ...SAFETY_METRICS }

type Seen<O> = { observed(context: PlanContext): O }
export type MetersOptions = {
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly aws: Aws
  readonly lease: Pick<Leadership, 'leading'>
  readonly watched: Watched
  readonly settings: Settings
  readonly effects: {
    readonly certificates: Seen<CertificatesObserved>
    readonly loadbalancers: Seen<LoadBalancersObserved>
    readonly dns: Seen<DnsObserved>
  }
}

export type Meter = ReturnType<typeof meters>

/** Measures the work of all controllers: what the composition root tells of it goes into metrics and status. */
export function meters({ telemetry, clock, aws, lease, watched, settings, effects }: MetersOptions) {
  telemetry.define(CONTROLLER_METRICS)
  const standing = new Standing(clock, () => lease.leading)
  const passes = new PassMeter(telemetry, clock)
  return {
    telemetry,
    standing,
    queueObserver: passes.queueObserver,
    touched: (unit: string) => passes.event(unit),
    pass: (unit: string, run: () => Promise<PassResult>) => passes.pass(unit, run),
    made: ({ controller, action }: Change, outcome: 'applied' | 'failed') =>
      telemetry.count('fairlead_changes_total', { controller, action, outcome }),
    note(context: PlanContext, composition: Composition, trouble: Trouble): void {
      const balancers = loadBalancersMetrics(effects.loadbalancers.observed(context))
      const gauges: readonly (readonly [string, Sample])[] = [
        ...certificateMetrics(effects.certificates.observed(context)),
        ...Object.entries(balancers).map(([name, value]) => [name, { labels: {}, value }] as const),
      ]
      standing.note(unitKey(context.unit), { view: context.view, composition, trouble, gauges })
    },
    reset(): void {
      standing.reset()
      passes.reset()
    },
    /** From now on the gauges have values. */
    measure(manager: Manager, { policy, workers, lease: { name } }: Pick<Config, 'policy' | 'workers' | 'lease'>): void {
      const leaseName = policy === 'observe' ? null : name
      gaugeSources({ telemetry, standing, manager, watched, lease, leaseName, workers, clock })
      noteSources(telemetry, standing, Object.keys(LOAD_BALANCER_METRICS), [])
      noteSources(telemetry, standing, Object.keys(CERTIFICATE_METRICS), Object.keys(CERTIFICATE_METRICS))
      for (const name of Object.keys(DNS_METRICS) as (keyof typeof DNS_METRICS)[]) {
        telemetry.source(name, () => {
          if (manager.queue === null) return []
          // What is known of zones is the same for every unit.
          const context = { unit: parseUnitKey('group/none'), view: watched.view('group/none'), settings, now: clock.now() }
          return [{ labels: {}, value: dnsMetrics(effects.dns.observed(context as PlanContext), settings.txtOwner)[name] }]
        })
      }
      telemetry.source('fairlead_aws_limiter_waiting', () =>
        'waiting' in aws && typeof aws.waiting === 'function' ? [{ labels: {}, value: Number(aws.waiting()) }] : [],
      )
    },
  }
}
