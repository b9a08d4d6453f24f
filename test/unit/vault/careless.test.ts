import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../controllers/runtime/clock.ts'
import { vaultClient } from '../../../controllers/vault/client.ts'
import { carelessVault } from '../../support/careless-vault.ts'

describe('a Vault that repeats what it is sent (real clock)', () => {
  it.each(['hvs.CAESIKB7t3Zb0n3x9mQ2vYw8Rr5uLk1pJd6hGf4sEa', 'a-t0k3n-0f-n0-known-f0rm'])(
    'does not get %s told',
    async (token) => {
      const folder = mkdtempSync(join(tmpdir(), 'fairlead-careless-'))
      await using vault = await carelessVault()
      const tokenFile = join(folder, 'token')
      writeFileSync(tokenFile, token)
      const client = vaultClient({
        vaults: { default: { address: vault.address, auth: { method: 'token', tokenFile } } },
        clock: realClock,
      })
      const request = {
        vault: 'default',
        mount: 'pki',
        role: 'web',
        csr: 'csr',
        commonName: 'a.b',
        dnsNames: ['a.b'],
        ttlSeconds: 60,
      }
      const error = await client.sign(request, AbortSignal.timeout(4_000)).catch((problem: unknown) => problem)
      expect(vault.refused()).toBeGreaterThan(0)
      expect(inspect(error, { showHidden: true, depth: 20 })).not.toContain(token)
      expect((error as Error).message).toContain('no policy lets [redacted]')
      await client.close()
      rmSync(folder, { recursive: true })
    },
  )
})
