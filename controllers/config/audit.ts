import { z } from 'zod'

export const audit = z
  .strictObject({
    stdout: z
      .boolean()
      .default(true)
      .describe('Write the audit trail of the controller to standard output, between the lines of the log.'),
    file: z
      .string()
      .optional()
      .describe('A file the audit trail is appended to; a chain goes on over restarts there. It belongs to one replica.'),
  })
  .prefault({})
  .describe('The audit trail: a line before each write and one after it. If it cannot be written, nothing else is.')
