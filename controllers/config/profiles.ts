import { z } from 'zod'
import { seconds } from './seconds.ts'

const profile = z.strictObject({
  vault: z.string().default('default').describe('The Vault to ask, a key of `vaults`.'),
  mount: z.string().default('pki').describe('Mount of the PKI secrets engine.'),
  role: z.string().describe('Role whose `sign` endpoint is used.'),
  keyType: z.enum(['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384']).default('rsa-2048').describe('Type of the key.'),
  ttlSeconds: seconds.default(30 * 86_400).describe('Life to ask Vault for.'),
  renewBeforeSeconds: seconds.default(10 * 86_400).describe('Renewed when about this is left; at most a third of its life.'),
})

/** How certificates of one kind are issued, by name. */
export const profiles = z.record(z.string(), profile).default({}).describe('Certificate profiles by name.')
