import type { Change, Shape } from '../shared/change.ts'
import type { CertificateFacts } from '../shared/facts.ts'
import { covers } from '../shared/hosts.ts'
import { isUnknown } from '../shared/known.ts'
import type { PlanContext } from '../shared/planner.ts'
import { defaultAction, sameActions, shapeOf } from './actions.ts'
import { type Certificate, issuesBefore, mayServe } from './certificate-choice.ts'
import { LISTENER, LISTENER_CERTIFICATE } from './changes.ts'
import { draft, tagList, tagsFor } from './draft.ts'
import type { Model, ModelListener } from './model.ts'
import { ids, slots } from './naming.ts'
import type { ObservedRule } from './observed.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** Listeners and the certificates added to them. Taking certificates off is for `retire`. */
export function planListeners(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
  /** Rules on the load balancer that are not in the model: held, or leaving. */
  lingering: readonly ObservedRule[],
  facts: CertificateFacts,
): readonly Change[] {
  return model.listeners.flatMap((listener) => {
    const first = listener.observed === null ? [create(context, intent, model, listener)] : modify(context, model, listener)
    return [...first, ...planCertificates(context, model, listener, lingering, facts)]
  })
}

function create(context: PlanContext, intent: LoadBalancerIntent, model: Model, { wish, certificates }: ModelListener): Change {
  const secure = wish.protocol === 'HTTPS' && certificates[0] !== undefined
  return draft(context, {
    action: 'create',
    type: LISTENER,
    target: `${model.name}/${wish.port}`,
    object: wish.object,
    call: 'CreateListener',
    reason:
      wish.redirectTo === null
        ? `${wish.protocol} is served on port ${wish.port}`
        : `Port ${wish.port} redirects to HTTPS on ${wish.redirectTo}`,
    after: {
      LoadBalancerArn: model.arn,
      Protocol: wish.protocol,
      Port: wish.port,
      ...(secure ? { Certificates: [{ CertificateArn: certificates[0]!.arn }], SslPolicy: wish.sslPolicy } : {}),
      DefaultActions: [defaultAction(wish)],
      Tags: tagList(tagsFor(context, wish.object, slots.listener(context.unit, wish.port), intent.loadBalancer.tags)),
    },
    // Nobody was served over plain HTTP here: only the port that it redirects to has to be there.
    needs: wish.redirectTo === null ? [] : listenerNeeds(model, wish.redirectTo),
  })
}

function listenerNeeds(model: Model, port: number): readonly string[] {
  const pending = model.listeners.some((item) => item.wish.port === port && item.observed === null)
  return pending ? [ids.listener('create', model.name, port)] : []
}

/** Where HTTP served, the redirect to HTTPS comes after what it redirects to: listener, certificates and rules that are still to be made. */
function redirectNeeds(model: Model, redirectTo: number | null): readonly string[] {
  if (redirectTo === null || model.balancer === null) return []
  const rules = model.rules.filter((rule) => rule.wish.port === redirectTo)
  const pending = rules.filter((rule) => rule.observed === null).map((rule) => ids.rule('create', model.name, rule.wish.slot))
  return [...pending, ...listenerNeeds(model, redirectTo)]
}

function modify(context: PlanContext, model: Model, listener: ModelListener): readonly Change[] {
  const { wish, certificates } = listener
  const observed = listener.observed!
  const before: Record<string, Shape[string]> = {}
  const after: Record<string, Shape[string]> = {}
  const secure = wish.protocol === 'HTTPS'
  if (observed.Protocol !== wish.protocol) {
    before.Protocol = observed.Protocol
    after.Protocol = wish.protocol
    if (secure && certificates[0]) after.Certificates = [{ CertificateArn: certificates[0].arn }]
  }
  if (secure && observed.SslPolicy !== wish.sslPolicy) {
    before.SslPolicy = observed.SslPolicy
    after.SslPolicy = wish.sslPolicy
  }
  const actions = [defaultAction(wish)]
  if (!sameActions(observed.DefaultActions, actions)) {
    before.DefaultActions = observed.DefaultActions.map(shapeOf)
    after.DefaultActions = actions
  }
  if (Object.keys(after).length === 0) return []
  return [
    draft(context, {
      action: 'update',
      type: LISTENER,
      target: observed.ListenerArn,
      name: `${model.name}/${wish.port}`,
      object: wish.object,
      call: 'ModifyListener',
      before,
      after: { ListenerArn: observed.ListenerArn, ...after },
      reason: `Port ${wish.port} is to have another ${Object.keys(after).join(' and ')}`,
      needs: after.DefaultActions === undefined ? [] : redirectNeeds(model, wish.redirectTo),
      disruption: after.Protocol === undefined ? 'none' : 'brief',
    }),
  ]
}

