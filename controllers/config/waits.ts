import { z } from 'zod'

/** How long to wait for what cannot be observed. */
export const waits = z
  .strictObject({
    firstHealthySeconds: z
      .number()
      .nonnegative()
      .default(60)
      .describe('A host is published for the first time after this, even with no healthy target.'),
    aliasTtlSeconds: z.number().nonnegative().default(60).describe('How long resolvers hold an alias record.'),
    ttlMarginSeconds: z.number().nonnegative().default(10).describe('Added to every TTL that is waited for.'),
    propagationSeconds: z
      .number()
      .nonnegative()
      .default(60)
      .describe('Assumed for Route 53 when it can no longer tell of a change.'),
    loadBalancerActiveSeconds: z
      .number()
      .nonnegative()
      .default(180)
      .describe('How long a load balancer usually takes; shown in plans only.'),
  })
  .prefault({})
