import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { CertificateProfile } from '../shared/settings.ts'

const generate = promisify(generateKeyPair)

/** A new private key: PEM, PKCS #8. */
export async function newKey(keyType: CertificateProfile['keyType']): Promise<string> {
  const [family, size = ''] = keyType.split('-')
  const { privateKey } =
    family === 'rsa'
      ? await generate('rsa', { modulusLength: Number(size) })
      : await generate('ec', { namedCurve: size === 'p256' ? 'prime256v1' : 'secp384r1' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * A certificate signing request (PKCS #10, RFC 2986) for DNS names. Written here, because what it takes is six nested
 * structures of DER, and the library at hand needs a global reflection polyfill to load.
 */
export function signingRequest(keyPem: string, commonName: string, dnsNames: readonly string[]): string {
  const key = createPrivateKey(keyPem)
  const info = sequence(
    integerZero,
    subject(commonName),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(0xa0, alternativeNames(dnsNames)),
  )
  const { hash, algorithm } = signatureOf(key)
  const signature = der(0x03, Buffer.from([0]), sign(hash, info, key))
  const lines =
    sequence(info, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const digits = body.length.toString(16)
  const length = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts)
const integerZero = Buffer.from([0x02, 0x01, 0x00])
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const COMMON_NAME = oid('550403')
const EXTENSION_REQUEST = oid('2a864886f70d01090e')
const SUBJECT_ALT_NAME = oid('551d11')

function subject(commonName: string): Buffer {
  if (commonName === '') return sequence()
  return sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))
}

function alternativeNames(dnsNames: readonly string[]): Buffer {
  const names = sequence(...dnsNames.map((name) => der(0x82, Buffer.from(name, 'ascii'))))
  return sequence(EXTENSION_REQUEST, set(sequence(sequence(SUBJECT_ALT_NAME, der(0x04, names)))))
}

/** RFC 4055 §5 and RFC 5758 §3.2: RSA names its parameters as NULL, ECDSA names none. */
function signatureOf(key: KeyObject): { readonly hash: string; readonly algorithm: Buffer } {
  if (key.asymmetricKeyType === 'rsa')
    return { hash: 'sha256', algorithm: sequence(oid('2a864886f70d01010b'), Buffer.from([0x05, 0x00])) }
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1'
    ? { hash: 'sha384', algorithm: sequence(oid('2a8648ce3d040303')) }
    : { hash: 'sha256', algorithm: sequence(oid('2a8648ce3d040302')) }
}
