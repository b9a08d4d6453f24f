import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditLine } from '../../controllers/shared/audit-line.ts'
import { FairleadProcess } from '../env/fairlead-process.ts'
import { AWS_ENV, type Stage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts'

/** One of several Fairleads on a stage, each with a network of its own to every server. */
export type Replica = {
  readonly name: string
  readonly process: FairleadProcess
  readonly network: { readonly kubernetes: TcpProxy; readonly vault: TcpProxy; readonly aws: TcpProxy }
  start(): void
  /** The identity of its latest life; it has written it when it has started. */
  identity(): Promise<string>
  /** Request ids of every write to AWS that its audit trail tells of. */
  requestIds(): Promise<ReadonlySet<string>>
  stop(): Promise<void>
}

export async function replica(stage: Stage, name: string, overrides: Readonly<Record<string, unknown>> = {}): Promise<Replica> {
  const { environment } = stage
  const [kubernetes, vault, aws] = await Promise.all([
    tcpProxy(environment.apiServer.url),
    tcpProxy(environment.vault.address),
    tcpProxy(environment.aws.endpoint),
  ])
  const config = JSON.parse(await readFile(stage.configFile, 'utf8')) as {
    readonly aws: object
    readonly vaults: { readonly default: object }
  }
  const configFile = join(environment.dir, `${name}.json`)
  const through = ({ port }: TcpProxy) => `http://127.0.0.1:${port}`
  const networked = {
    ...config,
    aws: { ...config.aws, endpoint: through(aws) },
    vaults: { default: { ...config.vaults.default, address: through(vault) } },
    ...overrides,
  }
  await writeFile(configFile, JSON.stringify(networked))
  const real = JSON.parse(await readFile(stage.kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly name: string; readonly cluster: object }[]
  }
  const kubeconfig = join(environment.dir, `${name}.kubeconfig`)
  const server = `https://127.0.0.1:${kubernetes.port}`
  const clusters = real.clusters.map((item) => ({ ...item, cluster: { ...item.cluster, server } }))
  await writeFile(kubeconfig, JSON.stringify({ ...real, clusters }), { mode: 0o600 })
  const logFile = join(environment.dir, `${name}.log`)
  const process = new FairleadProcess({
    args: ['--config', configFile, '--kubeconfig', kubeconfig, 'run'],
    env: AWS_ENV,
    logFile,
  })
  const lines = async () =>
    (await readFile(logFile, 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { readonly msg?: string; readonly identity?: string })
  let lives = 0
  return {
    name,
    process,
    start() {
      lives++
      process.start()
    },
    network: { kubernetes, vault, aws },
    identity: () =>
      until(`${name} has started`, async () => (await lines()).filter(({ msg }) => msg === 'starting')[lives - 1]?.identity, {
        seconds: 30,
      }),
    async requestIds() {
      const outcomes = (await lines()).flatMap((line) => {
        const { data } = auditLine.safeParse(line)
        return data?.kind === 'outcome' ? [data] : []
      })
      return new Set(outcomes.flatMap(({ calls }) => calls.flatMap(({ requestId }) => requestId ?? [])))
    },
    async stop() {
      process.resume()
      await process.stop()
      await Promise.all([kubernetes.close(), vault.close(), aws.close()])
    },
  }
}
