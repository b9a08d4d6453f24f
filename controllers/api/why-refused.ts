import { decodeJwt } from 'jose'
import type { Sensitive } from '../shared/sensitive.ts'
import { Problem } from './problem.ts'

/** Why a token was refused by somebody who only says that it was. What it says of itself is nothing its owner does not have. */
export function whyRefused(token: Sensitive<string>, audiences: readonly string[], now: number): Problem {
  const claims = claimsOf(token)
  const audience = claims?.aud === undefined ? [] : [claims.aud].flat()
  if (audience.length > 0 && !audience.some((one) => audiences.includes(one)))
    return new Problem('wrong_audience', `The token is for another audience; expected ${audiences.join(' or ')}`)
  if (claims?.exp !== undefined && claims.exp * 1000 <= now) return new Problem('expired_token', 'The token has expired')
  return new Problem('bad_token', 'The token is not accepted')
}

/** What a JSON web token says, believed by nobody; null if it is none. */
export function claimsOf(
  token: Sensitive<string>,
): { readonly iss?: string; readonly aud?: string | string[]; readonly exp?: number } | null {
  try {
    return decodeJwt(token.reveal())
  } catch {
    return null
  }
}
