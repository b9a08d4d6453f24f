import type { Change } from '../shared/change.ts'
import { canonicalJson } from '../shared/names.ts'

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** A change as what it does: times in it and what is left to wait move with the clock, and make no other change of it. */
export function fingerprint({ waits, ...change }: Change): string {
  return canonicalJson({ ...change, waits: waits.map(({ kind, of }) => ({ kind, of })) }).replace(TIME, 'T')
}
