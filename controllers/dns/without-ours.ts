import type { RecordSet } from './observed.ts'
import { parseRegistryValue } from './registry.ts'

/**
 * What others keep in a TXT set that holds our ownership too, since Route 53 has one set of a name and type: proof of a domain, SPF.
 * It is made again in the batch that takes ours away. Null: nobody else keeps anything there.
 */
export function withoutOurs(set: RecordSet): RecordSet | null {
  const values = set.values.filter((value) => parseRegistryValue(value) === null)
  return values.length === 0 ? null : { ...set, values }
}
