import { Sensitive } from '../shared/sensitive.ts'
import type { Caller } from './caller.ts'
import type { FileTokens } from './file-tokens.ts'
import type { Oidc } from './oidc.ts'
import { Problem } from './problem.ts'

export type Authenticators = {
  readonly fileTokens: Pick<FileTokens, 'find'>
  readonly oidc: Pick<Oidc, 'isFor' | 'callerOf'> | null
  /** By the API server; null if its tokens are not accepted. */
  readonly tokenReview: ((token: Sensitive<string>) => Promise<Caller>) | null
}

/** Who asks. Throws a Problem for whoever is not known. */
export async function authenticate(
  { fileTokens, oidc, tokenReview }: Authenticators,
  header: string | undefined,
): Promise<Caller> {
  try {
    const token = bearerToken(header)
    const known = await fileTokens.find(token)
    if (known !== null) return known
    if (oidc?.isFor(token)) return await oidc.callerOf(token)
    if (tokenReview !== null) return await tokenReview(token)
    throw new Problem('bad_token', 'The token is not accepted')
  } catch (error) {
    if (error instanceof Problem && error.status === 401) throw withChallenge(error)
    throw error
  }
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
function bearerToken(header: string | undefined): Sensitive<string> {
  const [, token] = /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '') ?? []
  if (token === undefined) throw new Problem('no_token', 'Expected a header Authorization: Bearer TOKEN')
  return new Sensitive(token)
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3: without a token there is no error to name. */
function withChallenge({ code, message, cause }: Problem): Problem {
  const challenge = `Bearer realm="fairlead"${code === 'no_token' ? '' : ', error="invalid_token"'}`
  return new Problem(code, message, { headers: { 'www-authenticate': challenge }, cause })
}
