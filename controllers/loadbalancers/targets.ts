import { type EndpointSlice, type Node, objectKey, type Service, type ServicePort } from '../shared/objects.ts'

export type Target = { readonly Id: string; readonly Port: number }

/** Ready IPv4 endpoints of a Service's port, sorted. */
export function ipTargets(service: Service, port: ServicePort, slices: readonly EndpointSlice[]): readonly Target[] {
  const found: Target[] = []
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4' || slice.metadata.namespace !== service.metadata.namespace) continue
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== service.metadata.name) continue
    // A slice's port has the name of the Service's port, and no name if that has none.
    const number = slice.ports?.find((item) => (item.name ?? '') === (port.name ?? ''))?.port
    if (number === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      // Absent means ready: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
      if (endpoint.conditions?.ready === false) continue
      for (const address of endpoint.addresses) found.push({ Id: address, Port: number })
    }
  }
  return sortedTargets(found)
}

const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers'
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler'

/** Ready nodes by their instance id, on the Service's node port. A cordoned node still carries traffic, so it stays. */
export function instanceTargets(nodePort: number, nodes: readonly Node[]): readonly Target[] {
  const found: Target[] = []
  for (const node of nodes) {
    const id = node.spec?.providerID?.split('/').at(-1) ?? ''
    if (!id.startsWith('i-') || node.metadata.labels?.[EXCLUDE] !== undefined) continue
    if (node.spec?.taints?.some((taint) => taint.key === TO_BE_DELETED)) continue
    if (!node.status?.conditions?.some((item) => item.type === 'Ready' && item.status === 'True')) continue
    found.push({ Id: id, Port: nodePort })
  }
  return sortedTargets(found)
}

export function targetKey(target: Target): string {
  return `${target.Id}:${target.Port}`
}

function sortedTargets(targets: readonly Target[]): readonly Target[] {
  const unique = new Map(targets.map((target) => [targetKey(target), target]))
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target)
}

export function serviceOf(services: readonly Service[], namespace: string, name: string): Service | undefined {
  return services.find((item) => objectKey(item.metadata) === `${namespace}/${name}`)
}
