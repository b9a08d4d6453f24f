import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG_MAPS, LEASES } from '../../controllers/cluster/kubernetes.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { until } from '../env/until.ts'
import { kubeconfigAt, live, type ProxiedWorld, proxiedWorld } from './runtime-world.ts'

type Holder = { readonly identity: string; readonly child: ChildProcess; readonly said: string[] }

describe('the lease, fought for by processes (real clock)', () => {
  let env: Environment
  let world: ProxiedWorld
  const holders: Holder[] = []
  /** Who wrote, in the order in which the server took it. */
  const writers: string[] = []
  const stop = new AbortController()
  let watching: Promise<void>

  function holder(identity: string, kubeconfig: string): Holder {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'lease-holder.ts'), kubeconfig, identity], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    child.stdout?.on('data', (chunk: Buffer) => said.push(...chunk.toString().trim().split('\n')))
    const made = { identity, child, said }
    holders.push(made)
    return made
  }
  const leads = (one: Holder, times = 1) =>
    until(`${one.identity} leads`, () => one.said.filter((word) => word === 'leads').length >= times, { seconds: 20 })
  const wrote = (one: Holder, since: number) => until(`${one.identity} writes`, () => writers.indexOf(one.identity, since) >= 0)

  beforeAll(async () => {
    env = await startEnvironment({ components: ['kube-apiserver'] })
    world = await proxiedWorld(env)
    const at = { namespace: 'shop', name: 'written' }
    const made = await world.direct.create(CONFIG_MAPS, { metadata: at }, live)
    watching = (async () => {
      const query = { namespace: 'shop', resourceVersion: made.metadata.resourceVersion, timeoutSeconds: 600 }
      for await (const event of world.direct.watch(CONFIG_MAPS, query, stop.signal)) {
        if (event.type === 'MODIFIED') writers.push((event.object as KubeObject & { data: { writer: string } }).data.writer)
      }
    })().catch(() => undefined)
  })
  afterAll(async () => {
    for (const { child } of holders) child.kill('SIGKILL')
    stop.abort()
    await watching
    await world.close()
    await env.stop()
  })

  it('goes from a leader that stops to the next at once, from a paused or cut-off one when it is over, and never to two', async () => {
    const one = holder('one', env.kubeconfig)
    await leads(one)
    const two = holder('two', await kubeconfigAt(env, 'two', world.proxy.url))
    await wrote(one, 0)

    // A paused leader wakes after its lease is gone: it must not write again.
    one.child.kill('SIGSTOP')
    await leads(two)
    await wrote(two, 0)
    const mark = writers.length
    one.child.kill('SIGCONT')
    await until('the woken leader knows', () => one.said.includes('LEASE_LOST'))
    await until('the other goes on writing', () => writers.length > mark + 20)
    expect(writers.slice(writers.indexOf('two'))).not.toContain('one')
    expect(one.said).not.toContain('failed')

    // A leader whose API server no longer answers stops by itself, before the next one starts.
    world.proxy.fail({ on: () => true, how: { kind: 'hang' }, times: 1_000_000 })
    await until('the cut-off leader stops', () => two.said.includes('LEASE_LOST'), { seconds: 10 })
    expect(one.said.filter((word) => word === 'leads')).toHaveLength(1)
    await leads(one, 2)
    const handover = writers.lastIndexOf('two')
    await wrote(one, handover)
    expect(writers.slice(writers.indexOf('one', writers.indexOf('two')))).not.toContain('two')

    // A leader that stops releases.
    const three = holder('three', env.kubeconfig)
    await until(
      'the third waits',
      async () => (await world.direct.get(LEASES, { namespace: 'shop', name: 'contested' }, live)) !== null,
    )
    one.child.kill('SIGTERM')
    await once(one.child, 'exit')
    const released = performance.now()
    expect(one.said.at(-1)).toBe('LEASE_STOPPED')
    await leads(three)
    expect(performance.now() - released).toBeLessThan(4_000)
    expect(writers.filter((name, index) => index > 0 && name !== writers[index - 1])).toEqual(
      ['two', 'one', 'three'].slice(0, writers.includes('three') ? 3 : 2),
    )
  })
})
