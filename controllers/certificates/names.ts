import type { ObjectRef } from '../shared/change.ts'
import { hashOf, slotName } from '../shared/names.ts'
import type { CertificateProfile } from '../shared/settings.ts'

export const CERTIFICATE = 'AWS::CertificateManager::Certificate'
export const VAULT_CERTIFICATE = 'Vault::PKI::Certificate'
export const SECRET = 'Kubernetes::Secret'

/**
 * What a certificate is, whatever it says at the moment: that of an object, with a key type. It keeps its ARN over renewals and
 * changes of hosts; ACM does not allow another key type under the same ARN, so that makes another slot.
 * https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html
 */
export function certificateSlot(unit: string, object: ObjectRef, keyType: string): string {
  return slotName(unit, `certificate:${object.namespace}/${object.name}:${keyType}`)
}

/** Marks the changes of a renewal of less than what is wanted, in their ids; no key type is called so. */
export const REDUCED = 'reduced'

/** The slot that a change of a certificate names in its id. */
export function slotIn(id: string): string {
  const slot = id.split(':').slice(3).join(':')
  return slot.endsWith(`:${REDUCED}`) ? slot.slice(0, -REDUCED.length - 1) : slot
}

export function secretNameOf(clusterId: string, slot: string): string {
  return `fairlead-certificate-${hashOf(clusterId, slot).slice(0, 20)}`
}

/** Who issues: another Vault, mount or role makes another certificate. */
export function profileId(profile: CertificateProfile): string {
  return `${profile.vault}/${profile.mount}/${profile.role}`
}

const KEY_ALGORITHMS: Readonly<Record<CertificateProfile['keyType'], string>> = {
  'rsa-2048': 'RSA_2048',
  'rsa-3072': 'RSA_3072',
  'rsa-4096': 'RSA_4096',
  'ec-p256': 'EC_prime256v1',
  'ec-p384': 'EC_secp384r1',
}

/** A key type as ACM calls it. */
export function keyAlgorithm(keyType: string): string {
  return KEY_ALGORITHMS[keyType as CertificateProfile['keyType']] ?? keyType
}

export function keyTypeOf(algorithm: string): string {
  return Object.entries(KEY_ALGORITHMS).find(([, name]) => name === algorithm)?.[0] ?? algorithm
}
