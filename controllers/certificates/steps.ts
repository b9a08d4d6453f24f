import { type Change, change, type Shape, type Wait } from '../shared/change.ts'
import { type Known, unknown } from '../shared/known.ts'
import { ownershipTags } from '../shared/names.ts'
import type { PlanContext } from '../shared/planner.ts'
import { isBegun } from './doubt.ts'
import type { WantedCertificate } from './intent.ts'
import { CERTIFICATE, keyAlgorithm, SECRET, VAULT_CERTIFICATE } from './names.ts'
import type { AcmCertificate, Issued, StoredCertificate } from './observed.ts'
import type { Verdict } from './policies.ts'

/** `before` and `after` never hold a key or a certificate's text: `apply` finds those in the Secret. */
const told = (verdict: Verdict): string => `${verdict.code}: ${verdict.message}`

/** A new key is persisted before anybody is asked to certify it, so that it cannot be lost. */
export function keyStep(
  context: PlanContext,
  wanted: WantedCertificate,
  stored: StoredCertificate | null,
  hosts: readonly string[],
  verdict: Verdict,
): Change {
  const { clusterId, ownNamespace } = context.settings
  return change({
    controller: 'certificates',
    action: stored === null ? 'create' : 'update',
    type: SECRET,
    target: `${ownNamespace}/${wanted.secretName}`,
    ...(stored === null ? {} : { detail: 'key' }),
    account: clusterId,
    region: '',
    object: wanted.object,
    before: stored === null ? null : { Hosts: stored.hosts },
    after: {
      Slot: wanted.slot,
      State: 'key',
      KeyAlgorithm: keyAlgorithm(wanted.profile.keyType),
      Hosts: hosts,
      Profile: wanted.profileId,
    },
    reason: told(verdict),
    calls: [stored === null ? 'create secrets' : 'patch secrets'],
  })
}

export function signStep(
  wanted: WantedCertificate,
  hosts: readonly string[],
  verdict: Verdict,
  needs: readonly string[],
  detail = '',
): Change {
  const { vault, mount, role, ttlSeconds, keyType } = wanted.profile
  return change({
    controller: 'certificates',
    action: 'create',
    type: VAULT_CERTIFICATE,
    target: wanted.slot,
    detail,
    account: vault,
    region: '',
    object: wanted.object,
    after: {
      Mount: mount,
      Role: role,
      CommonName: hosts[0] ?? '',
      SubjectAlternativeNames: hosts,
      KeyAlgorithm: keyAlgorithm(keyType),
      TTL: ttlSeconds,
    },
    reason: told(verdict),
    needs,
    calls: ['pki/sign', 'patch secrets'],
  })
}

/** Gives ACM a certificate, or only notes that ACM has it already. */
export function importStep(
  context: PlanContext,
  wanted: WantedCertificate,
  stored: StoredCertificate | null,
  source: { readonly hosts: readonly string[]; readonly issued: Issued | null; readonly serial: Known<string> },
  held: AcmCertificate | null,
  verdict: Verdict,
  needs: readonly string[],
  detail = '',
): Change {
  const { account, region, clusterId } = context.settings
  const arn = held?.arn ?? null
  const waits: readonly Wait[] =
    source.issued !== null && source.issued.notBefore > context.now
      ? [{ kind: 'not-before', of: wanted.slot, seconds: Math.ceil((source.issued.notBefore - context.now) / 1000) + 1 }]
      : []
  return change({
    controller: 'certificates',
    action: arn === null ? 'create' : 'update',
    type: CERTIFICATE,
    target: arn ?? wanted.slot,
    name: wanted.slot,
    detail,
    account,
    region,
    object: wanted.object,
    before: arn === null ? null : { CertificateArn: arn, SerialNumber: held?.serial ?? null },
    after: {
      ...(arn === null ? {} : { CertificateArn: arn }),
      DomainName: source.hosts[0] ?? '',
      SubjectAlternativeNames: source.hosts,
      KeyAlgorithm: keyAlgorithm(wanted.profile.keyType),
      SerialNumber: source.serial,
      // Tags are taken at the first import only: https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html
      ...(arn === null ? { Tags: tagList(clusterId, wanted) } : {}),
    },
    reason: told(verdict),
    needs,
    waits,
    calls: callsOf(stored, arn, held?.serial !== null && held?.serial === source.serial),
  })
}

function callsOf(stored: StoredCertificate | null, arn: string | null, inAcm: boolean): readonly string[] {
  if (inAcm) return ['patch secrets']
  // The same certificate imported twice under its ARN changes nothing; without one it would be there twice, so that it begins is noted.
  if (arn !== null) return ['ImportCertificate', 'patch secrets']
  return [isBegun(stored) ? 'ListCertificates' : 'patch secrets', 'ImportCertificate', 'patch secrets']
}

function tagList(clusterId: string, wanted: WantedCertificate): readonly Shape[] {
  return Object.entries(ownershipTags(clusterId, wanted.object, wanted.slot)).map(([Key, Value]) => ({ Key, Value }))
}

/** The serial number of a certificate that is not issued yet. */
export function serialOf(sign: Change): Known<string> {
  return unknown(sign.id, 'SerialNumber')
}

/** Another change of a Secret: what it is to remember, without a new key. */
export function noteStep(
  context: PlanContext,
  stored: StoredCertificate,
  detail: 'hosts' | 'discard',
  shapes: { readonly before: Shape; readonly after: Shape },
  reason: string,
  until: { readonly needs: readonly string[]; readonly waits: readonly Wait[] } = { needs: [], waits: [] },
): Change {
  const { clusterId, ownNamespace } = context.settings
  return change({
    controller: 'certificates',
    action: 'update',
    type: SECRET,
    target: `${ownNamespace}/${stored.secretName}`,
    detail,
    account: clusterId,
    region: '',
    object: stored.object,
    before: shapes.before,
    after: shapes.after,
    reason,
    needs: until.needs,
    waits: until.waits,
    calls: ['patch secrets'],
  })
}
