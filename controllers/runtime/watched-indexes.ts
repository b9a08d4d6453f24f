import { slotUnit, TAG_SLOT } from '../shared/names.ts'
import type { EndpointSlice, Ingress, Secret } from '../shared/objects.ts'

/** The Services that an Ingress names, as `namespace/name`. */
export function servicesOf(ingress: Ingress): readonly string[] {
  const { rules = [], defaultBackend } = ingress.spec
  const backends = [defaultBackend, ...rules.flatMap((rule) => rule.http?.paths.map((path) => path.backend) ?? [])]
  const names = backends.flatMap((backend) => backend?.service?.name ?? [])
  return [...new Set(names)].map((name) => `${ingress.metadata.namespace}/${name}`)
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesioservice-name */
export function serviceOfSlice(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
}

/** The unit that a Secret of ours is for. */
export function unitOfSecret(secret: Secret): readonly string[] {
  const unit = slotUnit(secret.metadata.annotations?.[TAG_SLOT] ?? '')
  return unit === null ? [] : [unit]
}
