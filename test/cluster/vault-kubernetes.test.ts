import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClock } from '../../controllers/runtime/clock.ts'
import { type VaultClient, vaultClient } from '../../controllers/vault/client.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { kubeApply } from '../env/kube-api.ts'
import { serviceAccountToken } from '../env/kubeconfig.ts'
import { configureVault } from '../env/vault.ts'
import { csrFor } from '../support/csr.ts'

const account = { namespace: 'fairlead', serviceAccount: 'fairlead' }
let env: Environment
let vault: VaultClient
let tokenFile: string

beforeAll(async () => {
  env = await startEnvironment({ components: ['kube-apiserver', 'vault'] })
  await kubeApply(env.apiServer, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } })
  const metadata = { name: account.serviceAccount, namespace: account.namespace }
  await kubeApply(env.apiServer, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  const configured = await configureVault(env.vault, env.apiServer)
  tokenFile = join(env.dir, 'vault-token')
  const auth = { method: 'kubernetes', role: configured.auth.kubernetes!.role, tokenFile } as const
  vault = vaultClient({ vaults: { main: { address: env.vault.address, auth } }, clock: realClock })
})
afterAll(async () => {
  await vault?.close()
  await env?.stop()
})

async function sign() {
  const { csr } = await csrFor(['app.example.com'])
  const request = {
    vault: 'main',
    mount: 'pki_int',
    role: 'web',
    csr,
    commonName: 'app.example.com',
    dnsNames: ['app.example.com'],
  }
  return vault.sign({ ...request, ttlSeconds: 3600 }, AbortSignal.timeout(20_000))
}

describe('Vault login with a ServiceAccount (real clock)', () => {
  it('waits for the file, refuses a token for somebody else, and takes the right one from the file as it is then', async () => {
    await expect(sign()).rejects.toMatchObject({ code: 'no-credentials', kind: 'forbidden' })
    const elsewhere = await serviceAccountToken(env.apiServer, account, ['somebody-else'])
    await writeFile(tokenFile, elsewhere)
    const error: unknown = await sign().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'login-refused', kind: 'forbidden' })
    expect(String(error)).not.toContain(elsewhere)
    await writeFile(tokenFile, await serviceAccountToken(env.apiServer, account, ['vault']))
    expect((await sign()).certificate).toContain('BEGIN CERTIFICATE')
  })
})
