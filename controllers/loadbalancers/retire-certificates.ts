import type { Change } from '../shared/change.ts'
import { issuesBefore, mayReplace } from './certificate-choice.ts'
import { LISTENER_CERTIFICATE } from './changes.ts'
import { draft } from './draft.ts'
import type { ModelListener } from './model.ts'
import { ids } from './naming.ts'
import type { ObservedRule } from './observed.ts'
import { isRemovable, lingeringRules } from './plan.ts'
import { dependsOn, missingCertificates, swapDefault } from './plan-listeners.ts'
import type { Retiring } from './retiring.ts'

/** Certificates that no host needs: off the list, or replaced as the default one. Add before remove, rules before their certificate. */
export function retireCertificates(retiring: Retiring, rules: readonly Change[]): readonly Change[] {
  const { model } = retiring.modelled
  return (model?.listeners ?? []).flatMap((listener) => retireFrom(retiring, listener, rules))
}

function retireFrom(retiring: Retiring, listener: ModelListener, rules: readonly Change[]): readonly Change[] {
  const { context, modelled, observed, up, built } = retiring
  const model = modelled.model!
  const there = listener.observed
  const first = listener.certificates[0]
  if (there === null || there.Protocol !== 'HTTPS' || first === undefined) return []
  const { port } = listener.wish
  const swap = ids.listener('update', model.name, port, 'certificate')
  const swapped = built.some((item) => item.id === swap)
  const added = missingCertificates(listener)
    .map((item) => ({ ...item, id: ids.certificate('create', model.name, port, item.key) }))
    .filter(({ id }) => built.some((item) => item.id === id))
  const leaving = lingeringRules(model, observed).filter(
    (rule) => !modelled.isHeld(rule) && rule.ListenerArn === there.ListenerArn,
  )
  const needsOf = (arn: string) => [
    // It goes without those that serve none of its hosts: a neighbour's that cannot be had, or has no room, must not keep it.
    ...added.filter((item) => mayReplace(arn, item.hosts, up.certificates)).map((item) => item.id),
    ...issuesBefore(arn, listener.certificates, up.certificates),
    ...(swapped ? [swap] : []),
    ...deletesOf(leaving.filter((rule) => hostsOf(rule).some((host) => dependsOn(host, arn, listener, up.certificates)))),
  ]
  const deletesOf = (which: readonly ObservedRule[]) =>
    rules.filter((item) => which.some((rule) => rule.RuleArn === item.target)).map((item) => item.id)
  const changes: Change[] = []
  const { DefaultCertificate } = there
  if (DefaultCertificate !== null && !swapped && isRemovable(DefaultCertificate, listener, modelled, observed, up))
    changes.push(swapDefault(context, model, listener, first, needsOf(DefaultCertificate)))
  for (const arn of there.Certificates) {
    if (!isRemovable(arn, listener, modelled, observed, up)) continue
    changes.push(
      draft(context, {
        action: 'delete',
        type: LISTENER_CERTIFICATE,
        target: arn,
        name: `${model.name}/${port}`,
        detail: arn,
        object: listener.wish.object,
        call: 'RemoveListenerCertificates',
        before: { ListenerArn: there.ListenerArn, Certificates: [{ CertificateArn: arn }] },
        reason: `No host on port ${port} needs this certificate any more`,
        needs: needsOf(arn),
      }),
    )
  }
  return changes
}

function hostsOf(rule: ObservedRule): readonly string[] {
  return rule.Hosts.length > 0 ? rule.Hosts : ['']
}
