import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { Issued } from './observed.ts'

/** A serial number as Vault and ACM print it, however it was written: lower-case hex pairs with colons. */
export function canonicalSerial(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase().replace(/^0+/, '')
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return (even.match(/../g) ?? []).join(':')
}

/** What a certificate says, and whether `key` (PEM) is its own; null if either cannot be read. */
export function readIssued(certificate: string, key: string): Issued | null {
  try {
    const parsed = new X509Certificate(certificate)
    return {
      serial: canonicalSerial(parsed.serialNumber),
      notBefore: parsed.validFromDate.getTime(),
      notAfter: parsed.validToDate.getTime(),
      hosts: dnsNames(parsed),
      keyMatches: parsed.checkPrivateKey(createPrivateKey(key)),
    }
  } catch {
    // A Secret that somebody edited: as good as none.
    return null
  }
}

/** The DNS names of the subject alternative names, or the common name where there are none. */
function dnsNames(certificate: X509Certificate): readonly string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map((match) => (match[1] ?? '').toLowerCase())
  return names.length > 0
    ? names
    : [...certificate.subject.matchAll(/^CN=(.+)$/gm)].map((match) => (match[1] ?? '').toLowerCase())
}

/** Whether a private key (PEM) can be read at all. */
export function isKey(pem: string): boolean {
  try {
    return createPublicKey(createPrivateKey(pem)).type === 'public'
  } catch {
    return false
  }
}
