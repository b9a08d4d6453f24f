import { createHash } from 'node:crypto'
import type { Sensitive } from '../shared/sensitive.ts'

/** What is kept of a token in its place: enough to know it again. */
export function tokenHash(token: Sensitive<string>): Buffer {
  return createHash('sha256').update(token.reveal()).digest()
}
