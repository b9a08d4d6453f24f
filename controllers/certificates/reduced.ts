import type { Change } from '../shared/change.ts'
import { covers } from '../shared/hosts.ts'
import { membersOf } from '../shared/members.ts'
import { objectKey } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import { commonNameFirst, hostsOf, type WantedCertificate } from './intent.ts'
import { profileId, REDUCED, VAULT_CERTIFICATE } from './names.ts'
import type { AcmCertificate, Material, StoredCertificate } from './observed.ts'
import { isUsable, renewalTime } from './policies.ts'
import { importStep, keyStep, serialOf, signStep } from './steps.ts'

/** What is planned for a certificate of which all that is wanted cannot be had for now. */
export type Reduced = { readonly steps: readonly Change[]; readonly whole: readonly Change[] }

/**
 * A certificate in use that comes to its end while what is wanted in its place was refused, or is not understood, is renewed for
 * those of its hosts that are still wanted, as it was issued: one wrong host must not take the good ones down. Its changes have
 * ids of their own, so that the refused one stays remembered and known as such. `whole`: the changes for all that is wanted;
 * they share the Secret's one next key with it, so they come after it, unless it was refused as well.
 */
export function reducedRenewal(
  context: PlanContext,
  wanted: WantedCertificate | null,
  stored: StoredCertificate | null,
  held: AcmCertificate | null,
  whole: readonly Change[],
): Reduced {
  const nothing: Reduced = { steps: [], whole }
  const current = stored?.current ?? null
  if (stored === null || current === null || held === null || held.serial === null) return nothing
  const less = reducedWish(context, wanted, stored, current)
  if (less === null || context.now < renewalTime(less, current)) return nothing
  const { next } = stored
  const issued = next?.issued != null && isUsable(next, less, context.now) ? next.issued : null
  const sign = whole.find((item) => item.type === VAULT_CERTIFICATE)
  const refused = sign !== undefined && context.failed?.has(sign.id) === true
  if (wanted !== null && (!refused || isSame(sign, less))) return nothing
  const verdict = {
    code: 'NearingExpiry',
    message: `the certificate ${current.serial} expires at ${new Date(current.notAfter).toISOString()}, and what is wanted in its place cannot be had: renewed for ${less.hosts.join(', ')}`,
  }
  const imported = (source: Parameters<typeof importStep>[3], needs: readonly string[]) =>
    importStep(context, less, stored, source, held, verdict, needs, REDUCED)
  if (next !== null && issued !== null) {
    const last = imported({ hosts: next.hosts, issued, serial: issued.serial }, [])
    return { steps: [last], whole: after(whole, last.id) }
  }
  const keyed = next !== null && next.issued === null && next.keyType === less.profile.keyType
  const key = wanted === null ? (keyed ? null : keyStep(context, less, stored, less.hosts, verdict)) : keyOf(whole)
  const renew = signStep(less, less.hosts, verdict, key === null ? [] : [key.id], REDUCED)
  const last = imported({ hosts: less.hosts, issued: null, serial: serialOf(renew) }, [renew.id])
  const steps = wanted === null && key !== null ? [key, renew, last] : [renew, last]
  const hopeless = context.failed?.has(renew.id) === true
  return { steps, whole: hopeless ? whole : whole.map((item) => (item.type === VAULT_CERTIFICATE ? later(item, last.id) : item)) }
}

/** The hosts of the current certificate that somebody still wants, with the profile that issued it. */
function reducedWish(
  context: PlanContext,
  wanted: WantedCertificate | null,
  stored: StoredCertificate,
  current: Material,
): WantedCertificate | null {
  const { settings, view, unit } = context
  const issuers = Object.keys(settings.profiles)
    .sort()
    .flatMap((name) => settings.profiles[name] ?? [])
  const profile =
    issuers.find((item) => profileId(item) === current.profile && item.keyType === stored.keyType) ?? wanted?.profile
  if (profile === undefined) return null
  const member = membersOf(view, unit).find((item) => objectKey(item.metadata) === objectKey(stored.object))
  const names = wanted?.hosts ?? (member === undefined ? [] : hostsOf(member))
  // What was dropped is kept until no record sends anybody there; `hosts` says so.
  const kept = current.hosts.filter((host) => names.some((name) => covers(name, host)) || stored.hosts.includes(host))
  // An object that is not understood and has no host at all: what it has stays as it is.
  const hosts = commonNameFirst(kept.length > 0 || wanted !== null ? kept : current.hosts)
  if (hosts.length === 0) return null
  const { slot, secretName, object } = stored
  const renewBeforeSeconds = wanted?.renewBeforeSeconds ?? profile.renewBeforeSeconds
  return { slot, secretName, object, hosts, profile, profileId: profileId(profile), renewBeforeSeconds }
}

function isSame(sign: Change, less: WantedCertificate): boolean {
  const { SubjectAlternativeNames, Mount, Role } = sign.after ?? {}
  const names = Array.isArray(SubjectAlternativeNames) ? SubjectAlternativeNames.map(String) : []
  const same = names.length === less.hosts.length && names.every((name) => less.hosts.includes(name))
  return same && `${sign.account}/${String(Mount)}/${String(Role)}` === less.profileId
}

function keyOf(whole: readonly Change[]): Change | null {
  return whole.find((item) => item.type.startsWith('Kubernetes::')) ?? null
}

/** A certificate that is issued is imported before its key is replaced. */
function after(whole: readonly Change[], id: string): readonly Change[] {
  const [first, ...rest] = whole
  return first === undefined ? [] : [later(first, id), ...rest]
}

function later(item: Change, id: string): Change {
  return { ...item, needs: [...item.needs, id].sort() }
}
