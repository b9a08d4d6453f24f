import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realClock } from '../../../controllers/runtime/clock.ts'
import { type VaultClient, vaultClient } from '../../../controllers/vault/client.ts'

type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
type Seen = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }

const request = {
  vault: 'main',
  mount: 'pki',
  role: 'web',
  csr: 'csr',
  commonName: 'a.example.com',
  dnsNames: ['a.example.com'],
  ttlSeconds: 60,
}
const { signal } = new AbortController()
const secret = 'a-very-secret-id'
let dir: string
let seen: Seen[]
let answers: (asked: Seen) => Answer
let server: Server
let client: VaultClient
let logins: number

const token = (value: string, seconds = 3600): Answer => ({
  status: 200,
  body: { auth: { client_token: value, lease_duration: seconds } },
})
const denied: Answer = { status: 403, body: { errors: ['permission denied'] } }

beforeEach(async () => {
  for (const [name, value] of Object.entries({
    VAULT_TOKEN: 'of-the-environment',
    VAULT_NAMESPACE: 'of-the-environment',
    VAULT_PREFIX: '/of-the-environment',
    VAULT_ADDR: 'http://127.0.0.1:1',
    VAULT_SKIP_VERIFY: 'false',
  }))
    vi.stubEnv(name, value)
  dir = await mkdtemp(join(tmpdir(), 'fairlead-vault-'))
  await writeFile(join(dir, 'secret'), `${secret}\n`)
  seen = []
  logins = 0
  server = createServer((asked, response) => {
    let body = ''
    asked.on('data', (chunk) => {
      body += chunk
    })
    asked.on('end', () => {
      const one = { path: asked.url ?? '', headers: asked.headers, body }
      seen.push(one)
      const answer = answers(one)
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const auth = { method: 'approle', roleId: 'role', secretIdFile: join(dir, 'secret') } as const
  client = vaultClient({ vaults: { main: { address, auth, namespace: 'team', timeoutMs: 3000 } }, clock: realClock })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await client.close()
  await new Promise((resolve) => server.close(resolve))
  await rm(dir, { recursive: true })
})

const failed = async (): Promise<Error> => (await client.sign(request, signal).catch((error: unknown) => error)) as Error

describe('Vault client against a server of the test (real clock)', () => {
  it('takes nothing from the environment, and sends the namespace with each request', async () => {
    answers = ({ path }) => (path.endsWith('/login') ? token('t1') : { status: 500 })
    await failed()
    expect(seen.map(({ path }) => path)).toEqual(['/v1/auth/approle/login', '/v1/pki/sign/web'])
    expect(seen.map(({ headers }) => [headers['x-vault-token'], headers['x-vault-namespace']])).toEqual([
      [undefined, 'team'],
      ['t1', 'team'],
    ])
    expect(JSON.parse(seen[1]!.body)).toEqual({
      csr: 'csr',
      common_name: 'a.example.com',
      alt_names: 'a.example.com',
      ttl: '60s',
      format: 'pem',
    })
  })

  it('sends the new token after a new login, once, and then believes the refusal', async () => {
    answers = ({ path }) => (path.endsWith('/login') ? token(`t${++logins}`) : denied)
    expect(await failed()).toMatchObject({ code: 'forbidden', kind: 'forbidden', status: 403, vaultMessage: 'permission denied' })
    const signs = seen.filter(({ path }) => path === '/v1/pki/sign/web')
    expect(signs.map(({ headers }) => headers['x-vault-token'])).toEqual(['t1', 't2'])
  })

  it('tells a role that does not exist from one that is forbidden, where it may read roles', async () => {
    answers = ({ path }) =>
      path.endsWith('/login') ? token('t') : path.includes('/roles/') ? { status: 404, body: { errors: [] } } : denied
    expect(await failed()).toMatchObject({ code: 'unknown-role', kind: 'refused', vaultMessage: 'unknown role: web' })
  })

  it('keeps what Vault says about when to come again', async () => {
    answers = ({ path }) =>
      path.endsWith('/login') ? token('t') : { status: 429, headers: { 'retry-after': '7' }, body: { errors: ['quota'] } }
    expect(await failed()).toMatchObject({ code: 'rate-limited', kind: 'transient', retryAfterSeconds: 7 })
  })

  it('carries its token to no other place', async () => {
    answers = ({ path }) =>
      path.endsWith('/login') ? token('t') : { status: 307, headers: { location: 'http://127.0.0.1:1/v1/pki/sign/web' } }
    expect(await failed()).toMatchObject({ code: 'unavailable', kind: 'transient', status: 307 })
    expect(seen).toHaveLength(2)
  })

  it('repeats no secret that Vault repeats', async () => {
    answers = () => ({ status: 400, body: { errors: [`invalid secret id ${secret}`] } })
    const error = await failed()
    expect(error).toMatchObject({ code: 'login-refused', kind: 'forbidden', vaultMessage: 'invalid secret id [redacted]' })
    expect(error.message).not.toContain(secret)
  })

  it('is readable about an answer that is none', async () => {
    answers = ({ path }) => (path.endsWith('/login') ? token('t') : { status: 200, body: { data: {} } })
    expect(await failed()).toMatchObject({ code: 'unreadable', kind: 'transient' })
  })
})
