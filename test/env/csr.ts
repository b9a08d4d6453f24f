// A certificate request (PKCS #10, RFC 2986) with a fresh key, written byte by byte so that the environment's
// own proof does not rest on the library the product uses.
import { generateKeyPairSync, sign } from 'node:crypto'

export type CertificateRequest = { readonly csr: string; readonly key: string }

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))

const commonName = oid('550403')
const extensionRequest = oid('2a864886f70d01090e')
const subjectAltName = oid('551d11')
const algorithms = {
  ec: sequence(oid('2a8648ce3d040302')), // ecdsa-with-SHA256, RFC 5758 §3.2
  rsa: sequence(oid('2a864886f70d01010b'), der(0x05)), // sha256WithRSAEncryption, RFC 4055 §5
}

/** The first host is the common name; all are subject alternative names. */
export function certificateRequest(hosts: readonly [string, ...string[]], kind: 'ec' | 'rsa' = 'rsa'): CertificateRequest {
  const { publicKey, privateKey } =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const subject = sequence(set(sequence(commonName, der(0x0c, Buffer.from(hosts[0], 'utf8')))))
  const names = sequence(...hosts.map((host) => der(0x82, Buffer.from(host, 'latin1'))))
  const extensions = sequence(sequence(subjectAltName, der(0x04, names)))
  const attributes = der(0xa0, sequence(extensionRequest, set(extensions)))
  const version = der(0x02, Buffer.from([0]))
  const info = sequence(version, subject, publicKey.export({ type: 'spki', format: 'der' }), attributes)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', info, privateKey))
  const lines = sequence(info, algorithms[kind], signature)
    .toString('base64')
    .match(/.{1,64}/g)
  return {
    csr: `-----BEGIN CERTIFICATE REQUEST-----\n${lines?.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
