import 'reflect-metadata'
import { type KeyObject, KeyObject as KeyObjects, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const algorithms = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
} as const

/** A certificate signing request with a new key, for tests of who signs it. */
export async function csrFor(
  names: readonly string[],
  key: 'ec' | 'rsa' = 'ec',
): Promise<{ readonly csr: string; readonly publicKey: KeyObject }> {
  const keys = (await webcrypto.subtle.generateKey(algorithms[key], true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name([{ CN: [names[0] ?? ''] }]).toString(),
    keys,
    signingAlgorithm: algorithms[key],
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
  })
  return { csr: csr.toString('pem'), publicKey: KeyObjects.from(keys.publicKey) }
}
