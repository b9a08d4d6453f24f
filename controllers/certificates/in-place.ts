import { objectKey } from '../shared/objects.ts'
import { type CertificateIntent, commonNameFirst, type WantedCertificate } from './intent.ts'
import type { CertificatesObserved, StoredCertificate } from './observed.ts'

/**
 * What is wanted, without what the namespace may not have, but for what our own Secrets prove to be in place: that is renewed, since
 * a policy that was narrowed must not take down what serves. An object of which nothing is left is held.
 */
export function inPlace(intent: CertificateIntent, observed: CertificatesObserved): CertificateIntent {
  if (intent.wanted.every((wanted) => wanted.refused === undefined)) return intent
  const wanted: WantedCertificate[] = []
  const held = [...intent.held]
  for (const one of intent.wanted) {
    const allowed = allowedOf(one, observed.stored.find((stored) => stored.slot === one.slot) ?? null)
    if (allowed === null) held.push(objectKey(one.object))
    else wanted.push(allowed)
  }
  return { ...intent, wanted, held }
}

function allowedOf({ refused, ...wanted }: WantedCertificate, stored: StoredCertificate | null): WantedCertificate | null {
  if (refused === undefined) return wanted
  const current = stored?.current ?? null
  if (refused.certificate && stored === null) return null
  if (refused.profile && current?.profile !== wanted.profileId) return null
  const kept = refused.hosts.filter((host) => current?.hosts.includes(host))
  const hosts = commonNameFirst([...wanted.hosts, ...kept])
  return hosts.length === 0 ? null : { ...wanted, hosts }
}
