import { hashOf } from '../shared/names.ts'
import type { WantedCertificate } from './intent.ts'
import type { AcmCertificate, Material, NextKey } from './observed.ts'

/** Why something has to be done: a stable name, and a sentence. */
export type Verdict = { readonly code: string; readonly message: string }
export type Input = {
  readonly wanted: WantedCertificate
  /** What is in use; null if nothing was ever imported. */
  readonly current: Material | null
  readonly now: number
}
type Policy = (input: Input) => Verdict | null

/** Whether a new certificate has to be issued: asked in this order, the first that says so is the reason. */
const ISSUE: readonly Policy[] = [notIssued, publicKeyDiffers, hostsDiffer, profileDiffers, nearingExpiry]

export function issueReason(input: Input): Verdict | null {
  for (const policy of ISSUE) {
    const verdict = policy(input)
    if (verdict !== null) return verdict
  }
  return null
}

export function keyMissing(): Verdict {
  return { code: 'KeyMissing', message: 'there is no key to ask a certificate for' }
}

function notIssued({ current, wanted }: Input): Verdict | null {
  return current === null ? { code: 'NotIssued', message: `no certificate was issued for ${wanted.hosts.join(', ')} yet` } : null
}

function publicKeyDiffers({ current }: Input): Verdict | null {
  return current?.keyMatches === false
    ? { code: 'PublicKeyDiffers', message: 'the certificate in the Secret is not for the key beside it' }
    : null
}

/** A host too many is no reason: it costs an import, and goes with the next renewal. */
function hostsDiffer({ current, wanted }: Input): Verdict | null {
  const lacking = wanted.hosts.filter((host) => current?.hosts.includes(host) === false)
  return lacking.length > 0 ? { code: 'HostsDiffer', message: `the certificate does not name ${lacking.join(', ')}` } : null
}

function profileDiffers({ current, wanted }: Input): Verdict | null {
  if (current === null || current.profile === wanted.profileId) return null
  return { code: 'ProfileDiffers', message: `it was issued by ${current.profile} and ${wanted.profileId} is wanted` }
}

function nearingExpiry({ current, wanted, now }: Input): Verdict | null {
  if (current === null || now < renewalTime(wanted, current)) return null
  return {
    code: 'NearingExpiry',
    message: `the certificate ${current.serial} expires at ${new Date(current.notAfter).toISOString()}`,
  }
}

/** The spread of renewals, so that certificates of one age do not all come due at once. */
const SPREAD = 0.4

/**
 * When a certificate is to be renewed: `renewBefore` ahead of its end, which is the outage of Vault it has to survive, spread to
 * earlier. For one that lives too short for that, a third of its life, spread to later: asking earlier would issue ever more.
 */
export function renewalTime(
  wanted: WantedCertificate,
  issued: { readonly notBefore: number; readonly notAfter: number },
): number {
  const third = (issued.notAfter - issued.notBefore) / 3
  const asked = wanted.renewBeforeSeconds * 1000
  const share = Number.parseInt(hashOf(wanted.slot).slice(0, 8), 16) / 0x1_0000_0000
  const before = asked < third ? asked + share * Math.min(asked * SPREAD, third - asked) : third * (1 - share * SPREAD)
  return Math.floor((issued.notAfter - before) / 1000) * 1000
}

/** Whether a key that was persisted for the next certificate, and perhaps certified, is still what is wanted. */
export function isUsable(next: NextKey, wanted: WantedCertificate, now: number): boolean {
  if (next.keyType !== wanted.profile.keyType || next.profile !== wanted.profileId) return false
  if (!wanted.hosts.every((host) => next.hosts.includes(host))) return false
  if (next.issued === null) return true
  return (
    next.issued.keyMatches &&
    now < renewalTime(wanted, next.issued) &&
    wanted.hosts.every((host) => next.issued?.hosts.includes(host))
  )
}

/** Why ACM has to be given the certificate again. `known` is what ACM was seen to hold; undefined if nobody looked. */
export function importReason(arn: string | null, known: AcmCertificate | undefined, current: Material): Verdict | null {
  if (arn === null) return { code: 'NotImported', message: 'the certificate is not in ACM' }
  if (known === undefined) return null
  if (known.serial === null) return { code: 'AcmMissing', message: `${arn} is not in ACM any more` }
  if (known.serial === current.serial) return null
  return { code: 'AcmSerialDiffers', message: `ACM holds ${known.serial} and the Secret ${current.serial}` }
}
