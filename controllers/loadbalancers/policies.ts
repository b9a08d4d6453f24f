import type { Finding } from '../shared/finding.ts'
import type { Settings } from '../shared/settings.ts'
import { problem } from './backend.ts'
import type { Certificate } from './certificate-choice.ts'
import { ruleSize } from './rule-size.ts'
import type { RuleWish } from './wish.ts'

/** One rule that asks to be planned, and what those let in before it take up. */
export type Candidate = {
  readonly rule: RuleWish
  readonly certificates: readonly Certificate[]
  readonly rules: number
  readonly groups: ReadonlySet<string>
  /** Keys of certificates on the listener's port. */
  readonly onListener: ReadonlySet<string>
  /** How many certificates listeners on other ports hold, besides their default ones. */
  readonly onOthers: number
  readonly quotas: Settings['quotas']
}

type Policy = (candidate: Candidate) => Finding | null

/** Why a rule cannot be planned, first reason first; null: it can. Everything AWS would refuse half-way is refused here, before any call. */
export function refusalOf(candidate: Candidate): Finding | null {
  for (const policy of [hasCertificate, fitsRules, fitsGroups, fitsCertificates, fitsConditionValues, fitsConditionWildcards]) {
    const finding = policy(candidate)
    if (finding !== null) return finding
  }
  return null
}

const hasCertificate: Policy = ({ rule, certificates, onListener }) => {
  if (!rule.secure || certificates.length > 0) return null
  // A rule for any host answers with whatever the listener has, but it must have something.
  if (rule.host === '' && onListener.size > 0) return null
  const expected = 'a certificate by fairlead.dev/certificate or alb.ingress.kubernetes.io/certificate-arn'
  return problem(
    rule.object,
    'NoCertificateForHost',
    rule.field,
    rule.host,
    expected,
    `There is no certificate for ${rule.host || 'any host'}`,
  )
}

const fitsRules: Policy = ({ rule, rules, quotas }) =>
  rules < quotas.rulesPerLoadBalancer ? null : full(rule, 'TooManyRules', `${quotas.rulesPerLoadBalancer} rules`)

const fitsGroups: Policy = ({ rule, groups, quotas }) =>
  groups.has(rule.group) || groups.size < quotas.targetGroupsPerLoadBalancer
    ? null
    : full(rule, 'TooManyTargetGroups', `${quotas.targetGroupsPerLoadBalancer} target groups`)

/**
 * One quota for all listeners of a load balancer; the default certificate of each does not count:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
 */
const fitsCertificates: Policy = ({ rule, certificates, onListener, onOthers, quotas }) => {
  const all = new Set([...onListener, ...certificates.map((item) => item.key)])
  if (all.size === onListener.size || all.size - 1 + onOthers <= quotas.certificatesPerLoadBalancer) return null
  return full(rule, 'TooManyCertificates', `${quotas.certificatesPerLoadBalancer} certificates besides the default one`)
}

const fitsConditionValues: Policy = ({ rule, quotas }) => {
  const { values } = ruleSize(rule.host, rule.paths)
  if (values <= quotas.conditionValuesPerRule) return null
  return full(rule, 'TooManyConditionValues', `${quotas.conditionValuesPerRule} values in one rule`)
}

const fitsConditionWildcards: Policy = ({ rule, quotas }) => {
  const { wildcards } = ruleSize(rule.host, rule.paths)
  if (wildcards <= quotas.conditionWildcardsPerRule) return null
  return full(rule, 'TooManyConditionWildcards', `${quotas.conditionWildcardsPerRule} wildcards in one rule`)
}

function full(rule: RuleWish, code: string, most: string): Finding {
  const read = `${rule.host}${rule.path}`
  return problem(
    rule.object,
    code,
    rule.field,
    read,
    `at most ${most}, or another group.name`,
    `${read} does not fit on the load balancer any more`,
  )
}
