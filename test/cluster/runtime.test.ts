import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesClient } from '../../controllers/cluster/client.ts'
import { isForbidden, KubernetesError } from '../../controllers/cluster/errors.ts'
import { CONFIG_MAPS, INGRESSES, NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { until } from '../env/until.ts'
import type { ProxyFault } from '../support/fault-proxy.ts'
import { followed, kubeconfigAt, live, type ProxiedWorld, proxiedWorld } from './runtime-world.ts'

const INGRESS_COUNT = process.env.FAIRLEAD_LONG === '1' ? 10_000 : 2_000

describe('the runtime against the API server (real clock)', () => {
  let env: Environment
  let world: ProxiedWorld
  beforeAll(async () => {
    env = await startEnvironment({ components: ['kube-apiserver'] })
    world = await proxiedWorld(env)
    for (let count = 0; count < 3; count++) await world.write()
  })
  afterAll(async () => {
    await world.close()
    await env.stop()
  })

  const codes = (problems: readonly unknown[]) =>
    problems.map((problem) => (problem instanceof KubernetesError ? problem.code : String(problem)))
  const watchesOf = (request: { watch: boolean }) => request.watch
  const lists = (request: { watch: boolean; url: string }) => !request.watch && request.url.includes('/configmaps?')

  it('loses and repeats nothing when its watch is killed while objects change', async () => {
    await using view = followed(world)
    await view.reflector.synced
    for (let round = 0; round < 8; round++) {
      await world.write()
      world.proxy.breakWatches()
      await world.write()
    }
    await view.equal()
    expect(view.repeated()).toEqual([])
    expect(view.reflector.counts.lists).toBe(1)
    expect(codes(view.problems)).toContain('KUBERNETES_CONNECTION')
  })

  const outages: readonly (readonly [string, ProxyFault['how']])[] = [
    ['429 with Retry-After', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
    ['500', { kind: 'answer', status: 500 }],
    ['503 from something in between', { kind: 'answer', status: 503 }],
    ['a reset connection', { kind: 'reset' }],
  ]
  for (const [name, how] of outages) {
    it(`comes through ${name}, at the list and at the watch`, async () => {
      world.proxy.fail({ on: lists, how })
      await using view = followed(world)
      const asked = performance.now()
      await view.reflector.synced
      if (how.kind === 'answer' && how.headers !== undefined) expect(performance.now() - asked).toBeGreaterThan(990)
      world.proxy.fail({ on: watchesOf, how, times: 3 })
      world.proxy.breakWatches()
      await world.write()
      await view.equal()
      expect(view.repeated()).toEqual([])
      expect(view.reflector.counts.lists).toBe(2)
    })
  }

  it('notices a stream that has gone silent, and goes on where it was', async () => {
    await using view = followed(world, { idleMs: 1_500 })
    await view.reflector.synced
    await until('the watch is open', () => view.reflector.counts.watches > 0 && world.proxy.requests.some(watchesOf))
    world.proxy.stallWatches()
    await world.write()
    world.proxy.fail({ on: watchesOf, how: { kind: 'stall' } })
    await view.equal()
    expect(codes(view.problems)).toContain('KUBERNETES_TIMEOUT')
    expect(view.reflector.counts.lists).toBe(1)
    expect(view.repeated()).toEqual([])
  })

  it('lists again when a continuation is gone, and when the watch is', async () => {
    const gone = { kind: 'answer', status: 410, body: { kind: 'Status', reason: 'Expired', code: 410 } } as const
    world.proxy.fail({ on: (request) => request.url.includes('continue='), how: gone })
    await using view = followed(world, { pageSize: 5 })
    await view.reflector.synced
    // What is written after the list comes by the watch only: it is open now, and can be broken.
    await world.write()
    await view.equal()
    const before = view.reflector.counts.lists
    world.proxy.fail({ on: watchesOf, how: gone })
    world.proxy.breakWatches()
    await world.write()
    await view.equal()
    await until('the list was read again', () => view.reflector.counts.lists > before)
    expect(view.repeated()).toEqual([])
  })

  it('survives a handler that throws', async () => {
    await using view = followed(world)
    view.store.subscribe(() => {
      throw new Error('boom')
    })
    await view.reflector.synced
    await world.write()
    await view.equal()
    expect(codes(view.problems)).toContain('Error: boom')
    expect(view.reflector.counts).toEqual({ lists: 1, watches: 1 })
  })

  it('makes two hundred requests over a few connections, and gives each a deadline', async () => {
    const client = kubernetesClient({ kubeconfig: world.through, fieldManager: 'test', requestTimeoutMs: 300, clock: realClock })
    const before = world.proxy.connections()
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 10 }, () => client.list(NAMESPACES, { limit: 1 }, live)))
    }
    expect(world.proxy.connections() - before).toBeLessThanOrEqual(8)
    world.proxy.fail({ on: (request) => request.method === 'PATCH', how: { kind: 'hang' } })
    const hanging = client.patch(CONFIG_MAPS, { namespace: 'shop', name: 'thing-0' }, {}, { kind: 'merge' }, live)
    await expect(hanging).rejects.toMatchObject({ code: 'KUBERNETES_TIMEOUT', status: 0 })
    await client.close()
  })

  it('tells of each call, asks the fence before each write but a lease, and sends nothing it refuses', async () => {
    const calls: object[] = []
    const client = kubernetesClient({
      kubeconfig: world.through,
      fieldManager: 'test',
      requestTimeoutMs: 5_000,
      clock: realClock,
      onCall: ({ ms, ...call }) => calls.push(call),
      beforeWrite: () => {
        throw new RangeError('no longer')
      },
    })
    const before = world.proxy.requests.length
    await expect(client.delete(CONFIG_MAPS, { namespace: 'shop', name: 'thing-0' }, {}, live)).rejects.toThrow(RangeError)
    expect(world.proxy.requests.length).toBe(before)
    await client.get(CONFIG_MAPS, { namespace: 'shop', name: 'thing-0' }, live)
    await client.get(CONFIG_MAPS, { namespace: 'shop', name: 'nowhere' }, live).catch(() => undefined)
    const call = { verb: 'get', kind: 'ConfigMap', namespace: 'shop', name: 'thing-0', write: false }
    expect(calls).toEqual([
      { ...call, status: 200 },
      { ...call, name: 'nowhere', status: 404 },
    ])
    expect(await client.clusterId()).toMatch(/^[0-9a-f-]{36}$/)
    await client.close()
  })

  it('reads a token again that is no longer accepted', async () => {
    let ahead = 0
    const clock = { ...realClock, monotonic: () => performance.now() + ahead }
    const kubeconfig = await kubeconfigAt(env, 'rotated', env.apiServer.url, 'expired')
    const client = kubernetesClient({ kubeconfig, fieldManager: 'test', requestTimeoutMs: 5_000, clock })
    const ask = () => client.list(NAMESPACES, { limit: 1 }, live)
    expect(isForbidden(await ask().catch((error: unknown) => error))).toBe(true)
    await kubeconfigAt(env, 'rotated', env.apiServer.url)
    ahead = 6_000
    await ask().catch(() => undefined)
    expect((await ask()).items).toHaveLength(1)
    await client.close()
  })

  it(`lists ${INGRESS_COUNT} Ingresses in pages`, async () => {
    const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
    const names = Array.from({ length: INGRESS_COUNT }, (_, index) => `web-${index}`)
    const create = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await world.direct.create(INGRESSES, { metadata: { namespace: 'shop', name }, spec } as never, live)
      }
    }
    await Promise.all(Array.from({ length: 8 }, create))
    const before = world.proxy.requests.length
    await using view = followed(world, { kind: INGRESSES })
    await view.reflector.synced
    expect(view.store.size).toBe(INGRESS_COUNT)
    expect(view.reflector.counts.lists).toBe(INGRESS_COUNT / 500)
    const pages = world.proxy.requests.slice(before).filter((request) => !request.watch)
    expect(pages.every((request) => request.url.includes('limit=500'))).toBe(true)
    expect(view.repeated()).toEqual([])
  })

  it('comes through a restart of the API server', async () => {
    await using view = followed(world)
    await view.reflector.synced
    await env.component('kube-apiserver').kill('SIGKILL')
    await env.component('kube-apiserver').start()
    await until('the API server takes a write', async () => {
      await world.write()
      return true
    })
    await view.equal()
    expect(view.repeated()).toEqual([])
  })

  it('comes through a restart of etcd', async () => {
    await using view = followed(world)
    await view.reflector.synced
    await env.component('etcd').kill('SIGKILL')
    await env.component('etcd').start()
    await until('the API server takes a write', async () => {
      await world.write()
      return true
    })
    await view.equal()
    expect(view.repeated()).toEqual([])
  })
})
