import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubernetesClient } from '../../controllers/cluster/client.ts'
import { CONFIG_MAPS, NAMESPACES, type ResourceKind } from '../../controllers/cluster/kubernetes.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { Reflector, type ReflectorOptions } from '../../controllers/runtime/reflector.ts'
import { Store } from '../../controllers/runtime/store.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'
import type { Environment } from '../env/environment.ts'
import { until } from '../env/until.ts'
import { faultProxy } from '../support/fault-proxy.ts'

export const live = new AbortController().signal

/** A kubeconfig of the administrator for another address of the API server. */
export async function kubeconfigAt(
  env: Environment,
  name: string,
  server: string,
  token: string = env.apiServer.adminToken,
): Promise<string> {
  const path = join(env.dir, `${name}.kubeconfig`)
  const trust = server.startsWith('https:')
    ? { 'certificate-authority': env.apiServer.caFile }
    : { 'insecure-skip-tls-verify': true }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    // client-node takes plain HTTP only with insecure-skip-tls-verify.
    clusters: [{ name: 'x', cluster: { server, ...trust } }],
    users: [{ name: 'x', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

/** The API server, directly and through a proxy that can break things. */
export async function proxiedWorld(env: Environment) {
  const proxy = await faultProxy({ url: env.apiServer.url, ca: await readFile(env.apiServer.caFile, 'utf8') })
  const through = await kubeconfigAt(env, `proxy-${Math.trunc(performance.now())}`, proxy.url)
  const client = (kubeconfig: string) =>
    kubernetesClient({ kubeconfig, fieldManager: 'test', requestTimeoutMs: 5_000, clock: realClock })
  const direct = client(env.kubeconfig)
  const api = client(through)
  await direct.create(NAMESPACES, { metadata: { name: 'shop' } }, live)
  let serial = 0

  return {
    proxy,
    api,
    direct,
    through,
    /** Makes an object, and changes it once. */
    async write(name = `thing-${serial++}`): Promise<void> {
      const at = { namespace: 'shop', name }
      await direct.create(CONFIG_MAPS, { metadata: at }, live)
      await direct.patch(CONFIG_MAPS, at, { data: { changed: 'yes' } }, { kind: 'merge' }, live)
    },
    remove: (name: string) => direct.delete(CONFIG_MAPS, { namespace: 'shop', name }, {}, live),
    async close(): Promise<void> {
      await Promise.all([api.close(), direct.close()])
      await proxy.close()
    },
  }
}

export type ProxiedWorld = Awaited<ReturnType<typeof proxiedWorld>>

/** A reflector through the proxy, with what it told, and whether it holds what the server does. */
export function followed(
  world: ProxiedWorld,
  options: Partial<ReflectorOptions<KubeObject>> & { readonly kind?: ResourceKind } = {},
) {
  const problems: unknown[] = []
  const store = new Store({ onError: (error) => problems.push(error) })
  const told: string[] = []
  store.subscribe((before, after) => {
    const object = after ?? before
    told.push(`${after === null ? 'removed' : 'is'} ${object?.metadata.uid} ${object?.metadata.resourceVersion}`)
  })
  const kind = options.kind ?? CONFIG_MAPS
  const reflector = new Reflector({
    api: world.api,
    selection: { namespace: 'shop' },
    store,
    clock: realClock,
    random: Math.random,
    onProblem: (problem) => problems.push(problem),
    backoff: { baseMs: 50, maxMs: 500 },
    ...options,
    kind,
  })
  const stop = new AbortController()
  const run = reflector.run(stop.signal)
  const versions = (objects: readonly KubeObject[]) =>
    objects.map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort()
  return {
    reflector,
    store,
    problems,
    told,
    /** Nothing was told twice. */
    repeated: () => told.filter((line, index) => told.indexOf(line) !== index),
    equal: () =>
      until('the store holds what the server does', async () => {
        const page = await world.direct.list(kind, { namespace: 'shop' }, live)
        return JSON.stringify(versions(page.items)) === JSON.stringify(versions(store.list()))
      }),
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort(new Error('the test is over'))
      await run
    },
  }
}
