import type { ObjectRef } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import { type PathType, pathRank } from './paths.ts'
import { patternCovers } from './rule-pattern.ts'

type Ordered = {
  readonly order: number
  /** '' is any host. */
  readonly host: string
  readonly path: string
  readonly pathType: PathType
}

/** `group.order` first, then the more specific host, then the more specific path; the rest only so that the order is always the same. */
export function byPrecedence(a: Ordered, b: Ordered): number {
  const [aRank, aLength] = pathRank(a.path, a.pathType)
  const [bRank, bLength] = pathRank(b.path, b.pathType)
  return (
    a.order - b.order ||
    hostRank(a.host) - hostRank(b.host) ||
    (a.host.startsWith('*') ? b.host.length - a.host.length : 0) ||
    compare(a.host, b.host) ||
    aRank - bRank ||
    aLength - bLength ||
    typeRank(a.pathType) - typeRank(b.pathType) ||
    compare(a.path, b.path)
  )
}

function hostRank(host: string): number {
  return host === '' ? 2 : host.startsWith('*.') ? 1 : 0
}

function typeRank(type: PathType): number {
  return ['Exact', 'Prefix', 'ImplementationSpecific', 'Default'].indexOf(type)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A finding for each rule that no request can reach, because one before it takes them all. `rules` in order of precedence. */
export function shadowed(
  rules: readonly (Ordered & { readonly object: ObjectRef; readonly field: string; readonly paths: readonly string[] })[],
): readonly Finding[] {
  const findings: Finding[] = []
  for (const [index, rule] of rules.entries()) {
    const by = rules.slice(0, index).find((before) => takesHost(before.host, rule.host) && takesPaths(before.paths, rule.paths))
    if (by === undefined) continue
    const text = `${rule.host}${rule.path}`
    findings.push({
      code: 'ShadowedRule',
      severity: 'info',
      object: rule.object,
      field: rule.field,
      read: text,
      expected: 'a path or group.order that lets requests reach it',
      message: `No request can reach ${text}: ${by.host}${by.path} comes before it and takes them all; expected another path or group.order`,
    })
  }
  return findings
}

/** A load balancer's `*` also matches dots, unlike a certificate's. */
function takesHost(before: string, host: string): boolean {
  return before === '' || patternCovers(before, host)
}

function takesPaths(before: readonly string[], paths: readonly string[]): boolean {
  if (before.length === 0) return true
  if (paths.length === 0) return before.includes('/*')
  return paths.every((path) => before.some((value) => patternCovers(value, path)))
}
