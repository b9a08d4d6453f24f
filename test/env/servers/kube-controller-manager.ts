// The controllers an application's objects need; no node CIDRs, no volumes, no cloud.
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

const controllers = [
  'clusterrole-aggregation-controller',
  'daemonset-controller',
  'deployment-controller',
  'disruption-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'replicaset-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
  'taint-eviction-controller',
  'validatingadmissionpolicy-status-controller',
]

export async function kubeControllerManager(
  command: string,
  certDir: string,
  server: { readonly kubeconfig: string; readonly caFile: string; readonly signingKey: string },
): Promise<ServerSpec> {
  const port = await freePort()
  const flags: Readonly<Record<string, string>> = {
    kubeconfig: server.kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': certDir,
    'leader-elect': 'false',
    controllers: controllers.join(','),
    'allocate-node-cidrs': 'false',
    'service-account-private-key-file': server.signingKey,
    'root-ca-file': server.caFile,
    // The defaults (20 a second) are for a cluster, not for a test that waits.
    'kube-api-qps': '300',
    'kube-api-burst': '600',
  }
  return {
    command,
    args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ready: async () => (await ask(`https://127.0.0.1:${port}/healthz`, { ca: 'any', timeoutMs: 2000 })).status === 200,
  }
}
