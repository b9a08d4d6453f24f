import type {
  Action,
  Listener,
  LoadBalancer,
  Rule,
  RuleCondition,
  TargetGroup,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { canonicalJson, type Tags } from '../shared/names.ts'
import type {
  Attributes,
  ObservedAction,
  ObservedListener,
  ObservedLoadBalancer,
  ObservedRule,
  ObservedTarget,
  ObservedTargetGroup,
} from './observed.ts'

// PURE: what Elastic Load Balancing answers, in the one form that planning compares with.

export function loadBalancerFrom(answer: LoadBalancer): ObservedLoadBalancer {
  return {
    LoadBalancerArn: answer.LoadBalancerArn ?? '',
    LoadBalancerName: answer.LoadBalancerName ?? '',
    DNSName: answer.DNSName ?? '',
    CanonicalHostedZoneId: answer.CanonicalHostedZoneId ?? '',
    Scheme: answer.Scheme ?? 'internet-facing',
    IpAddressType: answer.IpAddressType === 'ipv4' ? 'ipv4' : 'dualstack',
    VpcId: answer.VpcId ?? '',
    State: answer.State?.Code ?? 'provisioning',
    activeSeenAt: null,
    CreatedTime: answer.CreatedTime?.toISOString() ?? '',
    Subnets: (answer.AvailabilityZones ?? []).map((zone) => zone.SubnetId ?? '').sort(),
    SecurityGroups: [...(answer.SecurityGroups ?? [])].sort(),
    Tags: {},
    Attributes: null,
  }
}

export function listenerFrom(answer: Listener): ObservedListener {
  return {
    ListenerArn: answer.ListenerArn ?? '',
    LoadBalancerArn: answer.LoadBalancerArn ?? '',
    Protocol: answer.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    Port: answer.Port ?? 0,
    SslPolicy: answer.SslPolicy ?? null,
    DefaultCertificate: answer.Certificates?.[0]?.CertificateArn ?? null,
    Certificates: [],
    DefaultActions: (answer.DefaultActions ?? []).map(actionFrom),
    Tags: {},
  }
}

export function ruleFrom(answer: Rule, listenerArn: string, seenAt: number): ObservedRule {
  const conditions = answer.Conditions ?? []
  const other = conditions.filter((item) => !isPlain(item, 'host-header') && !isPlain(item, 'path-pattern'))
  const rewrites = (answer.Transforms ?? []).length > 0 ? [{ Transforms: answer.Transforms }] : []
  return {
    RuleArn: answer.RuleArn ?? '',
    ListenerArn: listenerArn,
    Priority: Number(answer.Priority ?? 0),
    Hosts: valuesOf(conditions, 'host-header', 'HostHeaderConfig'),
    Paths: valuesOf(conditions, 'path-pattern', 'PathPatternConfig'),
    Other: other.length + rewrites.length === 0 ? '' : canonicalJson([...other, ...rewrites]),
    Actions: (answer.Actions ?? []).map(actionFrom),
    Tags: {},
    seenAt,
  }
}

/** A host or path condition by patterns; one by regular expressions is not of our making. */
function isPlain(condition: RuleCondition, field: string): boolean {
  const regexes = [condition.RegexValues, condition.HostHeaderConfig?.RegexValues, condition.PathPatternConfig?.RegexValues]
  return condition.Field === field && regexes.every((values) => (values ?? []).length === 0)
}

function valuesOf(
  conditions: readonly RuleCondition[],
  field: string,
  config: 'HostHeaderConfig' | 'PathPatternConfig',
): readonly string[] {
  return conditions
    .filter((item) => isPlain(item, field))
    .flatMap((item) => item[config]?.Values ?? item.Values ?? [])
    .sort()
}

/** What AWS fills in for a redirect that keeps everything but protocol and port. */
const KEPT = { Host: '#{host}', Path: '/#{path}', Query: '#{query}' } as const

export function actionFrom(answer: Action): ObservedAction {
  const forward = answer.ForwardConfig?.TargetGroups ?? (answer.TargetGroupArn ? [{ TargetGroupArn: answer.TargetGroupArn }] : [])
  if (answer.Type === 'forward' && forward.length > 0 && answer.ForwardConfig?.TargetGroupStickinessConfig?.Enabled !== true) {
    const groups = forward.map((group) => ({ TargetGroupArn: group.TargetGroupArn ?? '', Weight: group.Weight ?? 1 }))
    const [only] = groups
    return { Type: 'forward', TargetGroups: groups.length === 1 && only ? [{ ...only, Weight: 1 }] : groups }
  }
  const redirect = answer.RedirectConfig
  if (answer.Type === 'redirect' && redirect && keepsTheRest(redirect)) {
    const { Protocol = '#{protocol}', Port = '#{port}', StatusCode = '' } = redirect
    return { Type: 'redirect', RedirectConfig: { Protocol, Port, StatusCode } }
  }
  const fixed = answer.FixedResponseConfig
  if (answer.Type === 'fixed-response' && fixed) {
    return {
      Type: 'fixed-response',
      FixedResponseConfig: {
        StatusCode: fixed.StatusCode ?? '',
        ...(fixed.ContentType ? { ContentType: fixed.ContentType } : {}),
        ...(fixed.MessageBody ? { MessageBody: fixed.MessageBody } : {}),
      },
    }
  }
  return { Type: 'other', Text: canonicalJson(answer) }
}

function keepsTheRest(redirect: NonNullable<Action['RedirectConfig']>): boolean {
  return Object.entries(KEPT).every(([field, kept]) => (redirect[field as keyof typeof KEPT] ?? kept) === kept)
}

export function targetGroupFrom(answer: TargetGroup): ObservedTargetGroup {
  const { ProtocolVersion: version } = answer
  return {
    TargetGroupArn: answer.TargetGroupArn ?? '',
    TargetGroupName: answer.TargetGroupName ?? '',
    Protocol: answer.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    ProtocolVersion: version === 'HTTP2' || version === 'GRPC' ? version : 'HTTP1',
    Port: answer.Port ?? 0,
    VpcId: answer.VpcId ?? '',
    TargetType: answer.TargetType === 'ip' ? 'ip' : 'instance',
    IpAddressType: answer.IpAddressType === 'ipv6' ? 'ipv6' : 'ipv4',
    HealthCheck: {
      HealthCheckProtocol: answer.HealthCheckProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
      HealthCheckPort: answer.HealthCheckPort ?? 'traffic-port',
      HealthCheckPath: answer.HealthCheckPath ?? '/',
      HealthCheckIntervalSeconds: answer.HealthCheckIntervalSeconds ?? 0,
      HealthCheckTimeoutSeconds: answer.HealthCheckTimeoutSeconds ?? 0,
      HealthyThresholdCount: answer.HealthyThresholdCount ?? 0,
      UnhealthyThresholdCount: answer.UnhealthyThresholdCount ?? 0,
      Matcher: answer.Matcher?.HttpCode ?? answer.Matcher?.GrpcCode ?? '',
    },
    LoadBalancerArns: [...(answer.LoadBalancerArns ?? [])].sort(),
    Tags: {},
    Attributes: null,
    Targets: [],
  }
}

export function targetFrom(answer: TargetHealthDescription): ObservedTarget {
  return {
    Id: answer.Target?.Id ?? '',
    Port: answer.Target?.Port ?? 0,
    State: answer.TargetHealth?.State ?? 'unavailable',
    Reason: answer.TargetHealth?.Reason ?? '',
  }
}

export function tagsFrom(
  answer: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Tags {
  return Object.fromEntries(answer.map(({ Key = '', Value = '' }) => [Key, Value]))
}

export function attributesFrom(
  answer: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Attributes {
  return tagsFrom(answer)
}
