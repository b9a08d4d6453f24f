import type { Settings } from '../shared/settings.ts'

/** What of a rule AWS counts: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
export type RuleSize = { readonly values: number; readonly wildcards: number }

export function ruleSize(host: string, paths: readonly string[]): RuleSize {
  const values = [...(host === '' ? [] : [host]), ...new Set(paths)]
  return { values: values.length, wildcards: values.join('').replaceAll(/[^*?]/g, '').length }
}

export function sizeAllowed(quotas: Settings['quotas']): RuleSize {
  return { values: quotas.conditionValuesPerRule, wildcards: quotas.conditionWildcardsPerRule }
}
