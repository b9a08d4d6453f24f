import type { ObjectRef } from '../shared/change.ts'
import type { Zone } from './observed.ts'

/**
 * The ownership registry of external-dns: a TXT record beside each record says whose it is. Written as external-dns since v0.22
 * writes it, read in all its generations: https://kubernetes-sigs.github.io/external-dns/latest/docs/registry/txt/
 */
export const REGISTRY_TTL = 300

export type RecordType = 'A' | 'AAAA'
export type Ownership = { readonly owner: string; readonly resource: string | null }

/** The types external-dns puts before a name; it takes the first word as a type even where the host itself begins so. */
const TYPED = /^(a|aaaa|cname|ns|mx|ptr|srv|naptr|txt|dname)-(.+)$/

export function registryName(host: string, type: RecordType): string {
  return `${type.toLowerCase()}-${host}`
}

/** Every name under which some generation of external-dns kept the entry; ours first. */
export function registryNames(host: string, type: RecordType): readonly string[] {
  const current = registryName(host, type)
  if (type === 'AAAA') return [current]
  // Before v0.22 an A alias was called a CNAME; before v0.12 there was no type at all, which cannot be told from a typed name.
  return TYPED.test(host) ? [current, `cname-${host}`] : [current, `cname-${host}`, host]
}

/** Which record a registry entry of that name speaks of; null if it is of a type we never write. */
export function registryHost(name: string): { readonly host: string; readonly type: RecordType } | null {
  const typed = TYPED.exec(name)
  if (typed === null) return { host: name, type: 'A' }
  const [, type, host = ''] = typed
  if (type === 'aaaa') return { host, type: 'AAAA' }
  return type === 'a' || type === 'cname' ? { host, type: 'A' } : null
}

export function resourceOf(object: ObjectRef): string {
  return `${object.kind.toLowerCase()}/${object.namespace}/${object.name}`
}

export function objectOf(resource: string | null): ObjectRef | null {
  const [kind, namespace, name, more] = (resource ?? '').split('/')
  if (kind === undefined || namespace === undefined || name === undefined || more !== undefined) return null
  return { kind: kind === 'ingress' ? 'Ingress' : kind === 'service' ? 'Service' : kind, namespace, name }
}

export function registryValue(owner: string, object: ObjectRef): string {
  return `"heritage=external-dns,external-dns/owner=${owner},external-dns/resource=${resourceOf(object)}"`
}

/** Null if the value is not a registry entry. As in external-dns, a set is one if its first value is. */
export function parseRegistryValue(value: string | undefined): Ownership | null {
  const labels = new Map(
    (value ?? '')
      .replace(/^"|"$/g, '')
      .split(',')
      .map((part) => {
        const cut = part.indexOf('=')
        return [part.slice(0, Math.max(0, cut)).trim(), part.slice(cut + 1).trim()] as const
      }),
  )
  if (labels.get('heritage') !== 'external-dns') return null
  return { owner: labels.get('external-dns/owner') ?? '', resource: labels.get('external-dns/resource') ?? null }
}

/** Why a host's ownership could not be written so that external-dns reads it; null if it can. */
export function registryFault(host: string, types: readonly RecordType[], zone: Zone): string | null {
  if (host === zone.name) return `the ownership record of a zone's own name would be ${registryName(host, 'A')}, outside the zone`
  for (const type of types) {
    const name = registryName(host, type)
    const label = name.split('.', 1)[0] ?? ''
    if (label.length > 63)
      return `its ownership record ${name} would begin with a label of ${label.length} characters, and DNS allows 63`
    if (name.length > 253) return `its ownership record ${name} would have ${name.length} characters, and DNS allows 253`
  }
  return null
}
