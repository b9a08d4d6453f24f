/**
 * What is planned together: a load balancer group with its hosts, or a host without one.
 * `group/NAME` is an explicit group of Ingresses over namespaces; `ingress/NAMESPACE/NAME` an Ingress on its own.
 */
export type Unit =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'ingress'; readonly namespace: string; readonly name: string }

export function unitKey(unit: Unit): string {
  return unit.kind === 'group' ? `group/${unit.name}` : `ingress/${unit.namespace}/${unit.name}`
}

export function parseUnitKey(key: string): Unit {
  const [kind, first = '', second = ''] = key.split('/')
  return kind === 'group' ? { kind: 'group', name: first } : { kind: 'ingress', namespace: first, name: second }
}
