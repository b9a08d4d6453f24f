// Kubeconfig files and ServiceAccount tokens.
import { writeFile } from 'node:fs/promises'
import { type ApiServer, kubeRequest } from './kube-api.ts'

export type ServiceAccount = { readonly namespace: string; readonly serviceAccount: string }

/** Ten years: longer than any test, short enough for the API server. */
const tokenSeconds = 10 * 365 * 24 * 3600

export async function writeKubeconfig(path: string, server: ApiServer, user: string, token: string): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fairlead',
    clusters: [{ name: 'fairlead', cluster: { server: server.url, 'certificate-authority': server.caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'fairlead', context: { cluster: 'fairlead', user } }],
  }
  // JSON is YAML; a secret is in it.
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
}

/** A token of an existing ServiceAccount, by TokenRequest. */
export async function serviceAccountToken(
  server: ApiServer,
  account: ServiceAccount,
  audiences?: readonly string[],
): Promise<string> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.serviceAccount}/token`
  const spec = { expirationSeconds: tokenSeconds, ...(audiences === undefined ? {} : { audiences }) }
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
  const answer = await kubeRequest<{ status: { token: string } }>(server, path, { method: 'POST', body })
  return answer.status.token
}
