import { z } from 'zod'
import { RIGHT_TAGS, wrongTags } from '../shared/wrong-tag.ts'

/** What an object gets that does not say. */
export const defaults = z
  .strictObject({
    scheme: z.enum(['internal', 'internet-facing']).default('internal').describe('Scheme of a load balancer.'),
    targetType: z.enum(['instance', 'ip']).default('instance').describe('Target type of a backend.'),
    sslPolicy: z.string().default('ELBSecurityPolicy-TLS13-1-2-2021-06').describe('Security policy of HTTPS listeners.'),
    tags: z
      .record(z.string(), z.string())
      .refine((tags) => wrongTags(tags) === null, RIGHT_TAGS)
      .default({})
      .describe('Tags on what is made for load balancers.'),
  })
  .prefault({})
