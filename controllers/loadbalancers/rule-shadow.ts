import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { canonicalJson } from '../shared/names.ts'
import { regexesOf } from './rule-match.ts'
import { patternCovers } from './rule-pattern.ts'

/**
 * Whether the first rule takes every request that the second would, so that the second never gets one if it is tried later.
 * When in doubt, no; what several rules take between them is not seen.
 */
export function takesAllOf(first: readonly RuleCondition[], second: readonly RuleCondition[]): boolean {
  return first.every((condition) => second.some((other) => isImpliedBy(condition, other)))
}

function isImpliedBy(condition: RuleCondition, other: RuleCondition): boolean {
  if (canonicalJson(condition) === canonicalJson(other)) return true
  if (condition.Field !== other.Field || regexesOf(other).length > 0) return false
  const all = (values: readonly string[], others: readonly string[], covers: (value: string, other: string) => boolean) =>
    others.length > 0 && others.every((item) => values.some((value) => covers(value, item)))
  const anyCase = (value: string, item: string) => patternCovers(value.toLowerCase(), item.toLowerCase())
  switch (condition.Field) {
    case 'host-header':
      return all(hostsOf(condition), hostsOf(other), anyCase)
    case 'path-pattern':
      return all(pathsOf(condition), pathsOf(other), patternCovers)
    case 'http-request-method': {
      const methods = (item: RuleCondition) => item.HttpRequestMethodConfig?.Values ?? []
      return all(methods(condition), methods(other), (value, item) => value === item)
    }
    default:
      // What differs in a header, a query or an address is not compared.
      return false
  }
}

export function hostsOf({ HostHeaderConfig, Values = [] }: RuleCondition): readonly string[] {
  return HostHeaderConfig?.Values ?? Values
}

export function pathsOf({ PathPatternConfig, Values = [] }: RuleCondition): readonly string[] {
  return PathPatternConfig?.Values ?? Values
}
