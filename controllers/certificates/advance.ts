import type { Change, ShapeValue } from '../shared/change.ts'
import { hashOf } from '../shared/names.ts'
import type { Outcome } from '../shared/planner.ts'
import { isBegun } from './doubt.ts'
import { CERTIFICATE, keyTypeOf, SECRET, slotIn } from './names.ts'
import type { AcmCertificate, CertificatesObserved, Issued, StoredCertificate } from './observed.ts'

/**
 * What is known after a change was made. The outcome of a signing has SerialNumber, NotBefore and NotAfter (milliseconds),
 * that of a first import CertificateArn; a model that says none of it gets made-up ones.
 */
export function advanceCertificates(
  observed: CertificatesObserved,
  item: Change,
  outcome: Outcome,
  now: number,
): CertificatesObserved {
  if (item.type === SECRET) return item.action === 'delete' ? withoutSecret(observed, item) : withNote(observed, item)
  if (item.type !== CERTIFICATE) return withSigned(observed, item, outcome, now)
  return item.action === 'delete'
    ? withAcm(observed, { arn: item.target, slot: '', serial: null, unused: true })
    : withImported(observed, item, outcome)
}

const strings = (value: ShapeValue): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
const nameOf = (item: Change): string => item.target.slice(item.target.indexOf('/') + 1)

function withoutSecret(observed: CertificatesObserved, item: Change): CertificatesObserved {
  return { ...observed, stored: observed.stored.filter((stored) => stored.secretName !== nameOf(item)) }
}

function withNote(observed: CertificatesObserved, item: Change): CertificatesObserved {
  const { after } = item
  const there = observed.stored.find((stored) => stored.secretName === nameOf(item))
  if (after?.State === 'key') {
    const keyType = keyTypeOf(String(after.KeyAlgorithm))
    const hosts = strings(after.Hosts)
    const base = there ?? { slot: String(after.Slot), secretName: nameOf(item), object: item.object, arn: null, current: null }
    const next = { keyType, hosts, profile: String(after.Profile), issued: null }
    return withStored(observed, { ...base, keyType, state: isBegun(there) ? 'importing' : 'key', hosts, next })
  }
  if (there === undefined) return observed
  if (after?.Hosts !== undefined) return withStored(observed, { ...there, hosts: strings(after.Hosts) })
  return withStored(observed, { ...there, state: 'imported', next: null })
}

function withSigned(observed: CertificatesObserved, item: Change, outcome: Outcome, now: number): CertificatesObserved {
  const there = observed.stored.find((stored) => stored.slot === item.target)
  if (there?.next == null) return observed
  const { SerialNumber, NotBefore, NotAfter } = outcome
  const issued: Issued = {
    serial: typeof SerialNumber === 'string' ? SerialNumber : hashOf(item.target, String(now)).slice(0, 32),
    notBefore: typeof NotBefore === 'number' ? NotBefore : now,
    notAfter: typeof NotAfter === 'number' ? NotAfter : now + Number(item.after?.TTL) * 1000,
    hosts: strings(item.after?.SubjectAlternativeNames),
    keyMatches: true,
  }
  const profile = `${item.account}/${String(item.after?.Mount)}/${String(item.after?.Role)}`
  const next = { ...there.next, hosts: issued.hosts, profile, issued }
  return withStored(observed, { ...there, state: isBegun(there) ? 'importing' : 'issued', next })
}

function withImported(observed: CertificatesObserved, item: Change, outcome: Outcome): CertificatesObserved {
  const slot = slotIn(item.id)
  const there = observed.stored.find((stored) => stored.slot === slot)
  if (there === undefined) return observed
  const made = `arn:aws:acm:${item.region}:${item.account}:certificate/${hashOf(slot).slice(0, 36)}`
  const arn = item.action === 'update' ? item.target : typeof outcome.CertificateArn === 'string' ? outcome.CertificateArn : made
  const serial = String(item.after?.SerialNumber)
  const { next } = there
  const promoted = next?.issued?.serial === serial ? { current: { ...next.issued, profile: next.profile }, next: null } : {}
  return withAcm(withStored(observed, { ...there, ...promoted, state: 'imported', arn }), { arn, slot, serial, unused: false })
}

function withStored(observed: CertificatesObserved, stored: StoredCertificate): CertificatesObserved {
  const at = observed.stored.findIndex((item) => item.secretName === stored.secretName)
  return { ...observed, stored: at < 0 ? [...observed.stored, stored] : observed.stored.with(at, stored) }
}

/** Replaces what is known of an ARN; a certificate that is gone keeps its slot, for what still names it. */
export function withAcm(observed: CertificatesObserved, item: AcmCertificate): CertificatesObserved {
  const at = observed.acm.findIndex((other) => other.arn === item.arn)
  if (at < 0) return { ...observed, acm: [...observed.acm, item] }
  return { ...observed, acm: observed.acm.with(at, { ...item, slot: item.slot === '' ? observed.acm[at]!.slot : item.slot }) }
}
