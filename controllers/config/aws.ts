import { z } from 'zod'
import { seconds } from './seconds.ts'

/** The account that load balancers are made in, and how AWS is called. */
export const aws = z
  .strictObject({
    account: z
      .string()
      .regex(/^\d{12}$/, '12 digits')
      .optional()
      .describe('Account id; asked of STS, or taken from `roleArn`, if left out.'),
    region: z.string().default('us-east-1').describe('Region of load balancers and certificates.'),
    vpcId: z.string().optional().describe('VPC of load balancers; may be left out if one VPC alone has tagged subnets.'),
    roleArn: z.string().optional().describe('Role to assume.'),
    externalId: z.string().optional().describe('External id for assuming the role.'),
    endpoint: z.string().optional().describe('One endpoint for all services: a stand-in, or a private endpoint.'),
    requestTimeoutSeconds: seconds.default(10).describe('Time for one request; less if the lease is shorter.'),
    share: z
      .number()
      .gt(0)
      .max(1)
      .default(0.7)
      .describe('Part of AWS’s request rates to take, since others live in the account.'),
  })
  .prefault({})
