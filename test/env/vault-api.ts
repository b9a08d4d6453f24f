// A few plain requests to Vault, for setting an environment up.
import { ask } from './probe.ts'
import type { Vault } from './servers/vault.ts'

export class VaultRequestError extends Error {
  override readonly name = 'VaultRequestError'
  readonly code = 'ERR_VAULT_REQUEST'
  readonly status: number

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path}: ${status} ${body.trim()}`)
    this.status = status
  }
}

export type VaultAnswer = { readonly data?: Record<string, unknown>; readonly auth?: { readonly client_token: string } }

export type VaultRequest = {
  readonly method?: 'GET' | 'POST' | 'LIST' | 'DELETE'
  readonly body?: unknown
  /** Instead of the root token; null for none. */
  readonly token?: string | null
}

/** `path` is what follows /v1/. A status of 400 or more throws. */
export async function vaultRequest(vault: Vault, path: string, options: VaultRequest = {}): Promise<VaultAnswer> {
  const { body, method = body === undefined ? 'GET' : 'POST', token = vault.rootToken } = options
  const answer = await ask(`${vault.address}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { 'x-vault-token': token }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (answer.status >= 400) throw new VaultRequestError(method, path, answer.status, answer.body)
  return answer.body === '' ? {} : (JSON.parse(answer.body) as VaultAnswer)
}
