import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export type AuthorityKeys = 'ec' | 'rsa'

/** A root and the intermediate that issues; fixed dates, so that one serves every test of a process. */
export type Authority = {
  readonly root: x509.X509Certificate
  readonly issuing: x509.X509Certificate
  readonly issuingKey: webcrypto.CryptoKey
  readonly signing: webcrypto.Algorithm | webcrypto.EcdsaParams
}

const algorithms = {
  ec: { key: { name: 'ECDSA', namedCurve: 'P-256' }, signing: { name: 'ECDSA', hash: 'SHA-256' } },
  rsa: {
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
    signing: { name: 'RSASSA-PKCS1-v1_5' },
  },
} as const

const made = new Map<AuthorityKeys, Promise<Authority>>()

export function authority(keys: AuthorityKeys): Promise<Authority> {
  const known = made.get(keys)
  if (known !== undefined) return known
  const making = make(keys)
  made.set(keys, making)
  return making
}

async function make(keys: AuthorityKeys): Promise<Authority> {
  const { key, signing } = algorithms[keys]
  const pair = () => webcrypto.subtle.generateKey(key, false, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
  const [rootPair, issuingPair] = await Promise.all([pair(), pair()])
  const dates = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2045-01-01T00:00:00Z') }
  const usage = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Fairlead Test Root',
    keys: rootPair,
    signingAlgorithm: signing,
    ...dates,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      usage,
      await x509.SubjectKeyIdentifierExtension.create(rootPair.publicKey),
    ],
  })
  const issuing = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=Fairlead Test Issuing CA',
    issuer: root.subject,
    publicKey: issuingPair.publicKey,
    signingKey: rootPair.privateKey,
    signingAlgorithm: signing,
    ...dates,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      usage,
      await x509.SubjectKeyIdentifierExtension.create(issuingPair.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootPair.publicKey),
    ],
  })
  return { root, issuing, issuingKey: issuingPair.privateKey, signing }
}
