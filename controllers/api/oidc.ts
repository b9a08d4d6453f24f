import { readFile } from 'node:fs/promises'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { Agent, fetch } from 'undici'
import type { Clock } from '../runtime/clock.ts'
import type { Sensitive } from '../shared/sensitive.ts'
import { type Caller, configuredCaller, type Sees } from './caller.ts'
import { CannotServe } from './cannot-serve.ts'
import { Problem } from './problem.ts'
import { claimsOf } from './why-refused.ts'

export type OidcOptions = {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri?: string | undefined
  readonly caFile?: string | undefined
  readonly usernameClaim: string
  readonly groupsClaim: string
  readonly groups: Readonly<Record<string, Sees>>
}

/** Keys of which everybody may know the public half: nobody can sign with what is published. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const TIMEOUT_MS = 5_000
/** An issuer that did not answer is not asked again before. */
const PAUSE_MS = 5_000
const CLOCK_SKEW_SECONDS = 30

export type Oidc = {
  /** Whether a token says that it is of this issuer: then nobody else is asked about it. */
  isFor(token: Sensitive<string>): boolean
  callerOf(token: Sensitive<string>): Promise<Caller>
  close(): Promise<void>
}

/** Callers by tokens of an OpenID Connect issuer, whose groups stand in the configuration. */
export async function oidcCallers(options: OidcOptions, clock: Clock, onProblem: (problem: unknown) => void): Promise<Oidc> {
  const { issuer, audience, usernameClaim, groupsClaim } = options
  const groups = new Map(Object.entries(options.groups))
  const agent = new Agent({ connect: options.caFile === undefined ? {} : { ca: await readCa(options.caFile) } })
  const get = (url: string, init: object) => fetch(url, { ...init, dispatcher: agent }) as unknown as Promise<Response>
  let keys: Promise<JWTVerifyGetKey> | null = null
  let pausedUntil = Number.NEGATIVE_INFINITY

  async function findKeys(): Promise<JWTVerifyGetKey> {
    const uri = options.jwksUri ?? (await discover(issuer, get))
    return createRemoteJWKSet(new URL(uri), { [customFetch]: get, timeoutDuration: TIMEOUT_MS })
  }

  function unreachable(cause: unknown): Problem {
    if (clock.monotonic() >= pausedUntil) {
      pausedUntil = clock.monotonic() + PAUSE_MS
      onProblem(cause)
    }
    const headers = { 'retry-after': String(PAUSE_MS / 1000) }
    return new Problem('cannot_authenticate', 'The OIDC issuer cannot be asked for its keys now', { headers, cause })
  }

  async function verified(token: Sensitive<string>): Promise<JWTPayload> {
    if (clock.monotonic() < pausedUntil) throw unreachable(new Error('it did not answer a moment ago'))
    try {
      keys ??= findKeys()
      const { payload } = await jwtVerify(token.reveal(), await keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(clock.now()),
      })
      return payload
    } catch (error) {
      const refusal = refusalOf(error, audience)
      if (refusal !== null) throw refusal
      keys = null
      throw unreachable(error)
    }
  }

  return {
    isFor: (token) => claimsOf(token)?.iss === issuer,
    async callerOf(token) {
      const payload = await verified(token)
      const name = payload[usernameClaim]
      if (typeof name !== 'string' || name === '') throw new Problem('bad_token', `The token has no claim ${usernameClaim}`)
      const claimed = [payload[groupsClaim] ?? []].flat().filter((one) => typeof one === 'string')
      return configuredCaller(
        name,
        claimed.flatMap((group) => groups.get(group) ?? []),
      )
    },
    close: () => agent.destroy(),
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discover(issuer: string, get: (url: string, init: object) => Promise<Response>): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await get(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  const { issuer: said, jwks_uri: uri } = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  if (said !== issuer) throw new Error(`${url} is of another issuer`)
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error(`${url} names no keys`)
  // Whoever can change the keys on their way can sign for anybody.
  if (new URL(uri).protocol !== 'https:' && new URL(issuer).protocol === 'https:')
    throw new Error(`${url} names keys without TLS`)
  return uri
}

/** Null if it is not the token’s fault. */
function refusalOf(error: unknown, audience: string): Problem | null {
  if (error instanceof errors.JWTExpired) return new Problem('expired_token', 'The token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'aud'
      ? new Problem('wrong_audience', `The token is for another audience; expected ${audience}`)
      : new Problem('bad_token', `The claim ${error.claim} of the token is not as it should be`)
  const refused = [
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWSInvalid,
    errors.JWTInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ]
  return refused.some((one) => error instanceof one) ? new Problem('bad_token', 'The token is not accepted') : null
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CannotServe(`http.oidc.caFile ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
