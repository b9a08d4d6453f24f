import { execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cached } from '../env/cache.ts'
import { allComponents } from '../env/components.ts'
import { certificateRequest } from '../env/csr.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { kubeApply, kubeRequest } from '../env/kube-api.ts'
import { serviceAccountToken } from '../env/kubeconfig.ts'
import { createNodes } from '../env/nodes.ts'
import { ask } from '../env/probe.ts'
import { until } from '../env/until.ts'
import { configureVault } from '../env/vault.ts'
import { vaultRequest } from '../env/vault-api.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../env/main.ts')

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the real servers (real clock)', () => {
  let env: Environment

  beforeAll(async () => {
    env = await startEnvironment()
  }, 30 * 60_000)

  afterAll(() => env?.stop())

  it('a Deployment gets running pods with addresses of their nodes, and ready endpoints', async () => {
    const nodes = await createNodes(env.apiServer, 3)
    const labels = { app: 'game' }
    const metadata = { name: 'game', namespace: 'default' }
    const pod = {
      metadata: { labels },
      spec: { containers: [{ name: 'game', image: 'game:1', ports: [{ containerPort: 8080 }] }] },
    }
    const spec = { replicas: 3, selector: { matchLabels: labels }, template: pod }
    await kubeApply(env.apiServer, 'deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec })
    const ports = [{ port: 80, targetPort: 8080 }]
    await kubeApply(env.apiServer, 'services', { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports } })

    type Slices = {
      items: {
        endpoints: { addresses: string[]; nodeName: string; conditions: { ready: boolean } }[] | null
        ports: { port: number }[]
      }[]
    }
    const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=game'
    const slice = await until('three ready endpoints', async () => {
      const [first] = (await kubeRequest<Slices>(env.apiServer, path)).items
      return (first?.endpoints ?? []).filter(({ conditions }) => conditions.ready).length === 3 && first
    })
    expect(slice.ports.map(({ port }) => port)).toEqual([8080])
    for (const { addresses, nodeName } of slice.endpoints ?? []) {
      const node = nodes.find(({ name }) => name === nodeName)
      expect(addresses[0]).toMatch(new RegExp(`^${node?.podCidr.replace(/0\/24$/, '').replaceAll('.', '\\.')}`))
    }
    type Node = { spec: { providerID: string }; status: { addresses: { type: string; address: string }[] } }
    const node = await kubeRequest<Node>(env.apiServer, '/api/v1/nodes/node-2')
    expect(node.spec.providerID).toBe('aws:///us-east-1b/i-00000000000000002')
    expect(node.status.addresses).toContainEqual({ type: 'InternalIP', address: '10.0.32.10' })
  })

  it('kubectl speaks to the API server with the administrator’s file', async () => {
    const { stdout } = await run(env.kubectl, ['--kubeconfig', env.kubeconfig, 'version', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ serverVersion: { gitVersion: 'v1.37.2' } })
  })

  it('the audit log shows what a ServiceAccount was allowed and what was forbidden, and nothing of the administrator', async () => {
    const account = { namespace: 'default', serviceAccount: 'auditee' }
    const metadata = { name: account.serviceAccount, namespace: account.namespace }
    await kubeApply(env.apiServer, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    const kubeconfig = await env.kubeconfigFor(account)
    await run(env.kubectl, ['--kubeconfig', kubeconfig, 'auth', 'whoami'])
    await expect(run(env.kubectl, ['--kubeconfig', kubeconfig, 'get', 'secrets', '-n', 'default'])).rejects.toThrow(/Forbidden/)

    type Entry = { user: { username: string }; verb: string; objectRef?: { resource: string }; responseStatus?: { code: number } }
    const entries = (await readFile(env.auditLog, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry)
    const mine = entries.filter(({ user }) => user.username === 'system:serviceaccount:default:auditee')
    const seen = mine.map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.resource, responseStatus?.code])
    expect(seen).toContainEqual(['create', 'selfsubjectreviews', 201])
    expect(seen).toContainEqual(['list', 'secrets', 403])
    expect(entries.filter(({ user }) => !user.username.startsWith('system:serviceaccount:'))).toEqual([])
  })

  it('a restarted API server has its port and its data, also after SIGKILL of it and of etcd', async () => {
    const kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept', namespace: 'default' }, data: { a: '1' } }
    await kubeApply(env.apiServer, 'configmaps', kept)
    const read = () => kubeRequest(env.apiServer, '/api/v1/namespaces/default/configmaps/kept')
    const server = env.component('kube-apiserver')
    const before = server.pid
    await server.restart()
    expect(server.pid).not.toBe(before)
    expect(await read()).toMatchObject({ data: { a: '1' } })

    await server.kill('SIGKILL')
    await env.component('etcd').kill('SIGKILL')
    expect(server.pid).toBeUndefined()
    await expect(read()).rejects.toThrow(/ECONNREFUSED/)
    await env.component('etcd').start()
    await server.start()
    expect(await read()).toMatchObject({ data: { a: '1' } })
  })

  it('a paused server answers nothing, a resumed one goes on', async () => {
    const health = () => ask(`${env.vault.address}/v1/sys/health`, { timeoutMs: 300 })
    env.component('vault').pause()
    await expect(health()).rejects.toThrow(/no answer/)
    env.component('vault').resume()
    await until('Vault answers again', async () => (await health()).status === 200)
  })

  it('Vault signs for a ServiceAccount within its role, and the chain leads to the root', async () => {
    const { caPem, auth } = await configureVault(env.vault, env.apiServer)
    const account = { namespace: 'fairlead-system', serviceAccount: 'fairlead' }
    const metadata = { name: account.serviceAccount, namespace: account.namespace }
    await kubeApply(env.apiServer, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } })
    await kubeApply(env.apiServer, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    const jwt = await serviceAccountToken(env.apiServer, account, ['vault'])
    const login = await vaultRequest(env.vault, 'auth/kubernetes/login', {
      body: { role: auth.kubernetes?.role, jwt },
      token: null,
    })
    const token = login.auth?.client_token as string

    const { csr } = certificateRequest(['a.example.com'])
    const body = { csr, common_name: 'a.example.com', ttl: '1h' }
    const { data } = await vaultRequest(env.vault, 'pki_int/sign/web', { body, token })
    const leaf = new X509Certificate(data?.certificate as string)
    const issuing = new X509Certificate(String(data?.ca_chain).split(',')[0] ?? '')
    const root = new X509Certificate(caPem)
    expect(leaf.checkHost('a.example.com')).toBe('a.example.com')
    expect(leaf.checkIssued(issuing) && leaf.verify(issuing.publicKey)).toBe(true)
    expect(issuing.checkIssued(root) && issuing.verify(root.publicKey)).toBe(true)
    expect(root.subject).toBe('CN=Fairlead Test Root')

    const foreign = { csr: certificateRequest(['a.foreign.test'], 'ec').csr, common_name: 'a.foreign.test' }
    await expect(vaultRequest(env.vault, 'pki_int/sign/web', { body: foreign, token })).rejects.toMatchObject({ status: 400 })
    expect((await vaultRequest(env.vault, 'pki_int/roles/web', { token })).data).toMatchObject({ key_type: 'any' })
    for (const path of ['pki_int/issue/web', 'pki_int/sign-verbatim', 'pki_int/roles/web', 'pki/root/sign-intermediate']) {
      await expect(vaultRequest(env.vault, path, { body, token }), path).rejects.toMatchObject({ status: 403 })
    }
  })

  it('the AWS stand-in answers', async () => {
    expect((await ask(`${env.aws.endpoint}/_fairlead/health`)).status).toBe(200)
  })

  it('stop leaves no process and no directory', async () => {
    const pids = allComponents.map((name) => env.component(name).pid as number)
    expect(pids.filter(alive)).toHaveLength(allComponents.length)
    await env.stop()
    expect(pids.filter(alive)).toEqual([])
    await expect(access(env.dir)).rejects.toThrow(/ENOENT/)
  })
})

