import type { ObjectRef } from '../shared/change.ts'

/** What a certificate itself says, and whether the key beside it is its own. Times in milliseconds since the epoch. */
export type Issued = {
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  readonly notBefore: number
  readonly notAfter: number
  readonly hosts: readonly string[]
  readonly keyMatches: boolean
}

/** A certificate with what it was issued for. */
export type Material = Issued & { readonly profile: string }

/** A key that was persisted to be certified, and the request it is for; then the certificate too. */
export type NextKey = {
  readonly keyType: string
  /** Common name first. */
  readonly hosts: readonly string[]
  readonly profile: string
  readonly issued: Issued | null
}

/** `importing`: ImportCertificate may have been called, and its answer is not known to have been kept. */
export type SecretState = 'key' | 'issued' | 'importing' | 'imported'

/** One of our Secrets: the only place where a certificate's key is. */
export type StoredCertificate = {
  readonly slot: string
  readonly secretName: string
  readonly object: ObjectRef
  readonly keyType: string
  readonly state: SecretState
  /** Of the certificate in ACM that it was imported as. */
  readonly arn: string | null
  /** What the next issue has to cover besides what is wanted then: hosts that were dropped but may still be served. */
  readonly hosts: readonly string[]
  readonly current: Material | null
  readonly next: NextKey | null
}

/** A certificate in ACM that is ours by its tags or by our Secret. */
export type AcmCertificate = {
  readonly arn: string
  readonly slot: string
  /** Null if there is no such certificate any more. */
  readonly serial: string | null
  /** Nothing used it when that was asked for, to remove it. */
  readonly unused: boolean
}

/** What is known of a unit's certificates. Plain data. */
export type CertificatesObserved = { readonly stored: readonly StoredCertificate[]; readonly acm: readonly AcmCertificate[] }

export const nothingObserved: CertificatesObserved = { stored: [], acm: [] }
