import { z } from 'zod'

/** A duration. Zero would mean `at once, again and again`. */
export const seconds = z.number().positive()
