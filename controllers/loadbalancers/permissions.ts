import type { Permissions } from '../shared/permissions.ts'

const elb = (...names: readonly string[]) => names.map((name) => `elasticloadbalancing:${name}`)
const ec2 = (...names: readonly string[]) => names.map((name) => `ec2:${name}`)

/** What the load balancer controller may do. The finalizer on Ingresses is written by the runtime, with its own permission. */
export const loadBalancersPermissions: Permissions = {
  name: 'loadbalancers',
  aws: [
    {
      on: 'any',
      actions: elb(
        'DescribeLoadBalancers',
        'DescribeLoadBalancerAttributes',
        'DescribeListeners',
        'DescribeListenerCertificates',
        'DescribeRules',
        'DescribeTargetGroups',
        'DescribeTargetGroupAttributes',
        'DescribeTargetHealth',
        'DescribeTags',
      ),
      why: 'to see what is there; reads cannot be limited to resources',
    },
    {
      on: 'any',
      actions: ec2('DescribeSubnets', 'DescribeRouteTables', 'DescribeSecurityGroups'),
      why: 'to find subnets for a new load balancer, and our security groups',
    },
    { on: 'any', actions: ['tag:GetResources'], why: 'to find what is ours of units whose objects are gone' },
    {
      on: 'creating',
      actions: [...elb('CreateLoadBalancer', 'CreateTargetGroup', 'AddTags'), ...ec2('CreateTags')],
      why: 'to make what carries our tag from its first moment',
    },
    {
      on: 'any',
      actions: [...elb('CreateListener', 'CreateRule'), ...ec2('CreateSecurityGroup')],
      why: 'IAM checks these on the parent as well, which has no request tag; what they make is tagged by AddTags and CreateTags',
    },
    {
      on: 'ours',
      actions: elb(
        'SetSubnets',
        'SetSecurityGroups',
        'SetIpAddressType',
        'ModifyLoadBalancerAttributes',
        'DeleteLoadBalancer',
        'ModifyListener',
        'DeleteListener',
        'AddListenerCertificates',
        'RemoveListenerCertificates',
        'ModifyRule',
        'SetRulePriorities',
        'DeleteRule',
        'ModifyTargetGroup',
        'ModifyTargetGroupAttributes',
        'DeleteTargetGroup',
        'RegisterTargets',
        'DeregisterTargets',
        'AddTags',
        'RemoveTags',
      ),
      why: 'to change and remove what carries our tag, and nothing else',
    },
    {
      on: 'ours',
      actions: ec2('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress', 'DeleteSecurityGroup'),
      why: 'to open and close the ports of our load balancers',
    },
  ],
  kubernetes: [],
  vault: [],
}
