import { z } from 'zod'

/** What AWS allows per load balancer. */
export const quotas = z
  .strictObject({
    rulesPerLoadBalancer: z.number().int().positive().default(100).describe('Rules without default rules.'),
    certificatesPerLoadBalancer: z.number().int().positive().default(25).describe('Certificates without default certificates.'),
    targetGroupsPerLoadBalancer: z.number().int().positive().default(100).describe('Target groups.'),
    conditionValuesPerRule: z.number().int().positive().default(5).describe('Hosts and paths of one rule.'),
    conditionWildcardsPerRule: z
      .number()
      .int()
      .positive()
      .default(5)
      .describe('Signs `*` and `?` in hosts and paths of one rule.'),
    targetsPerTargetGroup: z.number().int().positive().default(1000).describe('Targets; the others are not registered.'),
  })
  .prefault({})
  .describe('Quotas of the account; raise them here after AWS raised them.')
