import type { CertificatesObserved } from './observed.ts'

/** Gauges of this controller, by name, one sample per certificate; computed from what is known, without any call. */
export const CERTIFICATE_METRICS = {
  fairlead_certificate_not_before_timestamp_seconds: 'When the certificate in use begins to be valid',
  fairlead_certificate_expiration_timestamp_seconds: 'When the certificate in use expires',
  fairlead_certificate_imported: 'Whether ACM holds the certificate that the Secret holds: 1 or 0',
} as const

export type Sample = {
  readonly labels: Readonly<Record<string, string>>
  readonly values: Readonly<Record<keyof typeof CERTIFICATE_METRICS, number>>
}

export function certificateMetrics(observed: CertificatesObserved): readonly Sample[] {
  return observed.stored.flatMap((stored) => {
    if (stored.current === null) return []
    const { namespace, name } = stored.object
    const seen = observed.acm.find((item) => item.arn === stored.arn)
    return [
      {
        labels: { namespace, name, serial: stored.current.serial },
        values: {
          fairlead_certificate_not_before_timestamp_seconds: stored.current.notBefore / 1000,
          fairlead_certificate_expiration_timestamp_seconds: stored.current.notAfter / 1000,
          fairlead_certificate_imported: seen?.serial === stored.current.serial ? 1 : 0,
        },
      },
    ]
  })
}
