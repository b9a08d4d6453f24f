import type { Shape } from '../shared/change.ts'
import type { ModelRule } from './model.ts'
import type { ObservedRule } from './observed.ts'

/** A rule has at least one condition: any path stands for none. */
export function pathsOf({ wish }: ModelRule): readonly string[] {
  return wish.paths.length === 0 && wish.host === '' ? ['/*'] : wish.paths
}

export function conditions(rule: ModelRule): readonly Shape[] {
  return conditionsOf(rule.wish.host === '' ? [] : [rule.wish.host], pathsOf(rule))
}

export function observedConditions(rule: ObservedRule): readonly Shape[] {
  return conditionsOf(rule.Hosts, rule.Paths)
}

function conditionsOf(hosts: readonly string[], paths: readonly string[]): readonly Shape[] {
  return [
    ...(hosts.length > 0 ? [{ Field: 'host-header', HostHeaderConfig: { Values: hosts } }] : []),
    ...(paths.length > 0 ? [{ Field: 'path-pattern', PathPatternConfig: { Values: paths } }] : []),
  ]
}

export function textOf({ wish }: ModelRule): string {
  const others = wish.parts.length - 1
  const more = others === 0 ? '' : ` and ${others} more`
  return `${wish.host || 'any host'}${wish.path || '/*'}${more} on port ${wish.port}`
}
