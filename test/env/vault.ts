// Gives a fresh Vault what an organisation would have: a root and an issuing CA, roles, a policy, logins.
import { readFile } from 'node:fs/promises'
import { type ApiServer, kubeApply } from './kube-api.ts'
import { serviceAccountToken } from './kubeconfig.ts'
import type { Vault } from './servers/vault.ts'
import { vaultRequest } from './vault-api.ts'

export type ConfigureOptions = {
  /** Domains the roles may issue for, with everything below them. */
  readonly domains?: readonly string[]
  /** Namespaces whose ServiceAccounts may log in. */
  readonly namespaces?: readonly string[]
  /** The rules of the policy `fairlead`. Default: sign with the roles and read them. */
  readonly policy?: string
}

export type ConfiguredVault = {
  /** The root certificate, PEM: what a client has to trust. */
  readonly caPem: string
  /** The issuing mount. */
  readonly mount: 'pki_int'
  readonly roles: readonly string[]
  readonly auth: {
    /** Present when an API server was given: log in with a ServiceAccount token of this audience. */
    readonly kubernetes?: { readonly path: 'auth/kubernetes/login'; readonly role: 'fairlead'; readonly audience: 'vault' }
    readonly approle: { readonly path: 'auth/approle/login'; readonly roleId: string; readonly secretId: string }
  }
}

const mount = 'pki_int'

/**
 * web takes any key; web-rsa and web-ec one kind each; web-short caps at an hour, for renewals.
 * The CAs are RSA: ACM documents that an imported certificate's algorithm must match its signer's.
 * https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
 */
const roles: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  web: { key_type: 'any', max_ttl: '720h' },
  'web-rsa': { key_type: 'rsa', key_bits: 2048, max_ttl: '720h' },
  'web-ec': { key_type: 'ec', key_bits: 256, max_ttl: '720h' },
  'web-short': { key_type: 'any', max_ttl: '1h' },
}

/** Runs once per started Vault; a dev Vault forgets it on restart. */
export async function configureVault(
  vault: Vault,
  apiServer?: ApiServer,
  options: ConfigureOptions = {},
): Promise<ConfiguredVault> {
  const { domains = ['example.com', 'example.org', 'example.net'], namespaces = ['fairlead-system', 'fairlead'] } = options
  const caPem = await makeAuthorities(vault)
  for (const [role, particulars] of Object.entries(roles)) {
    const allowed = {
      allowed_domains: domains,
      allow_subdomains: true,
      allow_bare_domains: true,
      allow_wildcard_certificates: true,
    }
    const use = { server_flag: true, client_flag: false, require_cn: false, allow_ip_sans: false }
    await vaultRequest(vault, `${mount}/roles/${role}`, { body: { ...allowed, ...use, ...particulars } })
  }
  await vaultRequest(vault, 'sys/policies/acl/fairlead', { body: { policy: options.policy ?? signingPolicy() } })
  const approle = await enableAppRole(vault)
  const auth =
    apiServer === undefined ? { approle } : { approle, kubernetes: await enableKubernetes(vault, apiServer, namespaces) }
  return { caPem, mount, roles: Object.keys(roles), auth }
}

/** Sign with the roles and read them; nothing else. */
function signingPolicy(): string {
  const sign = Object.keys(roles).map((role) => `path "${mount}/sign/${role}" { capabilities = ["update"] }`)
  return [...sign, `path "${mount}/roles/*" { capabilities = ["read"] }`].join('\n')
}

async function makeAuthorities(vault: Vault): Promise<string> {
  for (const [path, ttl] of [
    ['pki', '87600h'],
    [mount, '43800h'],
  ]) {
    await vaultRequest(vault, `sys/mounts/${path}`, { body: { type: 'pki', config: { max_lease_ttl: ttl } } })
  }
  const root = await vaultRequest(vault, 'pki/root/generate/internal', {
    body: { common_name: 'Fairlead Test Root', key_type: 'rsa', key_bits: 2048, ttl: '87600h' },
  })
  const request = await vaultRequest(vault, `${mount}/intermediate/generate/internal`, {
    body: { common_name: 'Fairlead Test Issuing CA', key_type: 'rsa', key_bits: 2048 },
  })
  const signed = await vaultRequest(vault, 'pki/root/sign-intermediate', {
    body: { csr: request.data?.csr, common_name: 'Fairlead Test Issuing CA', ttl: '43800h', format: 'pem_bundle' },
  })
  await vaultRequest(vault, `${mount}/intermediate/set-signed`, { body: { certificate: signed.data?.certificate } })
  return String(root.data?.certificate)
}

async function enableAppRole(vault: Vault): Promise<ConfiguredVault['auth']['approle']> {
  await vaultRequest(vault, 'sys/auth/approle', { body: { type: 'approle' } })
  await vaultRequest(vault, 'auth/approle/role/fairlead', { body: { token_policies: ['fairlead'], token_ttl: '1h' } })
  const { data: id } = await vaultRequest(vault, 'auth/approle/role/fairlead/role-id')
  const { data: secret } = await vaultRequest(vault, 'auth/approle/role/fairlead/secret-id', { body: {} })
  return { path: 'auth/approle/login', roleId: String(id?.role_id), secretId: String(secret?.secret_id) }
}

/** Vault asks the API server about each token, as a ServiceAccount that may review tokens and nothing else. */
async function enableKubernetes(
  vault: Vault,
  apiServer: ApiServer,
  namespaces: readonly string[],
): Promise<NonNullable<ConfiguredVault['auth']['kubernetes']>> {
  const reviewer = { namespace: 'vault', serviceAccount: 'vault-token-reviewer' }
  const metadata = { name: reviewer.serviceAccount, namespace: reviewer.namespace }
  await kubeApply(apiServer, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: reviewer.namespace } })
  await kubeApply(apiServer, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  await kubeApply(apiServer, 'clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: reviewer.serviceAccount },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  })
  await vaultRequest(vault, 'sys/auth/kubernetes', { body: { type: 'kubernetes' } })
  await vaultRequest(vault, 'auth/kubernetes/config', {
    body: {
      kubernetes_host: apiServer.url,
      kubernetes_ca_cert: await readFile(apiServer.caFile, 'utf8'),
      token_reviewer_jwt: await serviceAccountToken(apiServer, reviewer),
      disable_local_ca_jwt: true,
    },
  })
  await vaultRequest(vault, 'auth/kubernetes/role/fairlead', {
    body: {
      bound_service_account_names: ['*'],
      bound_service_account_namespaces: namespaces,
      audience: 'vault',
      token_policies: ['fairlead'],
      token_ttl: '1h',
    },
  })
  return { path: 'auth/kubernetes/login', role: 'fairlead', audience: 'vault' }
}