describe('servers of a process that is killed (real clock)', () => {
  it('die with it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fairlead-orphan-'))
    const source = `
      import { startEnvironment } from ${JSON.stringify(join(import.meta.dirname, '../env/environment.ts'))}
      const env = await startEnvironment({ components: ['etcd'], dir: ${JSON.stringify(dir)} })
      console.log(env.component('etcd').pid)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) =>
      createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line))),
    )
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    try {
      await until('etcd is gone', () => !alive(pid), { seconds: 10 })
    } finally {
      if (alive(pid)) process.kill(pid, 'SIGKILL')
      await rm(dir, { recursive: true, force: true })
    }
  })
})

describe('the cache of built servers (real clock)', () => {
  let root: string
  const before = process.env.FAIRLEAD_CACHE

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fairlead-cache-'))
    process.env.FAIRLEAD_CACHE = root
  })

  afterAll(async () => {
    if (before === undefined) delete process.env.FAIRLEAD_CACHE
    else process.env.FAIRLEAD_CACHE = before
    await rm(root, { recursive: true, force: true })
  })

  it('two that want an entry at once make it once', async () => {
    let made = 0
    const make = async (dir: string): Promise<void> => {
      made++
      await writeFile(join(dir, 'binary'), 'x')
    }
    const [a, b] = await Promise.all([cached('one', make), cached('one', make)])
    expect(made).toBe(1)
    expect([a.built, b.built].sort()).toEqual([false, true])
    expect(await readdir(a.dir)).toEqual(['binary'])
  })

  it('a failed build leaves neither an entry nor a lock, and the next one succeeds', async () => {
    const failing = cached('two', () => Promise.reject(new Error('no compiler')))
    await expect(failing).rejects.toThrow('no compiler')
    expect((await cached('two', () => Promise.resolve())).built).toBe(true)
    expect((await readdir(root)).filter((name) => name.startsWith('two'))).toEqual(['two'])
  })

  it('the lock of a process that died is taken over', async () => {
    const gone = spawn('/bin/sh', ['-c', 'exit 0'])
    await new Promise((resolve) => gone.once('exit', resolve))
    await writeFile(join(root, 'three.lock'), String(gone.pid))
    expect((await cached('three', () => Promise.resolve())).built).toBe(true)
  })

  for (const [component, needed] of [
    ['etcd', 'Go 1.26'],
    ['aws', 'Python 3.11'],
  ] as const) {
    it(`without ${needed} there is one line that says so`, async () => {
      const env = { PATH: '/nowhere', FAIRLEAD_CACHE: root }
      const failed = await run(process.execPath, [main, 'build', '--components', component], { env }).catch(
        (error: unknown) => error,
      )
      expect(failed).toMatchObject({ code: 1, stdout: '' })
      expect((failed as { stderr: string }).stderr).toMatch(
        new RegExp(`^${needed} or newer is needed to .*; none was found in PATH\n$`),
      )
    })
  }
})
