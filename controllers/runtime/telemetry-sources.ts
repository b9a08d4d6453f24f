import type { Clock } from './clock.ts'
import type { Leadership } from './leadership.ts'
import type { Manager } from './manager.ts'
import type { Sample, Telemetry } from './telemetry.ts'
import type { Standing, Stood } from './telemetry-standing.ts'
import type { Watched } from './watched.ts'

export type SourcesOptions = {
  readonly telemetry: Telemetry
  readonly standing: Standing
  readonly manager: Manager
  readonly watched: Watched
  readonly lease: Pick<Leadership, 'leading'>
  /** Null without a Lease: then nobody leads, and nobody has to. */
  readonly leaseName: string | null
  readonly workers: number
  readonly clock: Clock
}

/** Where the gauges of the runtime take their values from. Those of the work are there on the leader only. */
export function gaugeSources({ telemetry, standing, manager, watched, lease, leaseName, workers, clock }: SourcesOptions): void {
  const name = { name: 'units' }
  const controller = { controller: 'units' }
  const queue = () => manager.queue?.metrics ?? { depth: 0, running: 0, longestRunningMs: 0 }
  telemetry.source('workqueue_depth', () => [{ labels: name, value: queue().depth }])
  telemetry.source('workqueue_longest_running_processor_seconds', () => [
    { labels: name, value: queue().longestRunningMs / 1000 },
  ])
  telemetry.source('controller_runtime_max_concurrent_reconciles', () => [{ labels: controller, value: workers }])
  telemetry.source('controller_runtime_active_workers', () => [{ labels: controller, value: queue().running }])
  telemetry.source('leader_election_master_status', () =>
    leaseName === null ? [] : [{ labels: { name: leaseName }, value: lease.leading ? 1 : 0 }],
  )
  telemetry.source('fairlead_watch_silence_seconds', () =>
    watched.reflectors.map(({ kind, lastContact }) => ({
      labels: { kind: kind.kind },
      value: (clock.monotonic() - lastContact) / 1000,
    })),
  )
  telemetry.source('fairlead_watch_lists', () =>
    watched.reflectors.map(({ kind, counts }) => ({ labels: { kind: kind.kind }, value: counts.lists })),
  )
  const of = (samples: (stood: Stood) => readonly Sample[]) => () => summed(standing.all().flatMap(samples))
  const one = (labels: Sample['labels']): Sample => ({ labels, value: 1 })
  telemetry.source('fairlead_units', () => [{ labels: {}, value: standing.all().length }])
  telemetry.source(
    'fairlead_objects',
    of(({ phases }) => [...phases].map(([phase, value]) => ({ labels: { phase }, value }))),
  )
  telemetry.source(
    'fairlead_plan_changes',
    of(({ plan }) => plan.changes.map((item) => one({ controller: item.controller, action: item.action }))),
  )
  telemetry.source(
    'fairlead_findings',
    of(({ plan }) => plan.findings.map(({ code, severity }) => one({ code, severity }))),
  )
  telemetry.source(
    'fairlead_waits',
    of(({ plan }) => plan.changes.flatMap((item) => item.waits.map(({ kind }) => one({ kind })))),
  )
  telemetry.source(
    'fairlead_unread_units',
    of(({ unread }) => unread.map((name) => one({ controller: name }))),
  )
  telemetry.source(
    'fairlead_failing_changes',
    of(({ failures }) => failures.map(({ change, failure }) => one({ controller: change.controller, kind: failure.kind }))),
  )
}

/** The gauges that the controllers describe, from what each pass noted. `least`: of several with the same labels the least counts, not their sum. */
export function noteSources(telemetry: Telemetry, standing: Standing, names: readonly string[], least: readonly string[]): void {
  for (const name of names) {
    const samples = () => standing.all().flatMap(({ gauges }) => gauges.flatMap(([of, sample]) => (of === name ? [sample] : [])))
    telemetry.source(name, () => summed(samples(), least.includes(name) ? Math.min : (a, b) => a + b))
  }
}

function summed(samples: readonly Sample[], join: (a: number, b: number) => number = (a, b) => a + b): readonly Sample[] {
  const found = new Map<string, Sample>()
  for (const { labels, value } of samples) {
    const key = JSON.stringify(labels)
    const known = found.get(key)
    found.set(key, { labels, value: known === undefined ? value : join(known.value, value) })
  }
  return [...found.values()]
}
