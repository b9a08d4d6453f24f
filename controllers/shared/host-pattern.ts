import { canonicalHost } from './hosts.ts'

const EVERYTHING = '*'
const ANY_DEPTH = '**.'

/**
 * A pattern that hosts are allowed by, in canonical form; null if it is none:
 * `shop.example.com` that host, `*.example.com` one label before it (a wildcard host is one, too), `**.example.com` one or more, `*` every host.
 */
export function hostPattern(text: string): string | null {
  const written = text.trim()
  if (written === EVERYTHING) return EVERYTHING
  if (!written.startsWith(ANY_DEPTH)) return canonicalHost(written)
  // Below a top-level domain there are strangers' names, too; but to say so is the administrator's right.
  const rest = canonicalHost(`x.${written.slice(ANY_DEPTH.length)}`)
  return rest === null ? null : `${ANY_DEPTH}${rest.slice(2)}`
}

/** Whether a pattern allows a host, both in canonical form. A wildcard host is covered only by a pattern that covers all it stands for. */
export function isAllowedBy(pattern: string, host: string): boolean {
  if (pattern === EVERYTHING || pattern === host) return true
  if (pattern.startsWith(ANY_DEPTH)) return host.endsWith(pattern.slice(2))
  if (!pattern.startsWith('*.') || !host.endsWith(pattern.slice(1))) return false
  const label = host.slice(0, host.length - pattern.length + 1)
  return label !== '' && !label.includes('.')
}
