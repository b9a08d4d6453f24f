import { z } from 'zod'
import { seconds } from './seconds.ts'

/** The keys that belong to no section. */
export const general = {
  clusterId: z
    .string()
    .regex(
      /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
      'at most 63 letters, digits, - _ and ., since it is a label, a tag and part of the TXT owner',
    )
    .default('')
    .describe('Identity of this cluster in tags; the UID of the namespace kube-system if empty.'),
  ownNamespace: z.string().default('fairlead-system').describe('Namespace of the Lease and of the Secrets with keys.'),
  policy: z
    .enum(['observe', 'upsert-only', 'sync'])
    .default('sync')
    .describe('`observe` writes nothing, `upsert-only` removes nothing, `sync` removes what is proven ours.'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
  logFormat: z.enum(['json', 'text']).default('json').describe('Format of the log.'),
  workers: z.number().int().positive().default(8).describe('Load balancer groups that are worked on at the same time.'),
  sweepSeconds: seconds.default(600).describe('Time between sweeps, the reads that find drift.'),
  defaultProfile: z.string().default('default').describe('Profile of an object that names none.'),
}
