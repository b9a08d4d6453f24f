// etcd: one member, its data in the environment's directory.
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

export type Etcd = { readonly url: string; readonly spec: ServerSpec }

export async function etcd(command: string, dataDir: string): Promise<Etcd> {
  const url = `http://127.0.0.1:${await freePort()}`
  const peer = `http://127.0.0.1:${await freePort()}`
  const flags: Readonly<Record<string, string>> = {
    name: 'only',
    'data-dir': dataDir,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `only=${peer}`,
    'log-level': 'warn',
    // What a killed process wrote survives in the page cache; only a power cut would lose it.
    'unsafe-no-fsync': 'true',
  }
  return {
    url,
    spec: {
      command,
      args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      // With the API server connected it takes seven seconds to leave, and its log makes SIGKILL as safe.
      graceSeconds: 1,
      ready: async () => (await ask(`${url}/health`, { timeoutMs: 2000 })).body.includes('"health":"true"'),
    },
  }
}
