import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { isUnknown } from '../shared/known.ts'
import { groupNameIn, type RequestAnswer } from './explain-answer.ts'
import type { ExplainedBalancer, ExplainedIngress, ExplainedListener } from './explain-ingress.ts'
import type { ExplainedRule, RuleSource } from './explain-rules.ts'

const STATE = { there: '', planned: '  (not there yet)', changing: '  (about to change)', leaving: '  (about to go)' } as const

/** What `fairlead explain ingress` says to people. With a port, the answer to a request comes first. */
export function renderIngress(explained: ExplainedIngress, port: number | null): string {
  const { object, loadBalancers, request, stops, findings } = explained
  const lines = stops.map((stop) => stop.message)
  if (request !== null && port !== null) lines.push(...renderAnswers(explained, port), '')
  lines.push(`Ingress ${object.namespace}/${object.name}`)
  if (loadBalancers.length === 0) lines.push('  It has no load balancer, and none is planned: see the findings.')
  for (const balancer of loadBalancers) lines.push(...renderBalancer(balancer))
  for (const item of findings) lines.push(`  ${item.severity} ${item.code}: ${item.message}`)
  return lines.join('\n')
}

function renderAnswers({ loadBalancers, request }: ExplainedIngress, port: number): readonly string[] {
  const asked = `${request?.method} ${request?.url}`
  const there = loadBalancers.filter((item) => item.arn !== null)
  if (there.length === 0) return [asked, '  Nobody answers: there is no load balancer yet.']
  return [
    asked,
    ...there.flatMap((balancer) => {
      const { answer } = balancer.listeners.find((item) => item.answer !== undefined) ?? {}
      if (answer !== undefined) return renderAnswer(balancer, answer)
      const ports = balancer.listeners.filter((item) => item.arn !== null).map((item) => item.port)
      return [`  Nobody answers: ${balancer.name} does not listen on port ${port}, but on ${ports.join(', ') || 'none'}.`]
    }),
  ]
}

function renderAnswer(balancer: ExplainedBalancer, { rule, action, groups, notes }: RequestAnswer): readonly string[] {
  const lines = [`  load balancer  ${balancer.name}`]
  lines.push(`  rule           ${rule === null ? 'cannot be told' : titleOf(rule)}`)
  if (action !== null) lines.push(`  action         ${actionText(action)}`)
  for (const { name, targets } of groups)
    for (const target of targets ?? []) lines.push(`  target         ${target.Id}:${target.Port} ${target.State} (${name})`)
  for (const { name } of groups.filter((group) => group.targets === null))
    lines.push(`  target         those of ${name}, which is not Fairlead’s`)
  for (const source of rule?.sources ?? []) lines.push(`  from           ${sourceText(source)}`)
  return [...lines, ...notes.map((note) => `  ${note}`)]
}

function renderBalancer({ name, arn, dnsName, listeners }: ExplainedBalancer): readonly string[] {
  const where = arn === null ? '(not there yet)' : (dnsName ?? '')
  return [`  load balancer ${name}  ${where}`, ...listeners.flatMap(renderListener)]
}

function renderListener({ protocol, port, arn, owner, rules }: ExplainedListener): readonly string[] {
  const marks = `${arn === null ? '  (not there yet)' : ''}${owner === 'other' ? '  (not Fairlead’s)' : ''}`
  return [
    `    listener ${protocol} ${port}${marks}`,
    ...rules.flatMap((rule) => [
      `      ${titleOf(rule)}${STATE[rule.state]}${rule.owner === 'other' ? '  (not Fairlead’s)' : ''}`,
      `          ${rule.actions.map(actionText).join(', then ')}`,
      ...(rule.next === null
        ? []
        : [`          will be ${titleOf(rule.next)}, ${rule.next.actions.map(actionText).join(', then ')}`]),
      ...rule.sources.map((source) => `          from ${sourceText(source)}`),
      ...(rule.shadowedBy === null ? [] : [`          never reached: rule ${rule.shadowedBy} takes every request before it`]),
    ]),
  ]
}

function titleOf({ priority, conditions }: Pick<ExplainedRule, 'priority' | 'conditions'>): string {
  return `${priority}  ${conditions.map(conditionText).join(' and ') || 'everything else'}`
}

function conditionText(condition: RuleCondition): string {
  const { Field, Values, HostHeaderConfig, PathPatternConfig, HttpHeaderConfig, HttpRequestMethodConfig } = condition
  const regexes = [HostHeaderConfig, PathPatternConfig, HttpHeaderConfig].flatMap((config) => config?.RegexValues ?? [])
  const expressions = [...regexes, ...(condition.RegexValues ?? [])].map((text) => `/${text}/`)
  const values = HostHeaderConfig?.Values ?? PathPatternConfig?.Values ?? HttpHeaderConfig?.Values
  const others = HttpRequestMethodConfig?.Values ?? condition.SourceIpConfig?.Values ?? Values ?? []
  const pairs = (condition.QueryStringConfig?.Values ?? []).map(({ Key, Value }) => (Key ? `${Key}=${Value}` : `${Value}`))
  const name = HttpHeaderConfig === undefined ? (NAMES[Field ?? ''] ?? Field) : `header ${HttpHeaderConfig.HttpHeaderName}`
  return `${name} ${[...(values ?? others), ...pairs, ...expressions].join(' or ')}`
}

const NAMES: Readonly<Record<string, string>> = {
  'host-header': 'host',
  'path-pattern': 'path',
  'http-request-method': 'method',
  'query-string': 'query',
  'source-ip': 'source',
}

function actionText(action: Action): string {
  if (action.Type === 'forward') {
    const shares = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn }]
    const all = shares.map(({ TargetGroupArn, ...share }) => {
      const weight = 'Weight' in share && shares.length > 1 ? ` (weight ${share.Weight})` : ''
      return `${isUnknown(TargetGroupArn) ? 'a target group that is not there yet' : groupNameIn(TargetGroupArn ?? '')}${weight}`
    })
    return `forward to ${all.join(', ')}`
  }
  const { RedirectConfig: to, FixedResponseConfig: fixed } = action
  if (to) {
    const { Protocol = '#{protocol}', Host = '#{host}', Port = '#{port}', Path = '/#{path}' } = to
    return `redirect ${to.StatusCode?.replace('HTTP_', '')} to ${Protocol}://${Host}:${Port}${Path}`
  }
  return fixed ? `answer ${fixed.StatusCode}` : `${action.Type}`
}

function sourceText({ object, field, host, path, pathType, service }: RuleSource): string {
  const what = `${object.kind} ${object.namespace}/${object.name}`
  if (field === '') return `${what}, which does not ask for it any more`
  return `${what} ${field}: ${host || 'any host'}${path} (${pathType}) to Service ${service}`
}
