import { objectKey } from '../shared/objects.ts'
import type { Claim } from './observed.ts'

type Index = Map<string, readonly Claim[]>
export type FiledClaims = {
  /** By `namespace/name`. */
  readonly byObject: ReadonlyMap<string, readonly Claim[]>
  readonly byHost: ReadonlyMap<string, readonly Claim[]>
}

const filed = new WeakMap<readonly Claim[], { readonly byObject: Index; readonly byHost: Index }>()

/** Claims, filed by what they are looked up by. Once per array, since arrays are never changed in place. */
export function filedClaims(claims: readonly Claim[]): FiledClaims {
  const known = filed.get(claims)
  if (known !== undefined) return known
  const made = { byObject: new Map(), byHost: new Map() }
  for (const claim of claims) file(made, claim)
  filed.set(claims, made)
  return made
}

/**
 * One Ingress changed, of ten thousand: what was filed goes on to the new array, with that claim filed anew. `after` holds at each place what
 * `before` holds, or what it has become. Whoever still asks of the old array has it filed again.
 */
export function refileClaims(before: readonly Claim[], after: readonly Claim[]): void {
  const known = filed.get(before)
  if (known === undefined) return
  filed.delete(before)
  for (const [place, claim] of after.entries()) {
    const was = before[place]
    if (was === claim) continue
    if (was !== undefined) unfile(known, was)
    file(known, claim)
  }
  filed.set(after, known)
}

function file({ byObject, byHost }: { readonly byObject: Index; readonly byHost: Index }, claim: Claim): void {
  put(byObject, objectKey(claim.object), claim)
  for (const host of claim.hosts) put(byHost, host, claim)
}

function unfile({ byObject, byHost }: { readonly byObject: Index; readonly byHost: Index }, claim: Claim): void {
  take(byObject, objectKey(claim.object), claim)
  for (const host of claim.hosts) take(byHost, host, claim)
}

function put(index: Index, key: string, claim: Claim): void {
  index.set(key, [...(index.get(key) ?? []), claim])
}

function take(index: Index, key: string, claim: Claim): void {
  const left = (index.get(key) ?? []).filter((item) => item !== claim)
  if (left.length === 0) index.delete(key)
  else index.set(key, left)
}
