import type { Tags } from '../shared/names.ts'

/**
 * What AWS holds of ours for one unit, in the field names of its API and in AWS's own normal form.
 * Flat lists: a listener names its load balancer, a rule its listener, so that a replacement (two load balancers) is nothing special.
 * Only what our tags prove to be of this unit is listed; certificates and target groups of others may be named, never listed.
 */
export type LoadBalancersObserved = {
  readonly loadBalancers: readonly ObservedLoadBalancer[]
  readonly listeners: readonly ObservedListener[]
  readonly rules: readonly ObservedRule[]
  readonly targetGroups: readonly ObservedTargetGroup[]
  readonly securityGroups: readonly ObservedSecurityGroup[]
  /** Null when nobody could look (offline), or has not looked yet. Needed only to create a load balancer or find subnets by name. */
  readonly network: ObservedNetwork | null
}

export const nothingObserved: LoadBalancersObserved = {
  loadBalancers: [],
  listeners: [],
  rules: [],
  targetGroups: [],
  securityGroups: [],
  network: null,
}

export type ObservedLoadBalancer = {
  readonly LoadBalancerArn: string
  readonly LoadBalancerName: string
  readonly DNSName: string
  readonly CanonicalHostedZoneId: string
  readonly Scheme: 'internal' | 'internet-facing'
  readonly IpAddressType: 'ipv4' | 'dualstack'
  readonly VpcId: string
  /** `State.Code`. `active_impaired` serves. */
  readonly State: 'provisioning' | 'active' | 'active_impaired' | 'failed'
  /** Milliseconds: when this process first saw it active; null before. Kept by later reads, like `ObservedRule.seenAt`. */
  readonly activeSeenAt: number | null
  /** ISO time. */
  readonly CreatedTime: string
  /** Sorted. */
  readonly Subnets: readonly string[]
  /** Sorted. */
  readonly SecurityGroups: readonly string[]
  readonly Tags: Tags
  /** Null: not read. Read only when an attribute is wanted (`intent.loadBalancer.attributes`) or the load balancer is to go (deletion protection). */
  readonly Attributes: Attributes | null
}

export type Attributes = Readonly<Record<string, string>>

export type ObservedListener = {
  readonly ListenerArn: string
  readonly LoadBalancerArn: string
  readonly Protocol: 'HTTP' | 'HTTPS'
  readonly Port: number
  /** Null for HTTP. */
  readonly SslPolicy: string | null
  /** The default certificate's ARN; null for HTTP. */
  readonly DefaultCertificate: string | null
  /** ARNs of the certificate list (`IsDefault: false`), sorted. The default one is among them only if AWS lists it there, too. */
  readonly Certificates: readonly string[]
  readonly DefaultActions: readonly ObservedAction[]
  readonly Tags: Tags
}

/** Actions as far as we make them. Others (somebody's auth) are kept as JSON text under `Type: 'other'`, so that they show as drift. */
export type ObservedAction =
  | { readonly Type: 'forward'; readonly TargetGroups: readonly WeightedGroup[] }
  | {
      readonly Type: 'redirect'
      readonly RedirectConfig: { readonly Protocol: string; readonly Port: string; readonly StatusCode: string }
    }
  | {
      readonly Type: 'fixed-response'
      readonly FixedResponseConfig: { readonly StatusCode: string; readonly ContentType?: string; readonly MessageBody?: string }
    }
  | { readonly Type: 'other'; readonly Text: string }

/** `ForwardConfig.TargetGroups`, whichever of its two forms AWS answered; one group alone has weight 1. */
export type WeightedGroup = { readonly TargetGroupArn: string; readonly Weight: number }

/** A rule other than the default one (which is the listener's DefaultActions). */
export type ObservedRule = {
  readonly RuleArn: string
  readonly ListenerArn: string
  readonly Priority: number
  /** Values of the host-header condition, sorted; empty: any host. */
  readonly Hosts: readonly string[]
  /** Values of the path-pattern condition, sorted; empty: any path. */
  readonly Paths: readonly string[]
  /** JSON text of every other condition; '' normally. */
  readonly Other: string
  readonly Actions: readonly ObservedAction[]
  readonly Tags: Tags
  /**
   * Milliseconds: when this process first saw the rule. Set by `advance` on creation, by a read to its time, and kept
   * by later reads of the same ARN. A restart starts the wait for a first healthy target again, as every unrecorded wait.
   */
  readonly seenAt: number
}

export type ObservedTargetGroup = {
  readonly TargetGroupArn: string
  readonly TargetGroupName: string
  readonly Protocol: 'HTTP' | 'HTTPS'
  readonly ProtocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly Port: number
  readonly VpcId: string
  readonly TargetType: 'instance' | 'ip'
  readonly IpAddressType: 'ipv4' | 'ipv6'
  readonly HealthCheck: HealthCheck
  readonly LoadBalancerArns: readonly string[]
  readonly Tags: Tags
  /** Null: not read. Read only when an attribute is wanted (`intent.targetGroups[].attributes`). */
  readonly Attributes: Attributes | null
  readonly Targets: readonly ObservedTarget[]
}

/** Exactly the settings that ModifyTargetGroup takes, in its field names; `Matcher` as its one text (HttpCode or GrpcCode). */
export type HealthCheck = {
  readonly HealthCheckProtocol: 'HTTP' | 'HTTPS'
  readonly HealthCheckPort: string
  readonly HealthCheckPath: string
  readonly HealthCheckIntervalSeconds: number
  readonly HealthCheckTimeoutSeconds: number
  readonly HealthyThresholdCount: number
  readonly UnhealthyThresholdCount: number
  readonly Matcher: string
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'unhealthy.draining' | 'unused' | 'draining' | 'unavailable'

export type ObservedTarget = {
  readonly Id: string
  readonly Port: number
  readonly State: TargetState
  /** `TargetHealth.Reason`, '' if none. */
  readonly Reason: string
}

export type ObservedSecurityGroup = {
  readonly GroupId: string
  readonly GroupName: string
  readonly VpcId: string
  readonly Ingress: readonly IngressPermission[]
  readonly Tags: Tags
}

/** One CIDR on one port range: `IpPermissions` flattened, one entry per range. Sources other than CIDRs are not listed. */
export type IngressPermission = {
  readonly IpProtocol: string
  readonly FromPort: number
  readonly ToPort: number
  /** IPv4 or IPv6. */
  readonly Cidr: string
}

export type ObservedNetwork = { readonly VpcId: string; readonly Subnets: readonly ObservedSubnet[] }

export type ObservedSubnet = {
  readonly SubnetId: string
  readonly AvailabilityZone: string
  readonly AvailableIpAddressCount: number
  readonly Tags: Tags
  /** Whether its route table leads to an internet gateway; null if route tables were not read. */
  readonly Public: boolean | null
}
