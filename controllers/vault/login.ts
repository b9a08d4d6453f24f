import { readFile } from 'node:fs/promises'
import type { Clock } from '../runtime/clock.ts'

export type VaultAuth =
  /** `tokenFile`: a projected ServiceAccount token with Vault's audience. */
  | { readonly method: 'kubernetes'; readonly role: string; readonly mount?: string | undefined; readonly tokenFile: string }
  | { readonly method: 'approle'; readonly roleId: string; readonly mount?: string | undefined; readonly secretIdFile: string }
  | { readonly method: 'token'; readonly tokenFile: string }

export type Token = { readonly value: string; readonly renewAt: number }

export type Login = {
  /** A token to use now. One login at a time, whoever asks. */
  token(): Promise<Token>
  /** Vault refused this token. Another that was got in the meantime stays. */
  drop(token: Token): void
}

/** Of a static token, which tells nothing about its life, the file is read again after this time. */
const STATIC_TOKEN_MS = 5 * 60_000

/**
 * Logs in again at two thirds of a token's life; tokens are never renewed, since a renewal stops extending at the maximum anyway.
 * `post` sends a login and answers `auth` of it.
 */
export function login(
  clock: Clock,
  auth: VaultAuth,
  post: (
    path: string,
    body: Readonly<Record<string, string>>,
  ) => Promise<{ readonly client_token: string; readonly lease_duration: number }>,
): Login {
  let held: Token | null = null
  let going: Promise<Token> | null = null

  async function logIn(): Promise<Token> {
    // The files are read at each login: the kubelet rotates them.
    if (auth.method === 'token') return { value: await secret(auth.tokenFile), renewAt: clock.monotonic() + STATIC_TOKEN_MS }
    const body: Readonly<Record<string, string>> =
      auth.method === 'kubernetes'
        ? { role: auth.role, jwt: await secret(auth.tokenFile) }
        : { role_id: auth.roleId, secret_id: await secret(auth.secretIdFile) }
    const { client_token, lease_duration } = await post(`auth/${auth.mount ?? auth.method}/login`, body)
    // 0: a token that does not end, e.g. a root token.
    const life = lease_duration > 0 ? (lease_duration * 1000 * 2) / 3 : Number.POSITIVE_INFINITY
    return { value: client_token, renewAt: clock.monotonic() + life }
  }

  return {
    async token() {
      if (held !== null && clock.monotonic() < held.renewAt) return held
      going ??= logIn().finally(() => {
        going = null
      })
      held = await going
      return held
    },
    drop(token) {
      if (held === token) held = null
    },
  }
}

const secret = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()
