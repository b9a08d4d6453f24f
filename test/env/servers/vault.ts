// Vault in dev mode: unsealed, in memory, empty. A restart empties it again; pause and resume do not.
import { randomBytes } from 'node:crypto'
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

export type Vault = { readonly address: string; readonly rootToken: string }

export async function vault(command: string, home: string): Promise<Vault & { readonly spec: ServerSpec }> {
  const listen = `127.0.0.1:${await freePort()}`
  const address = `http://${listen}`
  const rootToken = randomBytes(18).toString('base64url')
  return {
    address,
    rootToken,
    spec: {
      command,
      args: ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=${listen}`, '-log-level=info'],
      // Not an argument: those are visible to every user of the machine.
      env: { VAULT_DEV_ROOT_TOKEN_ID: rootToken, VAULT_ADDR: address, HOME: home },
      ready: async () => {
        const health = await ask(`${address}/v1/sys/health`, { timeoutMs: 2000 })
        if (health.status !== 200) return false
        // Healthy comes before the root token and the first mounts.
        const mounts = await ask(`${address}/v1/sys/mounts`, { headers: { 'x-vault-token': rootToken }, timeoutMs: 2000 })
        return mounts.status === 200 && mounts.body.includes('"secret/"')
      },
    },
  }
}
