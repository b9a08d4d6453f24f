import { z } from 'zod'

/** Records and who owns them. */
export const dns = z
  .strictObject({
    txtOwner: z
      .string()
      .refine((owner) => owner !== 'default', 'an owner of its own: `default` is external-dns’s')
      .default('')
      .describe('Owner in TXT ownership records, not `default`; `fairlead-` and the cluster id if empty.'),
  })
  .prefault({})
