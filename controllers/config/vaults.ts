import { z } from 'zod'
import { seconds } from './seconds.ts'

const vaultAuth = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('kubernetes').describe('Login with a ServiceAccount token.'),
    role: z.string().describe('Role of the Kubernetes auth method.'),
    mount: z.string().default('kubernetes').describe('Mount of the auth method.'),
    tokenFile: z.string().default('/var/run/secrets/fairlead/vault/token').describe('File with the projected token.'),
  }),
  z.strictObject({
    method: z.literal('approle').describe('Login with an AppRole.'),
    mount: z.string().default('approle').describe('Mount of the auth method.'),
    roleId: z.string().describe('The role id.'),
    secretIdFile: z.string().describe('File with the secret id.'),
  }),
  z.strictObject({
    method: z.literal('token').describe('A token as it is.'),
    tokenFile: z.string().describe('File with the token.'),
  }),
])

/** The Vaults that sign certificates, by name. */
export const vaults = z
  .record(
    z.string(),
    z.strictObject({
      address: z.string().describe('URL of the Vault.'),
      namespace: z.string().optional().describe('Vault namespace.'),
      caFile: z.string().optional().describe('File with the CA certificates to trust.'),
      auth: vaultAuth.describe('How to log in.'),
      timeoutSeconds: seconds.default(10).describe('Time for one request.'),
    }),
  )
  .default({})
  .describe('Vaults by name.')
