// The Kubernetes API server: RBAC, audit log, ServiceAccount issuer, a certificate it makes for itself.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiServer } from '../kube-api.ts'
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

export type KubeApiServer = ApiServer & {
  readonly auditLog: string
  /** Signs ServiceAccount tokens; the controller manager needs it too. */
  readonly signingKey: string
  readonly spec: ServerSpec
}

/**
 * Who did what, for ServiceAccounts of any namespace; the administrator's own requests would drown them.
 * ResponseStarted is kept: it shows a watch while it is still open.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }],
}

export async function kubeApiServer(command: string, dir: string, etcdUrl: string): Promise<KubeApiServer> {
  await mkdir(dir, { recursive: true })
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const adminToken = randomBytes(24).toString('base64url')
  const at = (name: string): string => join(dir, name)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await Promise.all([
    writeFile(at('service-account.key'), privateKey, { mode: 0o600 }),
    writeFile(at('service-account.pub'), publicKey),
    writeFile(at('tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 }),
    writeFile(at('audit-policy.yaml'), JSON.stringify(auditPolicy)),
  ])
  const auditLog = at('audit.log')
  const caFile = at('ca.crt')
  const flags: Readonly<Record<string, string>> = {
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'advertise-address': '127.0.0.1',
    // The "kubernetes" Service would need endpoints, and those may not be loopback addresses.
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': '10.96.0.0/16',
    'cert-dir': dir,
    'token-auth-file': at('tokens.csv'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': url,
    'service-account-signing-key-file': at('service-account.key'),
    'service-account-key-file': at('service-account.pub'),
    'audit-policy-file': at('audit-policy.yaml'),
    'audit-log-path': auditLog,
    'allow-privileged': 'true',
    // On SIGTERM end the open watches at once; by default it waits a minute for their clients to go.
    'shutdown-watch-termination-grace-period': '1s',
    'shutdown-delay-duration': '0s',
    'shutdown-send-retry-after': 'false',
  }
  return {
    url,
    caFile,
    adminToken,
    auditLog,
    signingKey: at('service-account.key'),
    spec: {
      command,
      args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ready: async () => {
        const ca = await ownAuthority(at('apiserver.crt'))
        if (ca === undefined) return false
        await writeFile(caFile, ca)
        const { status } = await ask(`${url}/readyz`, { ca, headers: { authorization: `Bearer ${adminToken}` }, timeoutMs: 5000 })
        return status === 200
      },
    },
  }
}

/** The API server writes its certificate and, after it, the one of the authority it made up for it. */
async function ownAuthority(chainFile: string): Promise<string | undefined> {
  const chain = await readFile(chainFile, 'utf8').catch(() => '')
  const authority = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)?.[1]
  return authority
}
