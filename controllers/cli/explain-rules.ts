import type { Action, Rule, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { LoadBalancersObserved } from '../loadbalancers/observed.ts'
import { hostsOf, pathsOf, takesAllOf } from '../loadbalancers/rule-shadow.ts'
import type { RuleWish } from '../loadbalancers/wish.ts'
import type { Change, ObjectRef } from '../shared/change.ts'
import { TAG_OBJECT } from '../shared/names.ts'

/** A path of an Ingress that a rule is for. */
export type RuleSource = {
  readonly object: ObjectRef
  /** '' where the path is not asked for any more. */
  readonly field: string
  readonly host: string
  readonly path: string
  readonly pathType: string
  /** `NAME:PORT`. */
  readonly service: string
}

/** One rule as the load balancer tries it. Conditions and actions in the words of the AWS API. */
export type ExplainedRule = {
  readonly priority: number | 'default'
  /** Null: it is not there yet. */
  readonly arn: string | null
  readonly conditions: readonly RuleCondition[]
  readonly actions: readonly Action[]
  readonly owner: 'fairlead' | 'other'
  /** `there` is as it shall be; `planned` is not there yet; `changing` and `leaving` are there until the plan is made. */
  readonly state: 'there' | 'planned' | 'changing' | 'leaving'
  readonly sources: readonly RuleSource[]
  /** What a rule that is `changing` will be. */
  readonly next: {
    readonly priority: number
    readonly conditions: readonly RuleCondition[]
    readonly actions: readonly Action[]
  } | null
  /** The priority of an earlier rule that takes every request, so that none gets here. */
  readonly shadowedBy: number | null
}

export type ListenerRules = {
  readonly arn: string | null
  readonly port: number
  readonly rules: readonly Rule[]
  /** The listener is to go, or its load balancer. */
  readonly leaves: boolean
}

const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

/** The rules of a listener in the order in which they are tried, with those that are planned for it. */
export function explainRules(
  { arn, port, rules, leaves }: ListenerRules,
  balancerName: string,
  changes: readonly Change[],
  lines: readonly RuleWish[],
  observed: LoadBalancersObserved,
): readonly ExplainedRule[] {
  const there = rules.map((rule): Unordered => {
    const conditions = (rule.Conditions ?? []).map(plain)
    const next = nextOf(rule, conditions, changes)
    const goes = leaves || changes.some((item) => item.type === RULE && item.action === 'delete' && item.target === rule.RuleArn)
    const known = observed.rules.find((item) => item.RuleArn === rule.RuleArn)
    const isDefault = rule.IsDefault === true
    const ours = known !== undefined || (isDefault && observed.listeners.some((item) => item.ListenerArn === arn))
    return {
      priority: isDefault ? 'default' : Number(rule.Priority),
      arn: rule.RuleArn ?? null,
      conditions,
      actions: rule.Actions ?? [],
      owner: ours ? 'fairlead' : 'other',
      state: goes ? 'leaving' : next === null ? 'there' : 'changing',
      next: goes ? null : next,
      sources: known === undefined ? [] : sourcesOf(port, conditions, lines, known.Tags[TAG_OBJECT]),
    }
  })
  const planned = changes.flatMap((item): readonly Unordered[] => {
    const after = item.after as { Conditions?: RuleCondition[]; Actions?: Action[]; Priority?: number } | null
    if (item.type !== RULE || item.action !== 'create' || !item.target.startsWith(`${balancerName}/rule/${port}/`)) return []
    const conditions = after?.Conditions ?? []
    return [
      {
        priority: after?.Priority ?? 0,
        arn: null,
        conditions,
        actions: after?.Actions ?? [],
        owner: 'fairlead',
        state: 'planned',
        next: null,
        sources: sourcesOf(port, conditions, lines, undefined),
      },
    ]
  })
  const ordered = [...there, ...planned].sort((a, b) => placeOf(a.priority) - placeOf(b.priority))
  const now = ordered.filter((rule) => rule.state !== 'planned')
  const then = afterPlan(ordered)
  return ordered.map((rule) => {
    const by = rule.state === 'planned' ? shadowOf(rule, then) : shadowOf(rule, now)
    return { ...rule, shadowedBy: by }
  })
}

type Unordered = Omit<ExplainedRule, 'shadowedBy'>

/** The rules as they will be tried once the plan is made. */
export function afterPlan<T extends Unordered>(rules: readonly T[]): readonly T[] {
  return rules
    .filter((rule) => rule.state !== 'leaving')
    .map((rule) => ({ ...rule, ...rule.next }))
    .sort((a, b) => placeOf(a.priority) - placeOf(b.priority))
}

function placeOf(priority: ExplainedRule['priority']): number {
  return priority === 'default' ? Number.POSITIVE_INFINITY : priority
}

type After = {
  readonly Conditions?: RuleCondition[]
  readonly Actions?: Action[]
  readonly RulePriorities?: readonly { readonly RuleArn: string; readonly Priority: number }[]
}

/** A rule may be changed in several steps: the last one counts. */
function nextOf(rule: Rule, conditions: readonly RuleCondition[], changes: readonly Change[]): ExplainedRule['next'] {
  const updates = changes
    .filter((item) => item.type === RULE && item.action === 'update')
    .map((item) => ({ ...item, after: item.after as After }))
  const own = updates.filter((item) => item.target === rule.RuleArn)
  const moves = updates.flatMap((item) => item.after.RulePriorities ?? []).find((item) => item.RuleArn === rule.RuleArn)
  if (own.length === 0 && moves === undefined) return null
  return {
    priority: moves?.Priority ?? Number(rule.Priority),
    conditions: own.findLast((item) => item.after.Conditions !== undefined)?.after.Conditions ?? conditions,
    actions: own.findLast((item) => item.after.Actions !== undefined)?.after.Actions ?? rule.Actions ?? [],
  }
}

/** Which of `rules`, in order, is before it and takes all it would. */
function shadowOf(rule: Unordered, rules: readonly Unordered[]): number | null {
  const by = rules.find((item) => placeOf(item.priority) < placeOf(rule.priority) && takesAllOf(item.conditions, rule.conditions))
  return by === undefined ? null : Number(by.priority)
}

/** AWS answers hosts and paths in two forms at once. */
function plain(condition: RuleCondition): RuleCondition {
  const { Values, RegexValues, ...rest } = condition
  const hasConfig = rest.HostHeaderConfig !== undefined || rest.PathPatternConfig !== undefined
  return {
    ...rest,
    ...(Values === undefined || Values.length === 0 || hasConfig ? {} : { Values }),
    ...(RegexValues === undefined || RegexValues.length === 0 || hasConfig ? {} : { RegexValues }),
  }
}

function sourcesOf(
  port: number,
  conditions: readonly RuleCondition[],
  lines: readonly RuleWish[],
  tag: string | undefined,
): readonly RuleSource[] {
  const hosts = conditions.filter((item) => item.Field === 'host-header').flatMap(hostsOf)
  const paths = conditions.filter((item) => item.Field === 'path-pattern').flatMap(pathsOf)
  const isOf = (line: RuleWish) => {
    if (line.port !== port || (line.host === '' ? hosts.length > 0 : !hosts.includes(line.host))) return false
    if (line.paths.length > 0) return line.paths.every((path) => paths.includes(path))
    return paths.length === 0 || (line.host === '' && paths.includes('/*'))
  }
  const found = lines.filter(isOf).map(
    ({ object, field, host, path, pathType, group }): RuleSource => ({
      object,
      field,
      host,
      path,
      pathType,
      service: group.split('/').slice(2).join('/'),
    }),
  )
  const [kind, namespace, name] = tag?.split('/') ?? []
  if (found.length > 0 || kind === undefined || namespace === undefined || name === undefined) return found
  const left = { object: { kind, namespace, name }, field: '', pathType: '', service: '' }
  return [{ ...left, host: hosts.join(', '), path: paths.join(', ') }]
}
