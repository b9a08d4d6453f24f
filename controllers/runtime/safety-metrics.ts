import type { MetricSpecs } from './telemetry-metrics.ts'

const gauge = (help: string) => ({ type: 'gauge', help, labels: [] }) as const

/** What stops writes, and what it holds up. */
export const SAFETY_METRICS = {
  fairlead_frozen: gauge('Whether all writes are frozen: 1 or 0'),
  fairlead_second_owner: gauge('Whether another live cluster has the same cluster id or TXT owner: 1 or 0'),
  fairlead_paused_objects: gauge('Ingresses that are paused, by themselves or by their Namespace'),
  fairlead_brake_engaged: gauge('Whether the brake has stopped removals: 1 or 0'),
  fairlead_brake_inferred_removals: gauge('What disappeared within the window without a deletion that was seen'),
  fairlead_brake_held_units: gauge('Units in which something is held by the brake'),
  fairlead_unreadable_kinds: gauge('Kinds of Kubernetes objects that may not be listed or watched'),
} as const satisfies MetricSpecs
