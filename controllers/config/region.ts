import { z } from 'zod'

export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'the name of a region, such as eu-west-1')
