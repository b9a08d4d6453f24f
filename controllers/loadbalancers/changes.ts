import type { Change, Shape } from '../shared/change.ts'

/**
 * Every kind of change this controller makes. Each is exactly one API call, `calls[0]`, and its input is `after`
 * (for a delete: the fields of `before` named here). An outcome holds the fields of the one thing the call answered:
 * `LoadBalancers[0]`, `TargetGroups[0]`, `Listeners[0]`, `Rules[0]`, or the answer itself (CreateSecurityGroup).
 *
 * | type                | action | detail (last part of the id) | call                          | input                                               |
 * |---------------------|--------|------------------------------|-------------------------------|-----------------------------------------------------|
 * | EC2 SecurityGroup   | create |                              | CreateSecurityGroup           | GroupName Description VpcId TagSpecifications       |
 * | EC2 SecurityGroup   | delete |                              | DeleteSecurityGroup           | GroupId                                             |
 * | EC2 …Ingress        | create | HASH                         | AuthorizeSecurityGroupIngress | GroupId IpPermissions                               |
 * | EC2 …Ingress        | delete | HASH                         | RevokeSecurityGroupIngress    | GroupId IpPermissions                               |
 * | LoadBalancer        | create |                              | CreateLoadBalancer            | Name Type Scheme IpAddressType Subnets SecurityGroups Tags |
 * | LoadBalancer        | update | subnets                      | SetSubnets                    | LoadBalancerArn Subnets                             |
 * | LoadBalancer        | update | security-groups              | SetSecurityGroups             | LoadBalancerArn SecurityGroups                      |
 * | LoadBalancer        | update | ip-address-type              | SetIpAddressType              | LoadBalancerArn IpAddressType                       |
 * | LoadBalancer        | update | attributes                   | ModifyLoadBalancerAttributes  | LoadBalancerArn Attributes                          |
 * | LoadBalancer        | update | retire                       | AddTags                       | ResourceArns Tags (fairlead.dev/retire-after)       |
 * | LoadBalancer        | update | stay                         | RemoveTags                    | ResourceArns TagKeys (fairlead.dev/retire-after)    |
 * | LoadBalancer        | update | tags:HASH                    | AddTags                       | ResourceArns (20 at most, of any kind) Tags                                   |
 * | LoadBalancer        | delete |                              | DeleteLoadBalancer            | LoadBalancerArn                                     |
 * | Listener            | create |                              | CreateListener                | LoadBalancerArn Protocol Port [Certificates SslPolicy] DefaultActions Tags |
 * | Listener            | update |                              | ModifyListener                | ListenerArn and what differs of SslPolicy DefaultActions (Protocol with Certificates) |
 * | Listener            | update | certificate                  | ModifyListener                | ListenerArn Certificates (the new default one)      |
 * | Listener            | delete |                              | DeleteListener                | ListenerArn                                         |
 * | ListenerCertificate | create | CERTIFICATE                  | AddListenerCertificates       | ListenerArn Certificates (one)                      |
 * | ListenerCertificate | delete | CERTIFICATE                  | RemoveListenerCertificates    | ListenerArn Certificates (one)                      |
 * | ListenerRule        | create |                              | CreateRule                    | ListenerArn Priority Conditions Actions Tags        |
 * | ListenerRule        | update | (none) or join               | ModifyRule                    | RuleArn and what differs of Conditions Actions      |
 * | ListenerRule        | update | priorities                   | SetRulePriorities             | RulePriorities; target is the listener              |
 * | ListenerRule        | delete |                              | DeleteRule                    | RuleArn                                             |
 * | TargetGroup         | create |                              | CreateTargetGroup             | Name Protocol ProtocolVersion Port VpcId TargetType IpAddressType HealthCheck… Matcher Tags |
 * | TargetGroup         | update | health-check                 | ModifyTargetGroup             | TargetGroupArn HealthCheck… Matcher (what differs)  |
 * | TargetGroup         | update | attributes                   | ModifyTargetGroupAttributes   | TargetGroupArn Attributes                           |
 * | TargetGroup         | update | register:HASH                | RegisterTargets               | TargetGroupArn Targets (200 at most)                |
 * | TargetGroup         | update | deregister:HASH              | DeregisterTargets             | TargetGroupArn Targets (200 at most)                |
 * | TargetGroup         | delete |                              | DeleteTargetGroup             | TargetGroupArn                                      |
 *
 * Tags are in the API's form, [{Key, Value}]. `target` is the ARN (security groups: the id) once there is one, the name before.
 */
export const LOAD_BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
export const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener'
export const LISTENER_CERTIFICATE = 'AWS::ElasticLoadBalancingV2::ListenerCertificate'
export const LISTENER_RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'
export const TARGET_GROUP = 'AWS::ElasticLoadBalancingV2::TargetGroup'
export const SECURITY_GROUP = 'AWS::EC2::SecurityGroup'
export const SECURITY_GROUP_INGRESS = 'AWS::EC2::SecurityGroupIngress'

/** The fields of `before` that a delete's call takes. */
const DELETE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  DeleteSecurityGroup: ['GroupId'],
  RevokeSecurityGroupIngress: ['GroupId', 'IpPermissions'],
  DeleteLoadBalancer: ['LoadBalancerArn'],
  DeleteListener: ['ListenerArn'],
  RemoveListenerCertificates: ['ListenerArn', 'Certificates'],
  DeleteRule: ['RuleArn'],
  DeleteTargetGroup: ['TargetGroupArn'],
}

/** The one API call a change makes: the operation's name and its input. */
export function callOf(item: Change): { readonly operation: string; readonly input: Shape } {
  const operation = item.calls[0] ?? ''
  if (item.action !== 'delete') return { operation, input: item.after ?? {} }
  const fields = DELETE_FIELDS[operation] ?? []
  return { operation, input: Object.fromEntries(fields.map((field) => [field, item.before?.[field]])) }
}
