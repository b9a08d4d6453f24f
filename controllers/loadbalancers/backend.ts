import type { ObjectRef } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import type { ClusterView, IngressBackend, Service, ServicePort } from '../shared/objects.ts'
import { backendSettings } from './backend-settings.ts'
import type { Member } from './member.ts'
import { readerOf } from './reader.ts'
import { instanceTargets, ipTargets, serviceOf } from './targets.ts'
import type { GroupWish } from './wish.ts'

type Resolved = { readonly group: GroupWish | null; readonly findings: readonly Finding[] }

/** The target group a backend asks for, or what is wrong with it. */
export function resolveBackend(
  member: Member,
  backend: IngressBackend,
  field: string,
  view: ClusterView,
  defaultTargetType: 'instance' | 'ip',
): Resolved {
  const refuse = (code: string, read: string, expected: string, says: string, part = 'service.name'): Resolved => ({
    group: null,
    findings: [problem(member.object, code, `${field}.${part}`, read, expected, says)],
  })
  if (backend.service === undefined) {
    const kind = backend.resource?.kind ?? 'nothing'
    return refuse(
      'BackendNotSupported',
      kind,
      'a Service',
      `The backend is ${kind}, which a load balancer cannot reach`,
      'resource',
    )
  }
  const { name, port: wanted } = backend.service
  const service = serviceOf(view.services, member.object.namespace, name)
  if (service === undefined)
    return refuse('ServiceNotFound', name, 'the name of a Service in the namespace of the Ingress', `There is no Service ${name}`)
  if (service.spec.type === 'ExternalName')
    return refuse(
      'ServiceIsExternalName',
      name,
      'a Service with endpoints',
      `Service ${name} is an ExternalName, which has no endpoints`,
    )
  const port = portOf(service, wanted)
  if (port === undefined) {
    const read = String(wanted?.name ?? wanted?.number ?? '')
    const has = (service.spec.ports ?? []).map((item) => (item.name ? `${item.port} (${item.name})` : String(item.port)))
    return refuse(
      'ServicePortNotFound',
      read,
      `one of ${has.join(', ') || 'no ports'}`,
      `Service ${name} has no port ${read}`,
      'service.port',
    )
  }
  const findings: Finding[] = []
  const settings = backendSettings(readerOf([service, member.ingress], findings), defaultTargetType)
  // A finding about the Service's annotation belongs to the Ingress, too: it is the one that is not served.
  const own = findings.map((finding) => ({ ...finding, object: member.object }))
  if (own.some((finding) => finding.severity === 'blocking')) return { group: null, findings: own }
  if (settings.targetType === 'instance' && port.nodePort === undefined)
    return refuse(
      'ServiceHasNoNodePort',
      service.spec.type ?? 'ClusterIP',
      'type NodePort, or target-type ip',
      `Target type instance needs a node port, which Service ${name} does not have`,
    )
  const targets =
    settings.targetType === 'ip' ? ipTargets(service, port, view.endpointSlices) : instanceTargets(port.nodePort ?? 0, view.nodes)
  const group: GroupWish = {
    key: `${member.object.namespace}/${member.object.name}/${name}:${port.port}`,
    object: member.object,
    service: name,
    field,
    Protocol: settings.protocol,
    ProtocolVersion: settings.protocolVersion,
    Port: port.port,
    TargetType: settings.targetType,
    HealthCheck: settings.healthCheck,
    attributes: settings.attributes,
    targets,
  }
  return { group, findings: own }
}

function portOf(
  service: Service,
  wanted: { readonly number?: number; readonly name?: string } | undefined,
): ServicePort | undefined {
  const ports = service.spec.ports ?? []
  if (wanted?.name !== undefined) return ports.find((item) => item.name === wanted.name)
  return ports.find((item) => item.port === wanted?.number)
}

/** A blocking finding about something that is not an annotation. */
export function problem(
  object: ObjectRef,
  code: string,
  field: string,
  read: string,
  expected: string,
  says: string,
  severity: Finding['severity'] = 'blocking',
): Finding {
  return { code, severity, object, field, read, expected, message: `${says}; expected ${expected}` }
}
