import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** An OpenID Connect issuer on the loopback, with discovery and keys. */
export type OidcIssuer = AsyncDisposable & {
  readonly url: string
  /** Paths it was asked for. */
  readonly asked: readonly string[]
  /** What it answers requests with; 200 to begin with. */
  status: number
  /** A token as it makes them; `seconds` from now until it expires. */
  token(claims: JWTPayload, options?: { readonly seconds?: number; readonly key?: CryptoKey }): Promise<string>
}

export async function oidcIssuer(now: () => number = () => Date.now()): Promise<OidcIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
  const asked: string[] = []
  const state = { status: 200 }
  const server = createServer(({ url: path = '' }, response) => {
    asked.push(path)
    const found = path === '/.well-known/openid-configuration' ? { issuer: url, jwks_uri: `${url}/keys` } : { keys }
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(JSON.stringify(found))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    get status() {
      return state.status
    },
    set status(status) {
      state.status = status
    },
    token: (claims, { seconds = 300, key = privateKey } = {}) =>
      new SignJWT({ iss: url, exp: Math.floor(now() / 1000) + seconds, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(key),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
