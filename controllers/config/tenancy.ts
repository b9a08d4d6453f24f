import { z } from 'zod'
import { hostPattern } from '../shared/host-pattern.ts'

const count = z.number().int().nonnegative().optional()

const pattern = z
  .string()
  .refine((text) => hostPattern(text) !== null, 'a host, *.example.com (one label), **.example.com (one or more) or *')

/** Who may have which hosts, certificate profiles and accounts, and how much. */
export const tenancy = z
  .strictObject({
    unlisted: z
      .enum(['first-claim', 'deny'])
      .default('first-claim')
      .describe(
        'What a namespace may have that nobody listed: `first-claim`, any host that no other namespace has; `deny`, no host, and the default profile and account only.',
      ),
    namespaces: z
      .record(
        z.string().regex(/^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?$/, 'the name of a namespace, in which * may stand for any text'),
        z.strictObject({
          hosts: z.array(pattern).optional().describe('Hosts it may have; beside `fairlead.dev/allowed-hosts`, both must allow.'),
          profiles: z
            .array(z.string())
            .optional()
            .describe('Certificate profiles it may use; beside `fairlead.dev/allowed-profiles`, both must allow.'),
          accounts: z
            .array(z.string())
            .optional()
            .describe('AWS accounts it may use; beside `fairlead.dev/allowed-accounts`, both must allow.'),
          quotas: z
            .strictObject({
              loadBalancers: count.describe('Load balancers; the smaller of this and the annotation counts.'),
              certificates: count.describe('Certificates from Vault; the smaller of this and the annotation counts.'),
              records: count.describe('Hosts with records; the smaller of this and the annotation counts.'),
            })
            .prefault({}),
        }),
      )
      .default({})
      .describe('By name; the very name wins over a pattern, a longer pattern over a shorter one.'),
  })
  .prefault({})
