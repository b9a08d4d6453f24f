import { annotation, badAnnotation, EXTERNAL_DNS_PREFIXES, FAIRLEAD, refOf, unknownAnnotations } from '../shared/annotations.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { canonicalHost } from '../shared/hosts.ts'
import { leavingIn, membersOf } from '../shared/members.ts'
import { type Ingress, objectKey } from '../shared/objects.ts'
import type { Intended, PlanContext } from '../shared/planner.ts'
import { EXTERNAL_DNS_KNOWN, EXTERNAL_DNS_NOT_YET } from './annotations.ts'

/** Our own annotations that this controller reads. */
export const DNS_ANNOTATIONS = ['zone'] as const

const CONTROLLER = 'controller'
const ZONE_ID = /^Z[0-9A-Z]{1,31}$/

export type DnsWish = {
  /** Canonical names of the hosts it can be served for, each once. */
  readonly hosts: readonly string[]
  /** The zone it pins its hosts to. */
  readonly zone: string | null
  /** It says that another controller does its records: they are neither written nor removed while it says so. */
  readonly leftToOthers: boolean
}
/** By `namespace/name`, every member, and those that leave, which want no hosts any more. */
export type DnsIntent = { readonly wishes: Readonly<Record<string, DnsWish>>; readonly formerHosts: readonly string[] }

/**
 * Hosts that can be served: those with a path, or with none and a default backend. One that is in `tls` alone is in a certificate
 * and gets no record.
 */
export function hostsOf(ingress: Ingress): readonly string[] {
  const { rules = [], defaultBackend } = ingress.spec
  const served = rules.filter(({ http }) => (http === undefined ? defaultBackend !== undefined : http.paths.length > 0))
  const hosts = served.map(({ host = '' }) => (host === '' ? null : canonicalHost(host)))
  return [...new Set(hosts.filter((host) => host !== null))]
}

/** The second prefix wins, as GA wins over alpha. */
function externalDns(ingress: Ingress, name: string): { readonly key: string; readonly value: string } | null {
  for (const prefix of [...EXTERNAL_DNS_PREFIXES].reverse()) {
    const value = annotation(ingress, `${prefix}${name}`)
    if (value !== undefined) return { key: `${prefix}${name}`, value }
  }
  return null
}

export function intendDns(context: PlanContext): Intended<DnsIntent> {
  const findings: Finding[] = []
  const wishes: Record<string, DnsWish> = {}
  for (const ingress of membersOf(context.view, context.unit)) {
    const zoneKey = `${FAIRLEAD}zone`
    const pin = annotation(ingress, zoneKey)
    if (pin !== undefined && !ZONE_ID.test(pin))
      findings.push(badAnnotation(ingress, zoneKey, 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ'))
    wishes[objectKey(ingress.metadata)] = {
      hosts: hostsOf(ingress),
      zone: pin ?? null,
      leftToOthers: (externalDns(ingress, CONTROLLER)?.value ?? 'dns-controller') !== 'dns-controller',
    }
    findings.push(...externalDnsFindings(ingress))
  }
  const formerHosts = leavingIn(context.view, context.unit).flatMap(hostsOf)
  return { intent: { wishes, formerHosts: [...new Set(formerHosts)] }, findings }
}

function externalDnsFindings(ingress: Ingress): readonly Finding[] {
  const findings: Finding[] = []
  for (const prefix of EXTERNAL_DNS_PREFIXES) {
    findings.push(...unknownAnnotations(ingress, prefix, EXTERNAL_DNS_KNOWN))
    for (const [key, value] of Object.entries(ingress.metadata.annotations ?? {})) {
      const name = key.startsWith(prefix) ? key.slice(prefix.length) : ''
      if (!EXTERNAL_DNS_NOT_YET.includes(name) && !name.startsWith('aws-')) continue
      findings.push({
        code: 'AnnotationNotYetSupported',
        severity: 'warning',
        object: refOf(ingress),
        field: annotationField(key),
        read: value,
        expected: 'no such annotation: records are made for the hosts of rules, as aliases of the load balancer',
        message: `Annotation ${key} is known but not supported yet and has no effect; records are made for the hosts of rules`,
      })
    }
  }
  const controller = externalDns(ingress, CONTROLLER)
  if (controller !== null && controller.value !== 'dns-controller')
    findings.push({
      code: 'RecordsLeftToOthers',
      severity: 'info',
      object: refOf(ingress),
      field: annotationField(controller.key),
      read: controller.value,
      expected: 'dns-controller, or no such annotation, for Fairlead to make the records',
      message: `Annotation ${controller.key} is ${JSON.stringify(controller.value)}: the records of this object are left as they are`,
    })
  return findings
}
