import { describe, expect, it } from 'vitest'
import { kubernetesErrorOf } from '../../../controllers/cluster/errors.ts'
import { CONFIG_MAPS, type Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import type { Store } from '../../../controllers/runtime/store.ts'

import { given, status } from './reflector-world.ts'

describe('reflector (simulated clock)', () => {
  it('does not list again and again where it may list and not watch, and follows when it may', async () => {
    const { server, start, apply, clock, reflector, names, codes } = given()
    let refused = true
    server.fail({
      on: ({ verb }) => refused && verb === 'watch',
      mode: 'before',
      error: () => status(403, 'Forbidden'),
      times: 1e9,
    })
    apply('a')
    void start()
    await clock.advance(600_000)
    expect(reflector.counts.lists).toBe(1)
    expect(reflector.counts.watches).toBeLessThan(50)
    expect(new Set(codes())).toEqual(new Set(['KUBERNETES_FORBIDDEN']))
    refused = false
    apply('b')
    await clock.advance(60_000)
    expect(names()).toEqual(['a', 'b'])
  })

  it('lists in pages, then follows the watch', async () => {
    const { apply, remove, start, reflector, seen, clock } = given({ pageSize: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) apply(name)
    void start()
    await reflector.synced
    await clock.settle()
    expect(reflector.counts).toEqual({ lists: 3, watches: 1 })
    apply('b', { x: '1' })
    remove('c')
    apply('f')
    await clock.settle()
    expect(seen.slice(5)).toEqual(['change b event', 'remove c event', 'add f event'])
  })

  it('takes the first list page by page, and a later one as a whole', async () => {
    const sizes: number[] = []
    const watching: { store: Store | null } = { store: null }
    const api = (real: Kubernetes): Kubernetes => ({
      ...real,
      list: (...args) => {
        sizes.push(watching.store?.size ?? -1)
        return real.list(...args)
      },
    })
    const { apply, remove, start, server, store, names, clock } = given({ pageSize: 2, api })
    watching.store = store
    for (const name of ['a', 'b', 'c', 'd', 'e']) apply(name)
    void start()
    await clock.settle()
    expect(sizes).toEqual([0, 2, 4])
    server.compact()
    server.watches(CONFIG_MAPS)[0]?.stall()
    for (const name of ['a', 'b']) remove(name)
    for (const name of ['f', 'g', 'h']) apply(name)
    server.relist(CONFIG_MAPS)
    await clock.advance(60_000)
    expect(sizes.slice(3)).toEqual([5, 5, 5])
    expect(names()).toEqual(['c', 'd', 'e', 'f', 'g', 'h'])
  })

  it('goes on after the last event when a watch breaks or ends, without a new list', async () => {
    const { apply, start, server, names, clock, reflector, seen } = given()
    apply('a')
    void start()
    await clock.settle()
    for (const how of ['break', 'end', 'break'] as const) {
      server.watches(CONFIG_MAPS)[0]?.[how]()
      apply(`during-${how}-${reflector.counts.watches}`)
      await clock.advance(60_000)
    }
    expect(names()).toHaveLength(4)
    expect(seen).toHaveLength(4)
    expect(reflector.counts.lists).toBe(1)
  })

  it('lists anew when its version is gone, and tells only the difference', async () => {
    const { apply, remove, start, server, clock, seen, codes } = given()
    apply('a')
    apply('b')
    void start()
    await clock.settle()
    server.watches(CONFIG_MAPS)[0]?.break()
    await clock.settle()
    remove('a')
    apply('c')
    server.compact()
    await clock.advance(60_000)
    expect(seen.slice(2)).toEqual(['remove a relist', 'add c relist'])
    expect(codes()).toEqual(['KUBERNETES_CONNECTION', 'KUBERNETES_GONE'])
  })

  it('starts a list again whose continuation is gone', async () => {
    const { apply, start, server, names, clock } = given({ pageSize: 2 })
    for (const name of ['a', 'b', 'c']) apply(name)
    let pages = 0
    server.fail({ on: (call) => call.verb === 'list' && ++pages === 2, mode: 'before', error: () => status(410, 'Expired') })
    void start()
    await clock.settle()
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('asks for all at once when continuations keep expiring', async () => {
    const limits: (number | undefined)[] = []
    const { apply, start, names, clock } = given({
      pageSize: 1,
      api: (api) => ({
        ...api,
        list: (kind, options, signal) => {
          limits.push(options.limit)
          if (options.continueToken !== undefined) return Promise.reject(status(410, 'Expired'))
          return api.list(kind, options, signal)
        },
      }),
    })
    for (const name of ['a', 'b', 'c']) apply(name)
    void start()
    await clock.settle()
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(limits.at(-1)).toBeUndefined()
  })

  it('waits as long as the server asks, and backs off from one that fails', async () => {
    const { apply, start, server, clock, reflector } = given()
    apply('a')
    server.fail({ on: (call) => call.verb === 'list', mode: 'before', error: () => kubernetesErrorOf('list', 429, null, 20) })
    server.fail({ on: (call) => call.verb === 'list', mode: 'before', times: 3 })
    void start()
    await clock.advance(19_999)
    expect(reflector.counts.lists).toBe(1)
    await clock.advance(1)
    // Half of 1.6, 3.2 and 6.4 seconds.
    const before = clock.monotonic()
    await clock.runUntil(() => reflector.hasSynced, { deadlineMs: 60_000 })
    expect(clock.monotonic() - before).toBe(800 + 1_600 + 3_200)
  })

  it('takes a watch that says nothing for dead', async () => {
    const { apply, start, server, clock, names, codes, reflector } = given()
    void start()
    await clock.settle()
    server.watches(CONFIG_MAPS)[0]?.stall()
    apply('a')
    await clock.advance(89_000)
    expect(names()).toEqual([])
    expect(clock.monotonic() - reflector.lastContact).toBe(89_000)
    await clock.advance(2_000)
    expect(names()).toEqual(['a'])
    expect(codes()).toEqual(['KUBERNETES_TIMEOUT'])
  })

  it('holds a quiet watch by its bookmarks, and resumes from them', async () => {
    const { start, server, clock, reflector, codes, apply, names } = given({ selection: { namespace: 'shop' } })
    void start()
    await clock.settle()
    for (const name of ['a', 'b']) server.apply(CONFIG_MAPS, { metadata: { namespace: 'elsewhere', name } })
    await clock.advance(241_000)
    expect(reflector.counts).toEqual({ lists: 1, watches: 1 })
    expect(codes()).toEqual([])
    server.compact()
    server.watches(CONFIG_MAPS)[0]?.break()
    apply('mine')
    await clock.advance(10_000)
    expect(names()).toEqual(['mine'])
    expect(reflector.counts.lists).toBe(1)
  })

  it('asks for a watch of five to ten minutes, and renews it without a pause', async () => {
    const { start, clock, reflector, problems } = given({ random: () => 0 })
    void start()
    await clock.advance(301_000)
    expect(reflector.counts).toEqual({ lists: 1, watches: 2 })
    expect(problems).toEqual([])
  })

  it('reports an error inside the stream', async () => {
    let broken = false
    const { apply, start, clock, codes, names } = given({
      api: (api) => ({
        ...api,
        async *watch(kind, options, signal) {
          if (!broken) {
            broken = true
            yield { type: 'ERROR', status: { code: 500, reason: 'InternalError', message: 'odd' } }
            return
          }
          yield* api.watch(kind, options, signal)
        },
      }),
    })
    void start()
    await clock.settle()
    apply('a')
    await clock.advance(30_000)
    expect(codes()).toEqual(['KUBERNETES_SERVER_ERROR'])
    expect(names()).toEqual(['a'])
  })

  it('does not hammer a server that ends each watch at once', async () => {
    const { start, clock, reflector } = given({
      api: (api) => ({
        ...api,
        async *watch() {
          // Ends without a word.
        },
      }),
    })
    void start()
    await clock.advance(60_000)
    expect(reflector.counts.watches).toBeLessThan(15)
  })

  it('lists anew when the history of the server was set back', async () => {
    const { apply, start, clock, reflector, codes } = given({
      api: (api) => ({
        ...api,
        async *watch(kind, options, signal) {
          if (reflector.counts.lists === 1) yield { type: 'BOOKMARK', resourceVersion: '5' } as const
          yield* api.watch(kind, options, signal)
        },
      }),
    })
    apply('a')
    void start()
    await clock.advance(30_000)
    expect(reflector.counts.lists).toBe(2)
    expect(codes()).toEqual(['KUBERNETES_GONE'])
  })

  it('survives a subscriber that throws, and loses nothing by it', async () => {
    const { apply, start, clock, store, names, codes } = given()
    store.subscribe(() => {
      throw new Error('boom')
    })
    void start()
    apply('a')
    await clock.settle()
    apply('b')
    await clock.settle()
    expect(names()).toEqual(['a', 'b'])
    expect(codes()).toEqual(['Error: boom', 'Error: boom'])
  })

  it('ends with its signal, and leaves no timer, watch or unkept promise behind', async () => {
    const { start, clock, server, stop, reflector } = given()
    const run = start()
    await clock.settle()
    stop.abort(new Error('stopped'))
    await run
    expect(clock.timers()).toBe(0)
    expect(server.watches()).toEqual([])
    await reflector.synced
    const never = given()
    never.stop.abort(new Error('stopped'))
    await never.start()
    await expect(never.reflector.synced).rejects.toThrow('stopped')
  })
})
