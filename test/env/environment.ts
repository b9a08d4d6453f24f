// The real servers of the demo and of the contract, cluster and fault tests, started together on loopback.
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Binaries, ensureBinaries } from './binaries.ts'
import { allComponents, type Component, withNeeds } from './components.ts'
import { type ApiServer, kubeRequest } from './kube-api.ts'
import { type ServiceAccount, serviceAccountToken, writeKubeconfig } from './kubeconfig.ts'
import { ServerProcess, type ServerSpec, ServerStartError } from './process.ts'
import { awsCallLog, keepServerUsage } from './server-usage.ts'
import { aws } from './servers/aws.ts'
import { etcd } from './servers/etcd.ts'
import { type KubeApiServer, kubeApiServer } from './servers/kube-apiserver.ts'
import { kubeControllerManager } from './servers/kube-controller-manager.ts'
import { kubeScheduler } from './servers/kube-scheduler.ts'
import { kwok } from './servers/kwok.ts'
import { type Vault, vault } from './servers/vault.ts'
import { until } from './until.ts'
import { vaultRequest } from './vault-api.ts'

export type EnvironmentOptions = {
  /** Default: all. What a component needs is started with it. */
  readonly components?: readonly Component[]
  /** For logs, data and credentials. Default: a temporary directory, removed by stop(). */
  readonly dir?: string
  /** One line per finished step. */
  readonly progress?: (line: string) => void
  /** What goes on right now; each call replaces the last. */
  readonly status?: (line: string) => void
  /** Further arguments of the AWS stand-in. */
  readonly awsArgs?: readonly string[]
}

/** Starts the servers, building first what the cache does not hold. On failure nothing is left running. */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const { components = allComponents, progress = () => undefined, status = () => undefined, awsArgs = [] } = options
  const wanted = withNeeds(components)
  const binaries = await ensureBinaries(wanted, { progress, status })
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'fairlead-')))
  await mkdir(dir, { recursive: true })
  const environment = new Environment(dir, options.dir === undefined, binaries)
  try {
    const started = performance.now()
    await environment.start(wanted, awsArgs, { progress, status })
    progress(`all servers ready in ${((performance.now() - started) / 1000).toFixed(1)} s`)
    return environment
  } catch (error) {
    // The logs are the evidence: they stay.
    await environment.stop({ keepDir: true })
    throw error
  }
}

type Report = { readonly progress: (line: string) => void; readonly status: (line: string) => void }

export class Environment implements AsyncDisposable {
  readonly dir: string
  /** What tests bring about on purpose is no fault at the end of the suite. */
  readonly wantedRefusals = { takenAway: [] as string[], startedAnew: [] as { from: number; to: number }[] }
  readonly #temporary: boolean
  readonly #binaries: Binaries
  readonly #processes = new Map<Component, ServerProcess>()
  readonly #starting = new Set<Component>()
  #apiServer: KubeApiServer | undefined
  #vault: Vault | undefined
  #aws: { readonly endpoint: string } | undefined

  constructor(dir: string, temporary: boolean, binaries: Binaries) {
    this.dir = dir
    this.#temporary = temporary
    this.#binaries = binaries
  }

  /** The administrator's kubeconfig file. */
  get kubeconfig(): string {
    return join(this.dir, 'admin.kubeconfig')
  }

  get apiServer(): ApiServer {
    return this.#kubernetes()
  }

  /** JSON lines, level Metadata: every request of any ServiceAccount, with its response status. */
  get auditLog(): string {
    return this.#kubernetes().auditLog
  }

