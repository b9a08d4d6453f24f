import { type Change, change, type Wait } from '../shared/change.ts'
import type { Until } from '../shared/facts.ts'
import { slotUnit, tagValue } from '../shared/names.ts'
import { objectKey } from '../shared/objects.ts'
import type { CertificatesDown, CertificatesUp, PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import { isBegun } from './doubt.ts'
import type { CertificateIntent } from './intent.ts'
import { CERTIFICATE, SECRET } from './names.ts'
import type { AcmCertificate, CertificatesObserved, StoredCertificate } from './observed.ts'
import { heldFor, hostsToName, stepsFor, storedIn } from './plan.ts'
import { noteStep } from './steps.ts'

/** How long ACM usually takes to see that a load balancer let go of a certificate; only shown. */
const UNUSED_SECONDS = 30

/** Removes certificates that no object wants: from ACM once nothing uses them, then the Secret with the key. */
export function retireCertificates(
  context: PlanContext,
  intent: CertificateIntent,
  observed: CertificatesObserved,
  _up: CertificatesUp,
  down: CertificatesDown,
): readonly Change[] {
  const wanted = new Set(intent.wanted.map((item) => item.slot))
  const changes: Change[] = []
  for (const stored of observed.stored) {
    if (wanted.has(stored.slot)) changes.push(...trimHosts(context, intent, observed, stored, down))
    else if (!intent.held.includes(objectKey(stored.object))) changes.push(...removeStored(context, observed, stored, down))
  }
  return [...changes, ...removeStrays(context, intent, observed, down)]
}

function removeStored(
  context: PlanContext,
  observed: CertificatesObserved,
  stored: StoredCertificate,
  down: CertificatesDown,
): readonly Change[] {
  const { clusterId, ownNamespace } = context.settings
  const seen = observed.acm.find((item) => item.arn === stored.arn)
  const arn = seen?.serial === null ? null : stored.arn
  const gone = arn === null ? null : removeFromAcm(context, stored, arn, seen ?? null, down)
  if (arn !== null && gone === null) return []
  // An import that may have happened is looked for before its key is thrown away.
  const doubtful = isBegun(stored)
  return [
    ...(gone === null ? [] : [gone]),
    change({
      controller: 'certificates',
      action: 'delete',
      type: SECRET,
      target: `${ownNamespace}/${stored.secretName}`,
      account: clusterId,
      region: '',
      object: stored.object,
      before: { Slot: stored.slot, State: stored.state },
      reason: 'Unused: no object wants the certificate any more',
      needs: [...(gone === null ? [] : [gone.id]), ...strayIds(context, observed, stored.slot, stored.arn, down)],
      calls: [...(doubtful ? ['ListCertificates'] : []), 'delete secrets'],
    }),
  ]
}

/** Null if a listener keeps it. */
function removeFromAcm(
  context: PlanContext,
  of: Pick<StoredCertificate, 'object' | 'slot'>,
  arn: string,
  seen: AcmCertificate | null,
  down: CertificatesDown,
): Change | null {
  const uses = down.loadbalancers.uses.filter((use) => use.arn === arn)
  if (uses.some((use) => use.stays)) return null
  const waits: readonly Wait[] =
    seen?.unused === true && uses.length === 0 ? [] : [{ kind: 'certificate-unused', of: arn, seconds: UNUSED_SECONDS }]
  return change({
    controller: 'certificates',
    action: 'delete',
    type: CERTIFICATE,
    target: arn,
    account: context.settings.account,
    region: context.settings.region,
    object: of.object,
    before: { CertificateArn: arn, SerialNumber: seen?.serial ?? null },
    reason: 'Unused: no object wants the certificate any more',
    needs: uses.flatMap((use) => use.until.needs),
    waits: merged([{ needs: [], waits }, ...uses.map((use) => use.until)]).waits,
    calls: ['DeleteCertificate'],
  })
}

/** Certificates in ACM that our tags prove to be of this unit, and that no Secret holds the key of. */
function removeStrays(
  context: PlanContext,
  intent: CertificateIntent,
  observed: CertificatesObserved,
  down: CertificatesDown,
): readonly Change[] {
  return strays(context, observed).flatMap((item) => {
    const wanted = intent.wanted.find((one) => tagValue(one.slot) === tagValue(item.slot))
    const adopts = wanted !== undefined && heldFor(wanted.slot, storedIn(observed, wanted.slot), observed.acm)?.arn === item.arn
    const [, key = ''] = /:certificate:([^:]+):/.exec(item.slot) ?? []
    const [namespace = '', name = ''] = key.split('/')
    const object = { kind: 'Ingress', namespace, name }
    if (adopts || intent.held.includes(objectKey(object))) return []
    return removeFromAcm(context, { object, slot: item.slot }, item.arn, item, down) ?? []
  })
}

function strays(context: PlanContext, observed: CertificatesObserved): readonly AcmCertificate[] {
  return observed.acm.filter(
    (item) =>
      item.serial !== null &&
      slotUnit(item.slot) === unitKey(context.unit) &&
      !observed.stored.some((stored) => stored.arn === item.arn),
  )
}

function strayIds(
  context: PlanContext,
  observed: CertificatesObserved,
  slot: string,
  arn: string | null,
  down: CertificatesDown,
): readonly string[] {
  return strays(context, observed)
    .filter((item) => tagValue(item.slot) === tagValue(slot) && item.arn !== arn)
    .flatMap(
      (item) => removeFromAcm(context, { object: { kind: '', namespace: '', name: '' }, slot }, item.arn, item, down)?.id ?? [],
    )
}

/** A host that was dropped stays in what is issued until no record sends anybody there any more. */
function trimHosts(
  context: PlanContext,
  intent: CertificateIntent,
  observed: CertificatesObserved,
  stored: StoredCertificate,
  down: CertificatesDown,
): readonly Change[] {
  const wanted = intent.wanted.find((item) => item.slot === stored.slot)
  if (wanted === undefined) return []
  const planned = stepsFor(context, wanted, stored, observed.acm)
  // A new key is for fewer hosts already.
  const noted = planned.some((step) => step.type === SECRET && step.after?.State === 'key')
    ? hostsToName(wanted, stored)
    : stored.hosts
  const dropped = noted.filter((host) => !wanted.hosts.includes(host))
  if (dropped.length === 0) return []
  const steps = planned.map((step) => step.id)
  const gone = down.dns.pointing.flatMap((record) => (dropped.includes(record.host) && record.gone !== null ? [record.gone] : []))
  const until = merged([{ needs: steps, waits: [] }, ...gone])
  const shapes = { before: { Hosts: [...wanted.hosts, ...dropped] }, after: { Hosts: wanted.hosts } }
  const reason = `HostsDropped: ${dropped.join(', ')} can be left out when the certificate is renewed`
  return [noteStep(context, stored, 'hosts', shapes, reason, until)]
}

function merged(untils: readonly Until[]): Until {
  const waits = untils.flatMap((until) => until.waits)
  return {
    needs: [...new Set(untils.flatMap((until) => until.needs))],
    waits: waits.filter((wait, index) => waits.findIndex((other) => other.kind === wait.kind && other.of === wait.of) === index),
  }
}
