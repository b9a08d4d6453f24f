import nodeVault from 'node-vault'
import type { Clock } from '../runtime/clock.ts'
import { errorCode } from './errors.ts'
import { type Login, login, type Token, type VaultAuth } from './login.ts'
import { signBody, signedCertificate, signPath } from './sign.ts'
import { type Transport, type TransportAnswer, transport, VaultTimeout } from './transport.ts'
import type { SignRequest, Vault } from './vault.ts'
import { VaultError } from './vault-error.ts'

export type VaultConfig = {
  readonly address: string
  readonly auth: VaultAuth
  /** PEM of the authorities that vouch for Vault's own certificate. */
  readonly caFile?: string | undefined
  readonly namespace?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** One request to Vault, and how it ended. */
export type VaultCall = {
  readonly vault: string
  readonly operation: 'sign' | 'login' | 'read'
  readonly path: string
  readonly write: boolean
  readonly status: number | null
  readonly errorCode: string | null
  readonly ms: number
  readonly requestId: string | null
}

export type VaultClient = Vault & { close(): Promise<void> }

type Options = {
  readonly vaults: Readonly<Record<string, VaultConfig>>
  readonly clock: Clock
  readonly onCall?: ((call: VaultCall) => void) | undefined
  /** Called just before a certificate is asked for, each time; it throws to stop it. */
  readonly beforeWrite?: (() => void) | undefined
}

/** Vault over node-vault, which builds the requests and reads the errors; everything with a lifetime is ours. */
export function vaultClient(options: Options): VaultClient {
  const servers = new Map(Object.entries(options.vaults).map(([name, config]) => [name, new Server(name, config, options)]))
  return {
    sign(request, signal) {
      const server = servers.get(request.vault)
      if (server === undefined)
        return Promise.reject(new RangeError(`no Vault is named ${JSON.stringify(request.vault)} in the configuration`))
      return server.sign(request, signal)
    },
    close: async () => void (await Promise.all([...servers.values()].map((server) => server.close()))),
  }
}

type Ask = { readonly operation: VaultCall['operation']; readonly path: string; readonly body?: unknown; readonly token?: string }

class Server {
  readonly #name: string
  readonly #options: Options
  readonly #vault: nodeVault.client
  readonly #transport: Transport
  readonly #login: Login
  /** Logins are for all who wait, so no single caller's signal ends them; the timeout does. */
  readonly #closed = new AbortController()

  constructor(name: string, config: VaultConfig, options: Options) {
    this.#name = name
    this.#options = options
    this.#transport = transport({ clock: options.clock, caFile: config.caFile, timeoutMs: config.timeoutMs ?? 10_000 })
    this.#vault = client(config, this.#transport)
    this.#login = login(options.clock, config.auth, (path, body) => this.#logIn(path, body))
  }

  async sign(request: SignRequest, signal: AbortSignal) {
    const path = signPath(request)
    const answer = await this.#withToken({ operation: 'sign', path, body: signBody(request) }, signal).catch((error: unknown) =>
      this.#explain(error, request, signal),
    )
    const signed = signedCertificate(answer)
    if (signed === null) throw this.#error(path, 'unreadable', { status: 200 })
    return signed
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    await this.#transport.close()
  }

  /** Vault answers 403 both for a token that has ended and for what the policy denies: one new login tells which. */
  async #withToken(ask: Ask, signal: AbortSignal): Promise<unknown> {
    const token = await this.#token(ask.path, signal)
    try {
      return await this.#ask({ ...ask, token: token.value }, signal)
    } catch (error) {
      if (!(error instanceof VaultError && error.code === 'forbidden')) throw error
      this.#login.drop(token)
      const fresh = await this.#token(ask.path, signal)
      return this.#ask({ ...ask, token: fresh.value }, signal)
    }
  }

  #token(path: string, signal: AbortSignal): Promise<Token> {
    const got = this.#login.token().catch((error: unknown) => {
      throw error instanceof VaultError ? error : this.#error(path, 'no-credentials', { cause: error })
    })
    return waitFor(got, signal, () => this.#error(path, 'aborted', { cause: signal.reason }))
  }

  /** A policy that lists its roles denies an unknown one like a forbidden one. Whoever may read roles is told which it is. */
  async #explain(error: unknown, { mount, role }: SignRequest, signal: AbortSignal): Promise<never> {
    if (!(error instanceof VaultError && error.code === 'forbidden')) throw error
    const path = `${mount}/roles/${role}`
    const why = await this.#withToken({ operation: 'read', path }, signal).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (!(why instanceof VaultError && why.status === 404)) throw error
    throw this.#error(error.path, 'unknown-role', {
      status: error.status,
      vaultMessage: `unknown role: ${role}`,
      requestId: error.requestId,
    })
  }

  async #logIn(path: string, body: Readonly<Record<string, string>>) {
    const answer = await this.#ask({ operation: 'login', path, body }, this.#closed.signal).catch((error: unknown) => {
      if (!(error instanceof VaultError) || error.status === null) throw error
      const { status, vaultMessage, retryAfterSeconds, requestId } = error
      const code = error.kind === 'transient' ? error.code : 'login-refused'
      throw this.#error(path, code, { status, vaultMessage: withoutSecrets(vaultMessage, body), retryAfterSeconds, requestId })
    })
    const { auth } = (answer ?? {}) as {
      readonly auth?: { readonly client_token?: unknown; readonly lease_duration?: unknown } | null
    }
    if (typeof auth?.client_token !== 'string') throw this.#error(path, 'unreadable', { status: 200 })
    return { client_token: auth.client_token, lease_duration: Number(auth.lease_duration) || 0 }
  }

  async #ask({ operation, path, body, token }: Ask, signal: AbortSignal): Promise<unknown> {
    const { clock, onCall, beforeWrite } = this.#options
    // At the last moment: a login may have taken its time since.
    if (operation === 'sign') beforeWrite?.()
    const started = clock.monotonic()
    let answer: TransportAnswer | null = null
    const requestOptions = {
      signal,
      seen: (got: TransportAnswer) => {
        answer = got
      },
      // A new object each time: node-vault writes its token into the one it is given, and the next call would send it again.
      headers: token === undefined ? {} : { 'X-Vault-Token': token },
    }
    const record = (code: string | null): void =>
      onCall?.({
        vault: this.#name,
        operation,
        path,
        write: operation === 'sign',
        status: answer?.statusCode ?? null,
        errorCode: code,
        ms: clock.monotonic() - started,
        requestId: requestIdOf(answer),
      })
    try {
      const result: unknown = await (body === undefined
        ? this.#vault.read(path, requestOptions)
        : this.#vault.write(path, body, requestOptions))
      record(null)
      return result
    } catch (error) {
      const failure = this.#failure(path, answer, error, signal, token)
      record(failure.code)
      throw failure
    }
  }

  #failure(
    path: string,
    answer: TransportAnswer | null,
    error: unknown,
    signal: AbortSignal,
    token: string | undefined,
  ): VaultError {
    if (answer === null) {
      if (signal.aborted) return this.#error(path, 'aborted', { cause: signal.reason })
      return this.#error(path, error instanceof VaultTimeout ? 'timeout' : 'unreachable', { cause: error })
    }
    const { statusCode: status, retryAfterSeconds, body } = answer
    const { errors } = (body ?? {}) as { readonly errors?: unknown }
    const said = Array.isArray(errors) && errors.length > 0 ? errors.map(String).join('; ') : null
    // A token may look like anything; what stands between us and Vault may show it again.
    const vaultMessage = withoutSecrets(said, token === undefined ? {} : { token })
    return this.#error(path, errorCode(status, vaultMessage), {
      status,
      vaultMessage,
      retryAfterSeconds,
      requestId: requestIdOf(answer),
    })
  }

  #error(
    path: string,
    code: VaultError['code'],
    rest: Omit<ConstructorParameters<typeof VaultError>[0], 'vault' | 'path' | 'code'>,
  ): VaultError {
    return new VaultError({ vault: this.#name, path, code, ...rest })
  }
}

function client({ address, namespace }: VaultConfig, send: Transport): nodeVault.client {
  const made = nodeVault({
    endpoint: address,
    'request-promise': { defaults: () => send },
    // Its own prints request bodies: tokens and keys.
    debug: () => undefined,
  } as nodeVault.VaultOptions)
  // What it would silently take from VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX.
  return Object.assign(made, { token: '', namespace: namespace ?? '', pathPrefix: '' })
}

const requestIdOf = (answer: TransportAnswer | null): string | null => {
  const { request_id } = (answer?.body ?? {}) as { readonly request_id?: unknown }
  return typeof request_id === 'string' ? request_id : null
}

function withoutSecrets(text: string | null, body: Readonly<Record<string, string>>): string | null {
  return (
    text && Object.values(body).reduce((clean, value) => (value.length < 8 ? clean : clean.replaceAll(value, '[redacted]')), text)
  )
}

function waitFor<T>(promise: Promise<T>, signal: AbortSignal, aborted: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted())
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
