import { type Change, sameObject } from '../shared/change.ts'
import type { CertificateFact, CertificateFacts, Until } from '../shared/facts.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { isUnknown, unknown } from '../shared/known.ts'
import { slotName, tagValue } from '../shared/names.ts'
import { objectKey } from '../shared/objects.ts'
import type { Built, CertificatesUp, PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import type { CertificateIntent, WantedCertificate } from './intent.ts'
import { VAULT_CERTIFICATE } from './names.ts'
import type { AcmCertificate, CertificatesObserved, Issued, StoredCertificate } from './observed.ts'
import { importReason, issueReason, isUsable, keyMissing } from './policies.ts'
import { reducedRenewal } from './reduced.ts'
import { importStep, keyStep, noteStep, serialOf, signStep } from './steps.ts'

const NOW: Until = { needs: [], waits: [] }

export function buildCertificates(
  context: PlanContext,
  intent: CertificateIntent,
  observed: CertificatesObserved,
  _up: CertificatesUp,
): Built<CertificateFacts> {
  const changes: Change[] = []
  const findings: Finding[] = []
  const current: CertificateFact[] = []
  for (const wanted of intent.wanted) {
    const stored = storedIn(observed, wanted.slot)
    const held = heldFor(wanted.slot, stored, observed.acm)
    const { whole: steps, steps: reduced } = reducedRenewal(
      context,
      wanted,
      stored,
      held,
      stepsFor(context, wanted, stored, observed.acm),
    )
    changes.push(...steps, ...reduced)
    const fact = wantedFact(wanted, stored, held, steps)
    const failed = steps.some((step) => context.failed?.has(step.id))
    current.push(failed && isUnknown(fact.arn) ? { ...fact, blocked: true } : fact)
    if (stored !== null) findings.push(...shortened(wanted, stored))
  }
  for (const { arn, object, hosts } of intent.given) {
    const slot = slotName(unitKey(context.unit), `given:${arn}`)
    current.push({ slot, object, hosts, arn, serial: null, keyType: '', trust: 'given', ready: NOW })
  }
  const slots = new Set(intent.wanted.map((wanted) => wanted.slot))
  const rest = observed.stored.filter((stored) => !slots.has(stored.slot))
  const others = rest.flatMap((stored) => storedFact(stored, observed.acm))
  const isHeld = ({ object }: Pick<CertificateFact, 'object'>): boolean => intent.held.includes(objectKey(object))
  // Of one whose successor, with another key type, is refused, its object goes on living, too.
  const refused = changes.filter((item) => item.type === VAULT_CERTIFICATE && context.failed?.has(item.id))
  const stays = (stored: StoredCertificate) => isHeld(stored) || refused.some((item) => sameObject(item.object, stored.object))
  for (const stored of rest.filter(stays))
    changes.push(...reducedRenewal(context, null, stored, heldFor(stored.slot, stored, observed.acm), []).steps)
  return {
    changes,
    findings,
    facts: { current: [...current, ...others.filter(isHeld)], retiring: others.filter((fact) => !isHeld(fact)) },
  }
}

/** What is to be done for one wanted certificate, from where it stands to where ACM serves it. */
export function stepsFor(
  context: PlanContext,
  wanted: WantedCertificate,
  stored: StoredCertificate | null,
  acm: readonly AcmCertificate[],
): readonly Change[] {
  const known = heldFor(wanted.slot, stored, acm)
  const held = known?.serial === null ? null : known
  const next = stored?.next ?? null
  const current = stored?.current ?? null
  const reason = issueReason({ wanted, current, now: context.now })
  if (stored !== null && current !== null && reason === null) {
    const whole = sourceOf(current.hosts, current)
    if (next?.issued != null && next.issued.serial === held?.serial && isUsable(next, wanted, context.now))
      return [
        importStep(
          context,
          wanted,
          stored,
          sourceOf(next.hosts, next.issued),
          held,
          { code: 'Imported', message: `ACM holds ${next.issued.serial} already` },
          [],
        ),
      ]
    const again = importReason(stored.arn, known ?? undefined, current)
    const imports = again === null ? [] : [importStep(context, wanted, stored, whole, held, again, [])]
    return next === null ? imports : [...imports, discardStep(context, stored, imports)]
  }
  const verdict = reason ?? keyMissing()
  const imported = held === null ? { code: 'NotImported', message: 'the certificate is not in ACM' } : verdict
  const hosts = hostsToName(wanted, stored)
  if (next !== null && stored !== null && isUsable(next, wanted, context.now)) {
    if (next.issued !== null) return [importStep(context, wanted, stored, sourceOf(next.hosts, next.issued), held, imported, [])]
    const sign = signStep(wanted, hosts, verdict, [])
    return [sign, importStep(context, wanted, stored, { hosts, issued: null, serial: serialOf(sign) }, held, imported, [sign.id])]
  }
  const key = keyStep(context, wanted, stored, hosts, current === null ? keyMissing() : verdict)
  const sign = signStep(wanted, hosts, verdict, [key.id])
  return [
    key,
    sign,
    importStep(context, wanted, stored, { hosts, issued: null, serial: serialOf(sign) }, held, imported, [sign.id]),
  ]
}

/** What an import takes from the Secret: a certificate that is issued. */
function sourceOf(hosts: readonly string[], issued: Issued) {
  return { hosts, issued, serial: issued.serial }
}

/**
 * What is wanted, and what was dropped but may be served still: only what the certificate in use names is. A host that was asked
 * for and taken back, because it was refused, is asked for no more.
 */
export function hostsToName(wanted: WantedCertificate, stored: StoredCertificate | null): readonly string[] {
  const named = stored?.current?.hosts ?? []
  const dropped = (stored?.hosts ?? []).filter((host) => !wanted.hosts.includes(host) && named.includes(host))
  return [...wanted.hosts, ...dropped]
}

function discardStep(context: PlanContext, stored: StoredCertificate, after: readonly Change[]): Change {
  const shapes = { before: { Pending: true }, after: { Pending: false } }
  const reason = 'Superseded: the certificate in use is what is wanted again'
  return noteStep(context, stored, 'discard', shapes, reason, { needs: after.map((item) => item.id), waits: [] })
}

export function storedIn(observed: CertificatesObserved, slot: string): StoredCertificate | null {
  return observed.stored.find((stored) => stored.slot === slot) ?? null
}

/**
 * The certificate in ACM of a slot: the one the Secret names, or, if it names none, one that its tag says is of the slot
 * (imported by a process that ended before it could note the ARN). A named one that nobody looked at is believed to be there.
 */
export function heldFor(slot: string, stored: StoredCertificate | null, acm: readonly AcmCertificate[]): AcmCertificate | null {
  if (stored !== null && stored.arn !== null) {
    const seen = acm.find((item) => item.arn === stored.arn)
    if (seen !== undefined) return seen
    return { arn: stored.arn, slot, serial: stored.current?.serial ?? '', unused: false }
  }
  const tagged = acm.filter((item) => tagValue(item.slot) === tagValue(slot) && item.serial !== null)
  const serials = [stored?.next?.issued?.serial, stored?.current?.serial]
  return tagged.find((item) => item.serial !== null && serials.includes(item.serial)) ?? tagged[0] ?? null
}

function wantedFact(
  wanted: WantedCertificate,
  stored: StoredCertificate | null,
  known: AcmCertificate | null,
  steps: readonly Change[],
): CertificateFact {
  const importing = steps.find((step) => step.type.startsWith('AWS::'))
  const held = known?.serial === null ? null : known
  const covered = held !== null && stored?.current != null && wanted.hosts.every((host) => stored.current?.hosts.includes(host))
  return {
    slot: wanted.slot,
    object: wanted.object,
    hosts: wanted.hosts,
    arn: held !== null ? held.arn : importing === undefined ? '' : unknown(importing.id, 'CertificateArn'),
    serial: held?.serial ?? null,
    keyType: wanted.profile.keyType,
    trust: 'private',
    ready: covered || importing === undefined ? NOW : { needs: [importing.id], waits: [] },
    dropped: held === null ? [] : (stored?.current?.hosts ?? []).filter((host) => !wanted.hosts.includes(host)),
  }
}

/** A certificate that exists although nothing understandable asks for it. */
function storedFact(stored: StoredCertificate, acm: readonly AcmCertificate[]): readonly CertificateFact[] {
  const held = heldFor(stored.slot, stored, acm)
  if (held === null || held.serial === null || stored.current === null) return []
  const { slot, object, keyType } = stored
  return [
    { slot, object, hosts: stored.current.hosts, arn: held.arn, serial: held.serial, keyType, trust: 'private', ready: NOW },
  ]
}

/** Two minutes: Vault backdates by half a minute, and calls take time. */
const TTL_TOLERANCE_MS = 120_000

/** Vault caps what is asked for at the role's and the CA's end, and says so only in a warning that nobody sees later. */
function shortened(wanted: WantedCertificate, stored: StoredCertificate): readonly Finding[] {
  const issued = stored.current
  if (issued === null || issued.profile !== wanted.profileId) return []
  const life = issued.notAfter - issued.notBefore
  const asked = wanted.profile.ttlSeconds * 1000
  if (life >= asked - TTL_TOLERANCE_MS) return []
  const got = `${Math.round(life / 1000)}s`
  return [
    {
      code: 'TTLShortened',
      severity: 'warning',
      object: wanted.object,
      field: annotationField('fairlead.dev/certificate-profile'),
      read: `${wanted.profile.ttlSeconds}s`,
      expected: `a lifetime that role ${wanted.profile.role} and its CA allow; ${got} was given`,
      message: `Vault role ${wanted.profile.role} gave a certificate for ${got} instead of ${wanted.profile.ttlSeconds}s; it is renewed at two thirds of that`,
    },
  ]
}