/** Adds what is missing. Where the default certificate serves nobody any more, the first missing one takes its place in the same call. */
function planCertificates(
  context: PlanContext,
  model: Model,
  listener: ModelListener,
  lingering: readonly ObservedRule[],
  facts: CertificateFacts,
): readonly Change[] {
  const { wish, observed } = listener
  if (wish.protocol !== 'HTTPS') return []
  const missing = missingCertificates(listener)
  const first = missing[0]
  const held = observed?.DefaultCertificate ?? null
  const spare =
    held !== null &&
    first !== undefined &&
    // Whenever the default one goes, the same takes its place; one that is on the listener already does so in `retire`.
    first === listener.certificates[0] &&
    isSpare(held, listener, lingering, facts) &&
    issuesBefore(held, listener.certificates, facts).length === 0
  const added = spare ? missing.slice(1) : missing
  const changes = added.map((certificate) =>
    draft(context, {
      action: 'create',
      type: LISTENER_CERTIFICATE,
      target: isUnknown(certificate.arn) ? certificate.key : certificate.arn,
      name: `${model.name}/${wish.port}`,
      detail: certificate.key,
      object: wish.object,
      call: 'AddListenerCertificates',
      after: { ListenerArn: listener.arn, Certificates: [{ CertificateArn: certificate.arn }] },
      reason: `Port ${wish.port} needs a certificate for ${certificate.hosts?.join(', ') ?? 'what its Ingress names'}`,
    }),
  )
  if (!spare) return changes
  // It may be all that serves the hosts of the others: they come first.
  const others = changes.map((item) => item.id)
  return [...changes, swapDefault(context, model, listener, first, others)]
}

/** Certificates that the listener does not hold, and will not get by being created. */
export function missingCertificates({ observed, certificates, wish }: ModelListener): readonly Certificate[] {
  if (observed === null || observed.Protocol !== wish.protocol) return certificates.slice(1)
  const holds = new Set([observed.DefaultCertificate, ...observed.Certificates])
  return certificates.filter((item) => isUnknown(item.arn) || !holds.has(item.arn))
}

/** Whether a certificate on a listener serves none of the hosts there: neither wanted, nor the only one for a rule that lingers. */
export function isSpare(
  arn: string | null,
  listener: ModelListener,
  lingering: readonly ObservedRule[],
  facts: CertificateFacts,
): boolean {
  if (arn === null || listener.certificates.some((item) => item.arn === arn)) return false
  return lingeringHosts(listener, lingering).every((host) => !dependsOn(host, arn, listener, facts))
}

export function lingeringHosts(listener: ModelListener, lingering: readonly ObservedRule[]): readonly string[] {
  return lingering
    .filter((rule) => rule.ListenerArn === listener.observed?.ListenerArn)
    .flatMap((rule) => (rule.Hosts.length > 0 ? rule.Hosts : ['']))
}

export function dependsOn(host: string, arn: string, listener: ModelListener, facts: CertificateFacts): boolean {
  const covered =
    host === ''
      ? listener.certificates.length > 0
      : listener.certificates.some((item) => item.hosts?.some((name) => covers(name, host)))
  return !covered && mayServe(arn, host, facts)
}

export function swapDefault(
  context: PlanContext,
  model: Model,
  { wish, observed, arn }: ModelListener,
  certificate: Certificate,
  needs: readonly string[],
): Change {
  return draft(context, {
    action: 'update',
    type: LISTENER,
    target: observed?.ListenerArn ?? '',
    name: `${model.name}/${wish.port}`,
    detail: 'certificate',
    object: wish.object,
    call: 'ModifyListener',
    before: { Certificates: [{ CertificateArn: observed?.DefaultCertificate ?? null }] },
    after: { ListenerArn: arn, Certificates: [{ CertificateArn: certificate.arn }] },
    reason: `The default certificate of port ${wish.port} serves no host any more; the one for ${certificate.hosts?.join(', ') ?? 'what its Ingress names'} takes its place`,
    needs,
  })
}

/** The change that brings a certificate onto a listener; null if it is there. */
export function certificateNeed(
  model: Model,
  listener: ModelListener,
  certificate: Certificate,
  changes: readonly Change[],
): string | null {
  const { port } = listener.wish
  const has = (id: string) => (changes.some((item) => item.id === id) ? id : null)
  if (!missingCertificates(listener).some((item) => item.key === certificate.key)) return null
  return (
    has(ids.certificate('create', model.name, port, certificate.key)) ??
    has(ids.listener('update', model.name, port, 'certificate'))
  )
}
