import { z } from 'zod'
import { seconds } from './seconds.ts'

/** The Lease that makes one replica the leader. */
export const lease = z
  .strictObject({
    name: z.string().default('fairlead').describe('Name of the Lease.'),
    durationSeconds: seconds.default(10).describe('How long it holds without being renewed.'),
    renewSeconds: seconds.default(7).describe('The leader gives up when it could not renew for so long.'),
    retrySeconds: seconds.default(2).describe('Time between attempts to take or renew it.'),
  })
  .prefault({})
