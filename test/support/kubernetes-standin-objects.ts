import type { KubeObject } from '../../controllers/shared/objects.ts'

export type Tree = { [field: string]: unknown }
export type Stored = KubeObject & Tree

/** RFC 7386. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return structuredClone(patch)
  const result: Tree = isTree(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = mergePatched(result[field], value)
  }
  return result
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON with its fields in order, to compare by. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isTree(part) ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))) : part,
  )
}

/** What the server fills in where the client said nothing. */
export function withDefaults(kind: string, object: Stored, serial: number): Stored {
  if (kind === 'Secret' && object.type === undefined) return { ...object, type: 'Opaque' }
  if (kind !== 'Service') return object
  const spec = (object.spec ?? {}) as Tree
  const type = spec.type ?? 'ClusterIP'
  const opensNodePorts = type === 'NodePort' || type === 'LoadBalancer'
  const ports = ((spec.ports ?? []) as Tree[]).map((port, index) => ({
    ...port,
    protocol: port.protocol ?? 'TCP',
    targetPort: port.targetPort ?? port.port,
    ...(opensNodePorts ? { nodePort: port.nodePort ?? 30000 + ((serial * 8 + index) % 2768) } : {}),
  }))
  const address = type === 'ExternalName' ? {} : { clusterIP: spec.clusterIP ?? `10.96.${(serial >> 8) & 255}.${serial & 255}` }
  return { ...object, spec: { ...spec, ...address, type, ports } }
}

/** Whether an object is chosen by a label selector (`a=b,c!=d,e,!f,g in (x,y)`). */
export function matchesLabels(object: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined || selector === '') return true
  const labels = object.metadata.labels ?? {}
  return selector.split(/,(?![^(]*\))/).every((term) => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term)
    if (set !== null) {
      const inside = (set[3] ?? '')
        .split(',')
        .map((value) => value.trim())
        .includes(labels[set[1] ?? ''] ?? '')
      return set[2] === 'in' ? inside : !inside
    }
    const equality = /^\s*([^!=\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(term)
    if (equality !== null) return (labels[equality[1] ?? ''] === equality[3]) === (equality[2] !== '!=')
    const key = term.trim()
    return key.startsWith('!') ? !(key.slice(1) in labels) : key in labels
  })
}

export function matchesFields(object: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined || selector === '') return true
  return selector.split(',').every((term) => {
    const parts = /^([^!=]+)(==|=|!=)(.*)$/.exec(term)
    if (parts === null) throw new Error(`a field selector that is not understood: ${term}`)
    const value = (parts[1] ?? '').split('.').reduce<unknown>((at, field) => (isTree(at) ? at[field] : undefined), object)
    return (String(value ?? '') === parts[3]) === (parts[2] !== '!=')
  })
}
