import { z } from 'zod'
import { partitionOf } from '../shared/partition.ts'
import { accountId } from './account-id.ts'
import { endpoint, endpoints } from './endpoint.ts'
import { region } from './region.ts'
import { assumed, checkRoles, roleArn, roleHome, rolesOf } from './role.ts'
import { seconds } from './seconds.ts'

/** The account that load balancers are made in, and how AWS is called. */
export const aws = z
  .strictObject({
    account: accountId.optional().describe('Account id; asked of STS, or taken from `roleArn`, if left out.'),
    region: region.default('us-east-1').describe('Region of load balancers and certificates.'),
    vpcId: z.string().optional().describe('VPC of load balancers; may be left out if one VPC alone has tagged subnets.'),
    roleArn: roleArn.optional().describe('Role to assume.'),
    ...assumed,
    endpoint: endpoint.optional().describe('One endpoint for all services: a stand-in, or a private endpoint.'),
    endpoints: endpoints.prefault({}).describe('Endpoints of single services; these before `endpoint`.'),
    requestTimeoutSeconds: seconds.default(10).describe('Time for one request; less if the lease is shorter.'),
    share: z
      .number()
      .gt(0)
      .max(1)
      .default(0.7)
      .describe('Part of AWS’s request rates to take, since others live in the account.'),
  })
  .superRefine((given, context) => {
    const first = rolesOf(given).flatMap(({ arn }) => roleHome(arn)?.account ?? [])[0]
    const account = given.account ?? first
    if (account === undefined) return
    const why = given.account === undefined ? 'its other roles and `region` say' : '`account` and `region` say'
    checkRoles(given, account, partitionOf(given.region), why, context)
  })
  .prefault({})
