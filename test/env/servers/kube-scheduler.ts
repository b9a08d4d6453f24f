// Places pods on the fake nodes, so that samples need no nodeName.
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

export async function kubeScheduler(command: string, certDir: string, kubeconfig: string): Promise<ServerSpec> {
  const port = await freePort()
  const flags: Readonly<Record<string, string>> = {
    kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': certDir,
    'leader-elect': 'false',
    'kube-api-qps': '300',
    'kube-api-burst': '600',
  }
  return {
    command,
    args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ready: async () => (await ask(`https://127.0.0.1:${port}/healthz`, { ca: 'any', timeoutMs: 2000 })).status === 200,
  }
}
