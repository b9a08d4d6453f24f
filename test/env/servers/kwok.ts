// KWOK plays the kubelets: nodes stay Ready, pods placed on them become Running with an address.
import { join } from 'node:path'
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'

const stages = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
]

export async function kwok(command: string, stageDir: string, kubeconfig: string): Promise<ServerSpec> {
  const address = `127.0.0.1:${await freePort()}`
  return {
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      ...stages.map((stage) => `--config=${join(stageDir, stage)}`),
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
      // For nodes without a podCIDR; ours have one each.
      '--cidr=10.255.0.0/16',
      '--node-ip=10.254.0.1',
      `--server-address=${address}`,
    ],
    ready: async () => (await ask(`http://${address}/healthz`, { timeoutMs: 2000 })).status === 200,
  }
}
