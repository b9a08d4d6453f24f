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
  /** An earlier rule that takes every request, so that none gets here. */
  readonly shadowedBy: number | null
}

export type ListenerRules = { readonly arn: string | null; readonly port: number; readonly rules: readonly Rule[] }

const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

/** The rules of a listener in the order in which they are tried, with those that are planned for it. */
export function explainRules(
  { arn, port, rules }: ListenerRules,
  balancerName: string,
  changes: readonly Change[],
  lines: readonly RuleWish[],
  observed: LoadBalancersObserved,
): readonly ExplainedRule[] {
  const there = rules.map((rule): Unordered => {
    const conditions = (rule.Conditions ?? []).map(plain)
    const change = changes.find((item) => item.type === RULE && item.target === rule.RuleArn)
    const known = observed.rules.find((item) => item.RuleArn === rule.RuleArn)
    const isDefault = rule.IsDefault === true
    const ours = known !== undefined || (isDefault && observed.listeners.some((item) => item.ListenerArn === arn))
    return {
      priority: isDefault ? 'default' : Number(rule.Priority),
      arn: rule.RuleArn ?? null,
      conditions,
      actions: rule.Actions ?? [],
      owner: ours ? 'fairlead' : 'other',
      state: change === undefined ? 'there' : change.action === 'delete' ? 'leaving' : 'changing',
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
        sources: sourcesOf(port, conditions, lines, undefined),
      },
    ]
  })
  const ordered = [...there, ...planned].sort((a, b) => place(a) - place(b))
  return ordered.map((rule, index) => ({ ...rule, shadowedBy: shadowOf(rule, ordered.slice(0, index)) }))
}

type Unordered = Omit<ExplainedRule, 'shadowedBy'>

function place({ priority }: Unordered): number {
  return priority === 'default' ? Number.POSITIVE_INFINITY : priority
}

/** What is not there yet takes nothing from what is; what leaves takes nothing from what comes. */
function shadowOf(rule: Unordered, before: readonly Unordered[]): number | null {
  const counts = (item: Unordered) =>
    item.priority !== 'default' && (rule.state === 'planned' ? item.state !== 'leaving' : item.state !== 'planned')
  const by = before.find((item) => counts(item) && takesAllOf(item.conditions, rule.conditions))
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
