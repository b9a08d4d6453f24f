import { z } from 'zod'

export const accountId = z.string().regex(/^\d{12}$/, '12 digits')
