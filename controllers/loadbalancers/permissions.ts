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
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
    {
      on: 'any',
      actions: ec2(
        'DescribeAccountAttributes',
        'DescribeAddresses',
        'DescribeInstances',
        'DescribeInternetGateways',
        'DescribeVpcs',
      ),
      why: 'never called: ELB asks these in the name of whoever makes a load balancer or target group, or registers targets',
    },
    { on: 'any', actions: ['tag:GetResources'], why: 'to find what is ours of units whose objects are gone' },
    // As in https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSLoadBalancingPolicy.html
    {
      on: 'creating',
      actions: elb('CreateLoadBalancer', 'CreateTargetGroup', 'CreateListener', 'CreateRule'),
      why: 'to make what carries our tag from its first moment',
    },
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html
    {
      on: 'creating',
      actions: elb('AddTags'),
      within: ['CreateLoadBalancer', 'CreateTargetGroup', 'CreateListener', 'CreateRule'],
      why: 'a call that makes something with tags asks for this too',
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    {
      on: 'creating',
      actions: ec2('CreateTags'),
      within: ['CreateSecurityGroup'],
      why: 'a call that makes something with tags asks for this too',
    },
    {
      on: 'any',
      actions: ec2('CreateSecurityGroup'),
      why: 'the network that it is made in is asked about as well, and has no tag of the request; what it makes is tagged by CreateTags',
    },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    {
      on: 'any',
      actions: elb('SetRulePriorities'),
      why: 'the one write of ELBv2 that knows no condition on tags: with one it would be refused always',
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
