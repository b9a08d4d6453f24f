import { ALB, annotation, badAnnotation, FAIRLEAD, refOf, unknownAnnotations } from '../shared/annotations.ts'
import type { ObjectRef } from '../shared/change.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { isGroupName } from '../shared/members.ts'
import type { Ingress } from '../shared/objects.ts'
import {
  ALB_ANNOTATIONS,
  FAIRLEAD_ANNOTATIONS,
  FAIRLEAD_IGNORED_FOR_NOW,
  FAIRLEAD_REFUSED_FOR_NOW,
  IGNORED_FOR_NOW,
  REFUSED_FOR_NOW,
} from './annotations.ts'
import { readerOf } from './reader.ts'
import { type BalancerSettings, balancerSettings, type ListenPort, type SharedSettings, sharedSettings } from './settings.ts'

/** One Ingress of a unit, its annotations read. */
export type Member = {
  readonly ingress: Ingress
  readonly object: ObjectRef
  /** The place by age. */
  readonly age: number
  readonly balancer: BalancerSettings
  readonly shared: SharedSettings
  readonly ports: readonly ListenPort[]
  /** HTTP goes there by redirect; null: HTTP ports serve themselves. */
  readonly redirectTo: number | null
  readonly findings: readonly Finding[]
}

export function memberOf(ingress: Ingress, age: number): Member {
  const findings: Finding[] = [
    ...unknownAnnotations(ingress, ALB, ALB_ANNOTATIONS),
    ...unknownAnnotations(ingress, FAIRLEAD, FAIRLEAD_ANNOTATIONS),
    ...notYet(ingress),
  ]
  const group = annotation(ingress, `${ALB}group.name`)
  if (group !== undefined && !isGroupName(group))
    findings.push(badAnnotation(ingress, `${ALB}group.name`, 'at most 63 lower-case letters, digits, - and .'))
  const read = readerOf([ingress], findings)
  const balancer = balancerSettings(read)
  const shared = sharedSettings(read)
  const { ports, redirectTo } = portsOf(ingress, balancer, shared, findings)
  return { ingress, object: refOf(ingress), age, balancer, shared, ports, redirectTo, findings }
}

/**
 * With a certificate: HTTP:80, which redirects, and HTTPS:443. Without: HTTP:80, which serves.
 * `listen-ports` replaces both, and then only `ssl-redirect` redirects.
 */
function portsOf(ingress: Ingress, balancer: BalancerSettings, shared: SharedSettings, findings: Finding[]) {
  const wish = annotation(ingress, `${FAIRLEAD}certificate`)
  if (wish === undefined && ingress.metadata.labels?.ssl === 'true') findings.push(labelNotYet(ingress))
  const certified = (wish !== undefined && wish !== 'none') || shared.certificateArns.length > 0
  const standard: readonly ListenPort[] = certified
    ? [
        { protocol: 'HTTP', port: 80 },
        { protocol: 'HTTPS', port: 443 },
      ]
    : [{ protocol: 'HTTP', port: 80 }]
  const ports = shared.listenPorts ?? standard
  if (wish === 'none' && shared.certificateArns.length === 0 && ports.some((item) => item.protocol === 'HTTPS'))
    findings.push(badAnnotation(ingress, `${ALB}listen-ports`, `no HTTPS port, since ${FAIRLEAD}certificate is "none"`))
  const { sslRedirect } = balancer
  if (sslRedirect !== undefined && !ports.some((item) => item.protocol === 'HTTPS' && item.port === sslRedirect))
    findings.push(badAnnotation(ingress, `${ALB}ssl-redirect`, 'a port on which this Ingress listens with HTTPS'))
  const redirectTo = sslRedirect ?? (shared.listenPorts === undefined && certified ? 443 : null)
  return { ports, redirectTo }
}

/** The label `ssl: "true"` of older platforms: a certificate that lies in Vault's KV. Never plain HTTP in its place. */
function labelNotYet(ingress: Ingress): Finding {
  return {
    code: 'AnnotationNotYetSupported',
    severity: 'blocking',
    object: refOf(ingress),
    field: 'metadata.labels[ssl]',
    read: 'true',
    expected: `${FAIRLEAD}certificate: vault`,
    message: `Label ssl is not supported yet, so the Ingress is left as it is; expected the annotation ${FAIRLEAD}certificate: vault`,
  }
}

function notYet(ingress: Ingress): readonly Finding[] {
  const findings: Finding[] = []
  const tell = (key: string, severity: Finding['severity']) => {
    const outcome = severity === 'blocking' ? 'so the Ingress is left as it is' : 'and has no effect'
    findings.push({
      code: 'AnnotationNotYetSupported',
      severity,
      object: refOf(ingress),
      field: annotationField(key),
      read: annotation(ingress, key) ?? '',
      expected: 'no such annotation',
      message: `Annotation ${key} is not supported yet, ${outcome}; expected no such annotation`,
    })
  }
  for (const key of Object.keys(ingress.metadata.annotations ?? {})) {
    if (key.startsWith(ALB) && isIn(key.slice(ALB.length), REFUSED_FOR_NOW)) tell(key, 'blocking')
    if (key.startsWith(ALB) && isIn(key.slice(ALB.length), IGNORED_FOR_NOW)) tell(key, 'warning')
    if (key.startsWith(FAIRLEAD) && isIn(key.slice(FAIRLEAD.length), FAIRLEAD_REFUSED_FOR_NOW)) tell(key, 'blocking')
    if (key.startsWith(FAIRLEAD) && isIn(key.slice(FAIRLEAD.length), FAIRLEAD_IGNORED_FOR_NOW)) tell(key, 'warning')
  }
  return findings
}

function isIn(name: string, list: readonly string[]): boolean {
  return list.some((item) => (item.endsWith('*') ? name.startsWith(item.slice(0, -1)) : name === item))
}
