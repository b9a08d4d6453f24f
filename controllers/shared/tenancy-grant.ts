import { annotation, FAIRLEAD } from './annotations.ts'
import { hostPattern, isAllowedBy } from './host-pattern.ts'
import type { Namespace } from './objects.ts'
import type { TenancySettings } from './settings.ts'

export const ALLOWED_HOSTS = `${FAIRLEAD}allowed-hosts`
export const ALLOWED_PROFILES = `${FAIRLEAD}allowed-profiles`
export const ALLOWED_ACCOUNTS = `${FAIRLEAD}allowed-accounts`
export const QUOTA_ANNOTATIONS = {
  loadBalancers: `${FAIRLEAD}quota-load-balancers`,
  certificates: `${FAIRLEAD}quota-certificates`,
  records: `${FAIRLEAD}quota-records`,
} as const
export type QuotaKind = keyof typeof QUOTA_ANNOTATIONS

/** Who limits something: the Namespace's own annotation, or the entry of the configuration that is for it. */
type Source = 'annotation' | 'configuration'
type Limit<T> = { readonly from: Source; readonly value: T }

/** What a namespace may have. Where both the annotation and the configuration say something, it must satisfy both. */
export type Grant = {
  /** Empty: nobody listed it. */
  readonly hosts: readonly Limit<readonly string[]>[]
  readonly profiles: readonly Limit<readonly string[]>[]
  readonly accounts: readonly Limit<readonly string[]>[]
  /** The smallest number that somebody set; null: none. */
  readonly quotas: Readonly<Record<QuotaKind, Limit<number> | null>>
  /** Annotations of the Namespace that are not understood, and allow nothing. */
  readonly faults: readonly { readonly key: string; readonly read: string; readonly expected: string }[]
}

const PATTERNS =
  'hosts such as shop.example.com, *.example.com (one label), **.example.com (any number) or *, with commas between them'

export function grantOf(settings: TenancySettings, name: string, namespace: Namespace | null): Grant {
  const faults: Grant['faults'][number][] = []
  const entry = entryFor(settings, name)
  const read = (key: string) => (namespace === null ? undefined : annotation(namespace, key))
  const both = (key: string, configured: readonly string[] | undefined): Limit<readonly string[]>[] => {
    const text = read(key)
    return [
      ...(text === undefined ? [] : [{ from: 'annotation' as const, value: listOf(text) }]),
      ...(configured === undefined ? [] : [{ from: 'configuration' as const, value: configured }]),
    ]
  }
  const hosts = both(ALLOWED_HOSTS, entry?.hosts).map(({ from, value }) => {
    const patterns = value.map((text) => ({ text, pattern: hostPattern(text) }))
    const wrong = patterns.filter(({ pattern }) => pattern === null).map(({ text }) => text)
    if (from === 'annotation' && wrong.length > 0) faults.push({ key: ALLOWED_HOSTS, read: wrong.join(', '), expected: PATTERNS })
    return { from, value: patterns.flatMap(({ pattern }) => pattern ?? []) }
  })
  const quota = (kind: QuotaKind): Limit<number> | null => {
    const key = QUOTA_ANNOTATIONS[kind]
    const text = read(key)?.trim()
    const configured = entry?.quotas[kind]
    const understood = text === undefined || /^\d{1,9}$/.test(text)
    if (!understood) faults.push({ key, read: text, expected: 'a whole number from 0' })
    const limits: readonly Limit<number>[] = [
      ...(text === undefined ? [] : [{ from: 'annotation' as const, value: understood ? Number(text) : 0 }]),
      ...(configured === undefined ? [] : [{ from: 'configuration' as const, value: configured }]),
    ]
    return limits.reduce<Limit<number> | null>((least, one) => (least === null || one.value < least.value ? one : least), null)
  }
  return {
    hosts,
    profiles: both(ALLOWED_PROFILES, entry?.profiles),
    accounts: both(ALLOWED_ACCOUNTS, entry?.accounts),
    quotas: { loadBalancers: quota('loadBalancers'), certificates: quota('certificates'), records: quota('records') },
    faults,
  }
}

/** Whether somebody listed the host for the namespace: not merely that nobody forbade it. */
export function isGranted(grant: Grant, host: string): boolean {
  return grant.hosts.length > 0 && grant.hosts.every(({ value }) => value.some((pattern) => isAllowedBy(pattern, host)))
}

/** Whether the namespace may have the host, if nobody else has it. */
export function mayHave(settings: TenancySettings, grant: Grant, host: string): boolean {
  return grant.hosts.length === 0 ? settings.unlisted === 'first-claim' : isGranted(grant, host)
}

/**
 * Whether the namespace may use the profile or account. Nobody has to list the default one; others are for whoever is listed
 * for them and, where unlisted namespaces may claim at all, for every namespace without a list.
 */
export function mayUse(settings: TenancySettings, limits: Grant['profiles'], name: string, byDefault: string): boolean {
  if (limits.length === 0) return settings.unlisted === 'first-claim' || name === byDefault
  return limits.every(({ value }) => value.includes(name) || value.includes('*'))
}

/** What would have been allowed, and who says so: for whoever is refused. */
export function allowedText(limits: Grant['profiles'], what: string): string {
  if (limits.length === 0) return `${what} that the Namespace or the configuration lists; none is listed`
  const sources = limits.map(
    ({ from, value }) =>
      `${value.length === 0 ? 'none' : value.join(', ')} (${from === 'annotation' ? 'by an annotation of the Namespace' : 'by the configuration'})`,
  )
  return `${what} out of ${sources.join(' and at the same time of ')}`
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** The entry with the very name, else the longest pattern that fits; of two that are as long the first in the alphabet. */
function entryFor({ namespaces }: TenancySettings, name: string): TenancySettings['namespaces'][string] | null {
  const [best] = Object.keys(namespaces)
    .filter((pattern) => pattern === name || fits(pattern, name))
    .sort((a, b) => Number(b === name) - Number(a === name) || b.length - a.length || (a < b ? -1 : 1))
  return best === undefined ? null : (namespaces[best] ?? null)
}

/** `*` in the pattern of a name stands for any number of characters. */
function fits(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === name
  let rest = name
  for (const [index, part] of parts.entries()) {
    const at = index === parts.length - 1 ? rest.length - part.length : rest.indexOf(part)
    if (at < 0 || (index === 0 && at !== 0) || !rest.startsWith(part, at)) return false
    rest = rest.slice(at + part.length)
  }
  return true
}
