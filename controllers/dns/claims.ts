import { objectKey } from '../shared/objects.ts'
import type { Claim } from './observed.ts'

export type FiledClaims = {
  /** By `namespace/name`. */
  readonly byObject: ReadonlyMap<string, readonly Claim[]>
  readonly byHost: ReadonlyMap<string, readonly Claim[]>
}

const filed = new WeakMap<readonly Claim[], FiledClaims>()

/** Claims, filed by what they are looked up by. Once per array, since arrays are never changed in place. */
export function filedClaims(claims: readonly Claim[]): FiledClaims {
  const known = filed.get(claims)
  if (known !== undefined) return known
  const byObject = new Map<string, Claim[]>()
  const byHost = new Map<string, Claim[]>()
  for (const claim of claims) {
    put(byObject, objectKey(claim.object), claim)
    for (const host of claim.hosts) put(byHost, host, claim)
  }
  const made = { byObject, byHost }
  filed.set(claims, made)
  return made
}

function put(map: Map<string, Claim[]>, key: string, claim: Claim): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [claim])
  else there.push(claim)
}
