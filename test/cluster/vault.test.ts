import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { realClock } from '../../controllers/runtime/clock.ts'
import { type VaultCall, type VaultClient, vaultClient } from '../../controllers/vault/client.ts'
import { vaultContract } from '../contract/vault.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { type ConfiguredVault, configureVault } from '../env/vault.ts'
import { vaultRequest } from '../env/vault-api.ts'
import { csrFor } from '../support/csr.ts'

let environment: Promise<{ readonly env: Environment; readonly configured: ConfiguredVault }> | null = null
const clients: VaultClient[] = []
const calls: VaultCall[] = []

const servers = () => {
  environment ??= startEnvironment({ components: ['vault'] }).then(async (env) => ({
    env,
    configured: await configureVault(env.vault),
  }))
  return environment
}

async function client(address?: string, timeoutMs = 10_000) {
  const { env, configured } = await servers()
  const secretIdFile = join(env.dir, 'secret-id')
  await writeFile(secretIdFile, `${configured.auth.approle.secretId}\n`)
  const auth = { method: 'approle', roleId: configured.auth.approle.roleId, secretIdFile } as const
  const vaults = { main: { address: address ?? env.vault.address, auth, timeoutMs } }
  const vault = vaultClient({ vaults, clock: realClock, onCall: (call) => calls.push(call) })
  clients.push(vault)
  return { vault, env, configured, secretIdFile }
}

async function request() {
  const names = ['app.example.com']
  const { csr } = await csrFor(names)
  return { vault: 'main', mount: 'pki_int', role: 'web', csr, commonName: names[0]!, dnsNames: names, ttlSeconds: 3600 }
}

const signal = new AbortController().signal

afterAll(async () => {
  for (const one of clients) await one.close()
  await (await environment)?.env.stop()
})

vaultContract('the real one (real clock)', async () => {
  const { vault, configured } = await client()
  return { vault, name: 'main', caPem: configured.caPem, now: () => Date.now() }
})

describe('Vault client (real clock)', () => {
  it('logs in once for many, and again when its token has been revoked', async () => {
    const { vault, env } = await client()
    calls.length = 0
    const wanted = await request()
    await Promise.all(Array.from({ length: 5 }, () => vault.sign(wanted, signal)))
    expect(calls.filter(({ operation }) => operation === 'login')).toHaveLength(1)
    // Every token of the login method.
    await vaultRequest(env.vault, 'sys/leases/revoke-prefix/auth/approle/login', { body: {} })
    calls.length = 0
    await Promise.all([vault.sign(wanted, signal), vault.sign(wanted, signal)])
    expect(calls.filter(({ operation }) => operation === 'login')).toHaveLength(1)
    expect(calls.filter(({ status }) => status === 403).length).toBeGreaterThan(0)
  })

  it('tells a policy that denies from a token that has ended', async () => {
    const { vault, env } = await client()
    await vaultRequest(env.vault, 'pki_int/roles/hidden', { body: { allowed_domains: ['example.com'], allow_subdomains: true } })
    calls.length = 0
    await expect(vault.sign({ ...(await request()), role: 'hidden' }, signal)).rejects.toMatchObject({
      code: 'forbidden',
      kind: 'forbidden',
      status: 403,
    })
  })

  it('says that logging in was refused, and not with what', async () => {
    const { vault, secretIdFile } = await client()
    await writeFile(secretIdFile, 'not-the-secret-id-at-all')
    const error = await vault.sign(await request(), signal).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'login-refused', kind: 'forbidden' })
    expect(JSON.stringify({ ...(error as Error), text: String(error), cause: String((error as Error).cause) })).not.toContain(
      'not-the-secret-id',
    )
  })

  it('says that nobody is there', async () => {
    const { vault } = await client('http://127.0.0.1:1')
    await expect(vault.sign(await request(), signal)).rejects.toMatchObject({
      code: 'unreachable',
      kind: 'transient',
      status: null,
    })
  })

  it('gives up on a Vault that hangs, after its timeout, and goes on when it is back', async () => {
    const { vault, env } = await client(undefined, 300)
    const wanted = await request()
    await vault.sign(wanted, signal)
    env.component('vault').pause()
    try {
      await expect(vault.sign(wanted, signal)).rejects.toMatchObject({ code: 'timeout', kind: 'transient', status: null })
    } finally {
      env.component('vault').resume()
    }
    await expect(vault.sign(wanted, signal)).resolves.toMatchObject({ warnings: expect.any(Array) })
  })

  it('is a transient failure when Vault is sealed', async () => {
    const { vault, env } = await client()
    const wanted = await request()
    await vault.sign(wanted, signal)
    await vaultRequest(env.vault, 'sys/seal', { body: {} })
    await expect(vault.sign(wanted, signal)).rejects.toMatchObject({ code: 'sealed', kind: 'transient', status: 503 })
    await rm(join(env.dir, 'secret-id'), { force: true })
  })
})
