import type { KeyAlgorithm, ListCertificatesCommandOutput } from '@aws-sdk/client-acm'
import type { Acm } from '../aws/acm.ts'
import { isNotFound } from '../aws/errors.ts'
import type { CallOptions } from '../aws/operation.ts'
import { isOurs, TAG_SLOT, tagValue } from '../shared/names.ts'
import type { AcmCertificate } from './observed.ts'
import { canonicalSerial } from './x509.ts'

/** Without them ListCertificates leaves out everything but RSA 1024 and 2048: https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html */
const EVERY_KEY_TYPE: KeyAlgorithm[] = [
  ...(['RSA_1024', 'RSA_2048', 'RSA_3072', 'RSA_4096'] as const),
  ...(['EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1'] as const),
]

/** What ACM holds under an ARN. `asksForUse`: it is to be removed, so what uses it matters. */
export async function readCertificate(
  acm: Acm,
  arn: string,
  slot: string,
  asksForUse: boolean,
  options: CallOptions,
): Promise<AcmCertificate> {
  try {
    const { Certificate } = await acm.describeCertificate({ CertificateArn: arn }, options)
    const unused = asksForUse && (Certificate?.InUseBy ?? []).length === 0
    return { arn, slot, serial: canonicalSerial(Certificate?.Serial ?? ''), unused }
  } catch (error) {
    if (isNotFound(error)) return { arn, slot, serial: null, unused: true }
    throw error
  }
}

/**
 * The certificates that an import of a slot may have made: ACM knows no idempotency token, so after an import whose answer was
 * lost the tags of every certificate whose first name is one of ours tell. One call a page, and one per such certificate.
 */
export async function findBySlot(
  acm: Acm,
  of: { readonly clusterId: string; readonly slot: string; readonly names: readonly string[] },
  options: CallOptions,
): Promise<readonly string[]> {
  const arns: string[] = []
  for (let token: string | undefined; ; ) {
    const page: Omit<ListCertificatesCommandOutput, '$metadata'> = await acm.listCertificates(
      { Includes: { keyTypes: EVERY_KEY_TYPE }, MaxItems: 1000, ...(token === undefined ? {} : { NextToken: token }) },
      options,
    )
    for (const item of page.CertificateSummaryList ?? [])
      if (of.names.includes(item.DomainName?.toLowerCase() ?? '') && item.CertificateArn !== undefined)
        arns.push(item.CertificateArn)
    token = page.NextToken
    if (token === undefined) break
  }
  const found: string[] = []
  for (const arn of arns) {
    const { Tags = [] } = await acm.listTagsForCertificate({ CertificateArn: arn }, options)
    const tags = Object.fromEntries(Tags.map((tag) => [tag.Key ?? '', tag.Value ?? '']))
    if (isOurs(tags, of.clusterId) && tags[TAG_SLOT] === tagValue(of.slot)) found.push(arn)
  }
  return found
}