  get vault(): Vault {
    return present('vault', this.#vault)
  }

  get aws(): { readonly endpoint: string } {
    return present('aws', this.#aws)
  }

  /** Path of the kubectl binary. */
  get kubectl(): string {
    return this.#binaries.path('kubectl')
  }

  /** Path of the vault binary, which is the command line as well. */
  get vaultCommand(): string {
    return this.#binaries.path('vault')
  }

  /** The Python that runs the AWS stand-in, with botocore. */
  get python(): string {
    return this.#binaries.python()
  }

  component(name: Component): ServerProcess {
    return present(name, this.#processes.get(name))
  }

  /** A kubeconfig file that acts as an existing ServiceAccount, with a token that outlives any test. */
  async kubeconfigFor(account: ServiceAccount): Promise<string> {
    const path = join(this.dir, `${account.namespace}-${account.serviceAccount}.kubeconfig`)
    const token = await serviceAccountToken(this.apiServer, account)
    await writeKubeconfig(path, this.apiServer, account.serviceAccount, token)
    return path
  }

  /** Starts the API server anew, on the same port and with what it had stored. */
  async restartApiServer(): Promise<void> {
    await this.component('kube-apiserver').stop()
    await this.startAnew('kube-apiserver')
  }

  /** Starts a server that was stopped. Until the API server is ready it has not read what RBAC grants, and refuses all. */
  async startAnew(name: Component): Promise<void> {
    const from = Date.now()
    await this.component(name).start()
    if (name === 'kube-apiserver') this.wantedRefusals.startedAnew.push({ from, to: Date.now() })
  }

  /** Ends every server and removes the directory if it was a temporary one. Safe to call twice. */
  async stop({ keepDir = false }: { readonly keepDir?: boolean } = {}): Promise<void> {
    const last: readonly Component[] = ['kube-apiserver', 'etcd']
    const rest = [...this.#processes.keys()].filter((name) => !last.includes(name))
    const end = (name: Component): Promise<void> | undefined => this.#processes.get(name)?.stop('SIGTERM', 3)
    await Promise.all(rest.map(end))
    for (const name of last) await end(name)
    await keepServerUsage({ auditLog: this.#apiServer?.auditLog, vaultLog: this.#vaultLog, wanted: this.wantedRefusals })
    if (this.#temporary && !keepDir) await rm(this.dir, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  get #vaultLog(): string {
    return join(this.dir, 'vault-audit.log')
  }

  async start(wanted: readonly Component[], awsArgs: readonly string[], report: Report): Promise<void> {
    const wants = (name: Component): boolean => wanted.includes(name)
    const results = await Promise.allSettled([
      wants('etcd') ? this.#startKubernetes(wants, report) : undefined,
      wants('vault') ? this.#startVault(report) : undefined,
      wants('aws') ? this.#startAws(awsArgs, report) : undefined,
    ])
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #startKubernetes(wants: (name: Component) => boolean, report: Report): Promise<void> {
    const store = await this.#launch('etcd', report, () => etcd(this.#binaries.path('etcd'), join(this.dir, 'etcd')))
    if (!wants('kube-apiserver')) return
    const path = this.#binaries.path('kube-apiserver')
    const server = await this.#launch('kube-apiserver', report, () => kubeApiServer(path, join(this.dir, 'apiserver'), store.url))
    this.#apiServer = server
    const { kubeconfig } = this
    await writeKubeconfig(kubeconfig, server, 'admin', server.adminToken)
    const certDir = join(this.dir, 'certs')
    const clients: Partial<Record<Component, () => Promise<ServerSpec>>> = {
      'kube-controller-manager': () =>
        kubeControllerManager(this.#binaries.path('kube-controller-manager'), join(certDir, 'controller-manager'), {
          ...server,
          kubeconfig,
        }),
      'kube-scheduler': () => kubeScheduler(this.#binaries.path('kube-scheduler'), join(certDir, 'scheduler'), kubeconfig),
      kwok: () => kwok(this.#binaries.path('kwok'), this.#binaries.stages(), kubeconfig),
    }
    const results = await Promise.allSettled(
      Object.entries(clients)
        .filter(([name]) => wants(name as Component))
        .map(([name, make]) => this.#launch(name as Component, report, async () => ({ spec: await make() }))),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
    // Pods are refused until the controller manager has made their namespace's ServiceAccount.
    const account = '/api/v1/namespaces/default/serviceaccounts/default'
    if (wants('kube-controller-manager')) await until('the default ServiceAccount', () => kubeRequest(server, account))
  }

  async #startVault(report: Report): Promise<void> {
    const home = join(this.dir, 'vault')
    await mkdir(home, { recursive: true })
    this.#vault = await this.#launch('vault', report, () => vault(this.#binaries.path('vault'), home))
    const audit = { type: 'file', options: { file_path: this.#vaultLog } }
    await vaultRequest(this.#vault, 'sys/audit/file', { body: audit })
  }

  async #startAws(args: readonly string[], report: Report): Promise<void> {
    this.#aws = await this.#launch('aws', report, () => aws(this.#binaries.python(), [...args, ...awsCallLog()]))
  }

  /** Starts one server, on other ports if somebody took the chosen ones first. */
  async #launch<T extends { readonly spec: ServerSpec }>(
    name: Component,
    { progress, status }: Report,
    make: () => Promise<T>,
  ): Promise<T> {
    const started = performance.now()
    this.#starting.add(name)
    const tell = (): void => status(this.#starting.size === 0 ? '' : `starting ${[...this.#starting].join(', ')}`)
    tell()
    for (let attempt = 1; ; attempt++) {
      const server = await make()
      await access(server.spec.command)
      const running = new ServerProcess(name, join(this.dir, `${name}.log`), server.spec)
      this.#processes.set(name, running)
      try {
        await running.start()
        this.#starting.delete(name)
        tell()
        progress(`${name} ready after ${((performance.now() - started) / 1000).toFixed(1)} s`)
        return server
      } catch (error) {
        if (!(error instanceof ServerStartError && error.portTaken && attempt < 3)) throw error
      }
    }
  }

  #kubernetes(): KubeApiServer {
    return present('kube-apiserver', this.#apiServer)
  }
}

function present<T>(name: Component, value: T | undefined): T {
  if (value === undefined) throw new Error(`${name} is not part of this environment`)
  return value
}
