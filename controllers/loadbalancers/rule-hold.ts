import { TAG_OBJECT, TAG_SLOT, tagValue } from '../shared/names.ts'
import type { Unit } from '../shared/unit.ts'
import { slots } from './naming.ts'
import type { LoadBalancersObserved, ObservedRule } from './observed.ts'
import { type HeldLine, refKey } from './wish.ts'

/**
 * Tells of a rule whether it stays because its object, or one of its paths, exists and is merely refused. `objects`: the
 * `kind/namespace/name` of those refused as a whole.
 */
export function holder(
  unit: Unit,
  objects: readonly string[],
  lines: readonly HeldLine[],
  observed: LoadBalancersObserved,
): (rule: ObservedRule) => boolean {
  const tagged = new Set(lines.map(({ slot }) => tagValue(slots.rule(unit, slot))))
  const whole = new Set(objects.map(tagValue))
  return (rule) => {
    const object = rule.Tags[TAG_OBJECT] ?? ''
    if (whole.has(object) || tagged.has(rule.Tags[TAG_SLOT] ?? '')) return true
    const port = observed.listeners.find((item) => item.ListenerArn === rule.ListenerArn)?.Port
    return lines.some((line) => line.port === port && tagValue(refKey(line.object)) === object && serves(rule, line))
  }
}

function serves(rule: ObservedRule, { host, paths }: HeldLine): boolean {
  if (paths === null || (rule.Hosts[0] ?? '') !== host) return false
  return paths.length === 0 ? rule.Paths.length === 0 : paths.every((path) => rule.Paths.includes(path))
}
