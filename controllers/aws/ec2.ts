import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { again, once, read, type ServiceOf } from './operation.ts'

// A repeated CreateSecurityGroup, Authorize or Revoke is refused as a duplicate or as not found, just as if a stranger had been first.
export const ec2Operations = {
  describeVpcs: read(DescribeVpcsCommand),
  describeSubnets: read(DescribeSubnetsCommand),
  describeRouteTables: read(DescribeRouteTablesCommand),
  describeSecurityGroups: read(DescribeSecurityGroupsCommand),
  describeInstances: read(DescribeInstancesCommand),
  deleteSecurityGroup: again(DeleteSecurityGroupCommand),
  createTags: again(CreateTagsCommand),
  deleteTags: again(DeleteTagsCommand),
  createSecurityGroup: once(CreateSecurityGroupCommand),
  authorizeSecurityGroupIngress: once(AuthorizeSecurityGroupIngressCommand),
  revokeSecurityGroupIngress: once(RevokeSecurityGroupIngressCommand),
}

/** The operations of EC2 that controllers use. */
export type Ec2 = ServiceOf<typeof ec2Operations>
