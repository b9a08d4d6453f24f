import type { Sample } from '../runtime/telemetry.ts'
import type { MetricSpecs } from '../runtime/telemetry-metrics.ts'
import type { CertificatesObserved } from './observed.ts'

const labels = ['namespace', 'name']

/** Gauges of this controller. Of several certificates of one object the least value is told: the one that expires first. */
export const CERTIFICATE_METRICS = {
  fairlead_certificate_not_before_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in use for an object begins to be valid',
    labels,
  },
  fairlead_certificate_expiration_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in use for an object expires',
    labels,
  },
  fairlead_certificate_imported: {
    type: 'gauge',
    help: 'Whether ACM holds the certificate that the Secret of an object holds: 1 or 0',
    labels,
  },
} as const satisfies MetricSpecs

/** Computed from what is known of one unit, without any call. */
export function certificateMetrics(
  observed: CertificatesObserved,
): readonly (readonly [name: keyof typeof CERTIFICATE_METRICS, sample: Sample])[] {
  return observed.stored.flatMap((stored) => {
    if (stored.current === null) return []
    const { namespace, name } = stored.object
    const seen = observed.acm.find((item) => item.arn === stored.arn)
    const sample = (value: number): Sample => ({ labels: { namespace, name }, value })
    return [
      ['fairlead_certificate_not_before_timestamp_seconds', sample(stored.current.notBefore / 1000)],
      ['fairlead_certificate_expiration_timestamp_seconds', sample(stored.current.notAfter / 1000)],
      ['fairlead_certificate_imported', sample(seen?.serial === stored.current.serial ? 1 : 0)],
    ] as const
  })
}
