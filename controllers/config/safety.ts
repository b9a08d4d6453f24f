import { z } from 'zod'
import { seconds } from './seconds.ts'

export const safety = z
  .strictObject({
    brakeShare: z
      .number()
      .gt(0)
      .max(1)
      .default(0.1)
      .describe('Part of what is owned that may disappear without a witnessed deletion before removals stop.'),
    brakeLeast: z
      .number()
      .int()
      .nonnegative()
      .default(5)
      .describe('So many may disappear in any case; 0 for an installation with only a few Ingresses.'),
    heartbeatSeconds: seconds
      .default(1800)
      .describe('How often the tag on a hosted zone is written by which another cluster with the same identity is told apart.'),
    brakeWindowSeconds: seconds.default(3600).describe('What disappears within this time counts together.'),
  })
  .prefault({})
  .describe('The brake on removals that nobody asked for in so many words; see the safety guide.')
