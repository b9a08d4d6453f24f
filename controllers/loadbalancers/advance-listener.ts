import type { Shape } from '../shared/change.ts'
import { type Input, listOf, shapeOf, textOf } from './input.ts'
import type { LoadBalancersObserved, ObservedAction, ObservedListener, ObservedRule } from './observed.ts'

type Step = (observed: LoadBalancersObserved, operation: string, input: Input, now: number) => LoadBalancersObserved | null

export const advanceListener: Step = (observed, operation, input, now) => {
  const listener = input.text('ListenerArn')
  const updateListener = (part: (item: ObservedListener) => Partial<ObservedListener>): LoadBalancersObserved => ({
    ...observed,
    listeners: observed.listeners.map((item) => (item.ListenerArn === listener ? { ...item, ...part(item) } : item)),
  })
  const updateRules = (part: (item: ObservedRule) => Partial<ObservedRule>): LoadBalancersObserved => ({
    ...observed,
    rules: observed.rules.map((item) => ({ ...item, ...part(item) })),
  })
  switch (operation) {
    case 'CreateListener':
      return { ...observed, listeners: [...observed.listeners, createdListener(input)] }
    case 'ModifyListener':
      return updateListener((item) => modifiedListener(item, input))
    case 'DeleteListener':
      return {
        ...observed,
        listeners: observed.listeners.filter((item) => item.ListenerArn !== listener),
        rules: observed.rules.filter((item) => item.ListenerArn !== listener),
      }
    case 'AddListenerCertificates':
      return updateListener((item) => ({ Certificates: [...new Set([...item.Certificates, certificateIn(input)])].sort() }))
    case 'RemoveListenerCertificates':
      return updateListener((item) => ({ Certificates: item.Certificates.filter((arn) => arn !== certificateIn(input)) }))
    case 'CreateRule':
      return { ...observed, rules: [...observed.rules, createdRule(input, now)] }
    case 'ModifyRule':
      return updateRules((item) =>
        item.RuleArn !== input.text('RuleArn')
          ? {}
          : {
              ...(input.has('Conditions') ? { ...conditionsIn(input), Other: '' } : {}),
              ...(input.has('Actions') ? { Actions: input.shapes('Actions').map(actionOf) } : {}),
            },
      )
    case 'SetRulePriorities': {
      const moved = new Map(input.shapes('RulePriorities').map((item) => [textOf(item.RuleArn), Number(item.Priority)]))
      return updateRules((item) => ({ Priority: moved.get(item.RuleArn) ?? item.Priority }))
    }
    case 'DeleteRule':
      return { ...observed, rules: observed.rules.filter((item) => item.RuleArn !== input.text('RuleArn')) }
    default:
      return null
  }
}

function createdListener(input: Input): ObservedListener {
  const secure = input.text('Protocol') === 'HTTPS'
  return {
    ListenerArn: input.answer('ListenerArn'),
    LoadBalancerArn: input.text('LoadBalancerArn'),
    Protocol: secure ? 'HTTPS' : 'HTTP',
    Port: input.number('Port'),
    SslPolicy: secure ? input.text('SslPolicy') : null,
    DefaultCertificate: secure ? certificateIn(input) : null,
    Certificates: [],
    DefaultActions: input.shapes('DefaultActions').map(actionOf),
    Tags: input.tags(),
  }
}

/** The default certificate that is replaced is gone from the listener, unless it is in the list, too. */
function modifiedListener(item: ObservedListener, input: Input): Partial<ObservedListener> {
  const protocol = input.has('Protocol') ? (input.text('Protocol') as ObservedListener['Protocol']) : item.Protocol
  return {
    Protocol: protocol,
    ...(protocol === 'HTTP' ? { SslPolicy: null, DefaultCertificate: null, Certificates: [] } : {}),
    ...(input.has('SslPolicy') ? { SslPolicy: input.text('SslPolicy') } : {}),
    ...(input.has('Certificates') ? { DefaultCertificate: certificateIn(input) } : {}),
    ...(input.has('DefaultActions') ? { DefaultActions: input.shapes('DefaultActions').map(actionOf) } : {}),
  }
}

function certificateIn(input: Input): string {
  return textOf(input.shapes('Certificates')[0]?.CertificateArn)
}

function createdRule(input: Input, now: number): ObservedRule {
  return {
    RuleArn: input.answer('RuleArn'),
    ListenerArn: input.text('ListenerArn'),
    Priority: input.number('Priority'),
    ...conditionsIn(input),
    Other: '',
    Actions: input.shapes('Actions').map(actionOf),
    Tags: input.tags(),
    seenAt: now,
  }
}

function conditionsIn(input: Input): Pick<ObservedRule, 'Hosts' | 'Paths'> {
  const values = (field: string, config: string) =>
    input
      .shapes('Conditions')
      .filter((item) => item.Field === field)
      .flatMap((item) => listOf(shapeOf(item[config]).Values).map(textOf))
      .sort()
  return { Hosts: values('host-header', 'HostHeaderConfig'), Paths: values('path-pattern', 'PathPatternConfig') }
}

function actionOf(action: Shape): ObservedAction {
  if (action.Type !== 'forward') return action as ObservedAction
  const groups = listOf(shapeOf(action.ForwardConfig).TargetGroups).map(shapeOf)
  return {
    Type: 'forward',
    TargetGroups: groups.map((item) => ({ TargetGroupArn: textOf(item.TargetGroupArn), Weight: Number(item.Weight) })),
  }
}
