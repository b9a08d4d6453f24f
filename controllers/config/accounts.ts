import { z } from 'zod'
import { PARTITIONS, partitionOf } from '../shared/partition.ts'
import { accountId } from './account-id.ts'
import { endpoint, endpoints } from './endpoint.ts'
import { region } from './region.ts'
import { assumed, checkRoles, roleArn } from './role.ts'

const account = z
  .strictObject({
    id: accountId.describe('Account id.'),
    partition: z.enum(PARTITIONS).default('aws').describe('Its partition: that of `aws.region`, since no role reaches across.'),
    roleArn: roleArn.describe('Role to assume in it, with the credentials that Fairlead itself has.'),
    ...assumed,
    regions: z.array(region).min(1).describe('Regions it may be used in; the first one where an object names none.'),
    vpcId: z.string().optional().describe('VPC of its load balancers.'),
    zones: z
      .array(z.string().regex(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ'))
      .optional()
      .describe('Hosted zones of it that may be used, by id; every one if left out.'),
    endpoints: z
      .union([endpoint, endpoints])
      .optional()
      .describe('One endpoint for all its services, or one for each; as in `aws` if left out, AWS’s own if `{}`.'),
  })
  .superRefine(({ id, partition, regions, ...roles }, context) => {
    checkRoles(roles, id, partition, '`id` and `partition` say', context)
    for (const [index, one] of regions.entries())
      if (partitionOf(one) !== partition)
        context.addIssue({ code: 'custom', path: ['regions', index], message: `a region of partition ${partition}` })
  })

/** The accounts beside the one in `aws`. */
export const accounts = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and -, at most 63')
      .refine((name) => name !== 'home', 'another name: `home` is the account in `aws`'),
    account,
  )
  .default({})
  .describe('Further accounts, by name; the one in `aws` is the home account.')
