import { z } from 'zod'
import { Sensitive } from '../shared/sensitive.ts'

/** A secret itself, where a file with it will not do: no flag, `[redacted]` wherever it is shown, `Sensitive` in the Config. */
export const secret = () =>
  z
    .string()
    .min(1)
    .refine((text) => text !== '[redacted]', 'the secret itself: what printed this left it out')
    .transform((text) => new Sensitive(text))
    .meta({ sensitive: true })
