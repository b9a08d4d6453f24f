import type { CertificateFacts } from '../shared/facts.ts'
import type { CertificatesDown, CertificatesUp, Planner } from '../shared/planner.ts'
import { advanceCertificates } from './advance.ts'
import { inPlace } from './in-place.ts'
import { type CertificateIntent, intendCertificates } from './intent.ts'
import type { CertificatesObserved } from './observed.ts'
import { buildCertificates } from './plan.ts'
import { retireCertificates } from './retire.ts'

/** What Ingresses ask for -> certificates that Vault issued, in ACM. */
export const certificatesPlanner: Planner<
  CertificateIntent,
  CertificatesObserved,
  CertificatesUp,
  CertificateFacts,
  CertificatesDown
> = {
  intend: intendCertificates,
  build: (context, intent, observed, up) => buildCertificates(context, inPlace(intent, observed), observed, up),
  retire: (context, intent, observed, up, down) => retireCertificates(context, inPlace(intent, observed), observed, up, down),
  advance: advanceCertificates,
}
