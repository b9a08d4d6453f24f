import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { LoadBalancersObserved, ObservedTarget } from '../loadbalancers/observed.ts'
import { matchRule } from '../loadbalancers/rule-match.ts'
import type { AskedRequest } from './explain-request.ts'
import { afterPlan, type ExplainedRule } from './explain-rules.ts'

export type AnsweringGroup = {
  readonly arn: string
  readonly name: string
  readonly weight: number
  /** Null: the group is not Fairlead's. */
  readonly targets: readonly ObservedTarget[] | null
}

/** What a listener does with a request. */
export type RequestAnswer = {
  /** The rule, as AWS has it now; null where it cannot be told. */
  readonly rule: ExplainedRule | null
  readonly action: Action | null
  readonly groups: readonly AnsweringGroup[]
  /** Rules before it that may take the request, since they ask for what cannot be told here. */
  readonly unless: readonly number[]
  /** What remains to be said, in sentences. */
  readonly notes: readonly string[]
}

/** `rules` in the order in which they are tried. */
export function answerRequest(
  rules: readonly ExplainedRule[],
  request: AskedRequest,
  secure: boolean,
  observed: LoadBalancersObserved,
): RequestAnswer {
  const tried = rules.map((rule) => ({ rule, met: matchRule(rule.conditions, request) }))
  const now = tried.filter(({ rule }) => rule.state !== 'planned')
  const first = now.find(({ met }) => met === true)
  const before = first === undefined ? now : now.slice(0, now.indexOf(first))
  const unless = before.filter(({ met }) => met === null).map(({ rule }) => Number(rule.priority))
  // The last action is the one that answers; those before it authenticate.
  const action = first?.rule.actions.at(-1) ?? null
  const groups = action === null ? [] : groupsOf(action, observed)
  const then = afterPlan(rules).find((rule) => matchRule(rule.conditions, request) === true)
  const notes = [...healthNotes(groups)]
  if (secure !== request.secure)
    notes.push(`Port ${request.port} speaks ${secure ? 'HTTPS' : 'HTTP'}; the URL says ${request.secure ? 'https' : 'http'}.`)
  if (unless.length > 0)
    notes.push(
      `Rules ${unless.join(', ')} come before and ask for what cannot be told here: a regular expression, or the source address (--source-ip).`,
    )
  if (then !== undefined && (then.arn === null || then.arn !== first?.rule.arn))
    notes.push(
      `Once the plan is made, rule ${then.priority}, which is ${then.arn === null ? 'not there yet' : 'there'}, takes it.`,
    )
  return { rule: first?.rule ?? null, action, groups, unless, notes }
}

function groupsOf(action: Action, observed: LoadBalancersObserved): readonly AnsweringGroup[] {
  if (action.Type !== 'forward') return []
  const shares = action.ForwardConfig?.TargetGroups ?? (action.TargetGroupArn ? [{ TargetGroupArn: action.TargetGroupArn }] : [])
  return shares.map(({ TargetGroupArn: arn = '', Weight = 1 }) => {
    const known = observed.targetGroups.find((item) => item.TargetGroupArn === arn)
    return { arn, name: known?.TargetGroupName ?? groupNameIn(arn), weight: Weight, targets: known?.Targets ?? null }
  })
}

/** `arn:…:targetgroup/NAME/ID`. */
export function groupNameIn(arn: string): string {
  return arn.split('/').at(-2) ?? arn
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html */
function healthNotes(groups: readonly AnsweringGroup[]): readonly string[] {
  return groups.flatMap(({ name, weight, targets }) => {
    if (targets === null || weight === 0) return []
    const registered = targets.filter((target) => target.State !== 'draining')
    if (registered.length === 0) return [`Target group ${name} has no targets: the answer is 503.`]
    if (registered.some((target) => target.State === 'healthy')) return []
    return [`No target of ${name} is healthy: the load balancer then sends requests to all of them.`]
  })
}
