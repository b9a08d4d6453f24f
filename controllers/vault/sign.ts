import { X509Certificate } from 'node:crypto'
import type { SignedCertificate, SignRequest } from './vault.ts'

/** https://developer.hashicorp.com/vault/api-docs/secret/pki#sign-certificate */
export function signBody(request: SignRequest): Readonly<Record<string, unknown>> {
  return {
    csr: request.csr,
    common_name: request.commonName,
    // Vault adds the common name itself; roles that take the names from the request itself ignore these with a warning.
    alt_names: request.dnsNames.join(','),
    ttl: `${request.ttlSeconds}s`,
    format: 'pem',
  }
}

export const signPath = ({ mount, role }: Pick<SignRequest, 'mount' | 'role'>): string => `${mount}/sign/${role}`

/** Reads Vault's answer, or null if it is none. */
export function signedCertificate(answer: unknown): SignedCertificate | null {
  const { data, warnings, request_id } = (answer ?? {}) as {
    readonly data?: {
      readonly certificate?: unknown
      readonly issuing_ca?: unknown
      readonly ca_chain?: unknown
      readonly serial_number?: unknown
    } | null
    readonly warnings?: unknown
    readonly request_id?: unknown
  }
  if (typeof data?.certificate !== 'string' || typeof data.issuing_ca !== 'string' || typeof data.serial_number !== 'string')
    return null
  return {
    certificate: pem(data.certificate),
    chain: chainOf(texts(data.ca_chain), data.issuing_ca),
    issuingCa: pem(data.issuing_ca),
    serial: normalSerial(data.serial_number),
    warnings: texts(warnings),
    requestId: typeof request_id === 'string' ? request_id : null,
  }
}

/**
 * The issuing CA and what is above it, without the root, as ACM wants it; where a root issued the leaf, that root.
 * https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
 */
function chainOf(caChain: readonly string[], issuingCa: string): readonly string[] {
  const chain = caChain.filter((certificate) => !selfSigned(certificate))
  return (chain.length > 0 ? chain : [issuingCa]).map(pem)
}

function selfSigned(text: string): boolean {
  const certificate = new X509Certificate(text)
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)
}

/** Lower-case hex pairs with colons, without the zero that only marks a positive number. */
export function normalSerial(serial: string): string {
  const digits = serial.replaceAll(/[^0-9a-fA-F]/g, '').toLowerCase()
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  const pairs = even.match(/../g) ?? []
  const first = pairs.findIndex((pair) => pair !== '00')
  return (first < 0 ? ['00'] : pairs.slice(first)).join(':')
}

/** Vault's PEM texts have no newline at the end. */
const pem = (text: string): string => `${text.trim()}\n`

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
