import type { IngressPath } from '../shared/objects.ts'

export type PathType = IngressPath['pathType'] | 'Default'

/** What a path-pattern may hold: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions */
const ALLOWED = /^[A-Za-z0-9_\-.$/~"'@:+&*?]{1,128}$/

/** The values of the path-pattern condition for a path, or what is wrong with it. No values: any path. */
export function pathValues(path: string, type: PathType): { readonly values: readonly string[] } | { readonly wrong: string } {
  if (type === 'Default') return { values: [] }
  if (!path.startsWith('/')) return { wrong: 'a path that begins with /' }
  // ALB has no way to escape a wildcard, so a literal one cannot be matched.
  if (type !== 'ImplementationSpecific' && /[*?]/.test(path))
    return { wrong: 'a path without * and ?, or pathType ImplementationSpecific, where they are wildcards' }
  if (type === 'Exact') return check([path])
  if (type === 'ImplementationSpecific') return check([path])
  const stem = path.replace(/\/+$/, '')
  return check(stem === '' ? ['/*'] : [stem, `${stem}/*`])
}

function check(values: readonly string[]): { readonly values: readonly string[] } | { readonly wrong: string } {
  if (values.every((value) => ALLOWED.test(value))) return { values }
  return { wrong: 'at most 128 of the characters that a load balancer can match: letters, digits and _-.$/~"\'@:+&' }
}

/** How specific a path is, smaller first: Exact, then by the length before the first wildcard, then no path at all. */
export function pathRank(path: string, type: PathType): readonly [number, number] {
  if (type === 'Default') return [2, 0]
  const wild = path.search(/[*?]/)
  if (type === 'Exact' || (type === 'ImplementationSpecific' && wild < 0)) return [0, -path.length]
  const stem = type === 'Prefix' ? path.replace(/\/+$/, '') : path.slice(0, wild)
  return [1, -stem.length]
}
