import { describe, expect, it } from 'vitest'
import { isAborted, isGone } from '../../controllers/cluster/errors.ts'
import { CONFIG_MAPS } from '../../controllers/cluster/kubernetes.ts'
import { type KubernetesWords, live } from './kubernetes-words.ts'

/** Lists and watches. */
export function readsContract(words: KubernetesWords): void {
  const { world, fresh, configMap, create, at, versionOf, failing, events } = words

  describe('lists', () => {
    it('come in pages of one version, in order, each object once', async () => {
      const labels = { set: fresh() }
      for (let count = 0; count < 7; count++) await create(CONFIG_MAPS, configMap({}, { labels }))
      const query = { namespace: words.namespace, labelSelector: `set=${labels.set}`, limit: 3 }
      const names: string[] = []
      const versions = new Set<string>()
      let token: string | null = null
      do {
        const page = await world().api.list(CONFIG_MAPS, token === null ? query : { ...query, continueToken: token }, live)
        names.push(...page.items.map((item) => item.metadata.name))
        versions.add(page.resourceVersion)
        token = page.continueToken
        // What comes while a list is read is no part of it.
        if (token !== null) await create(CONFIG_MAPS, configMap({}, { labels, name: `zzz-${names.length}` }))
      } while (token !== null)
      expect(names).toHaveLength(7)
      expect(names).toEqual([...new Set(names)].sort())
      expect(versions.size).toBe(1)
    })

    it('choose by labels', async () => {
      const tag = fresh()
      const one = await create(CONFIG_MAPS, configMap({}, { labels: { tag, tier: 'web' } }))
      const two = await create(CONFIG_MAPS, configMap({}, { labels: { tag, tier: 'db' } }))
      const names = async (labelSelector: string) => {
        const page = await world().api.list(CONFIG_MAPS, { namespace: words.namespace, labelSelector }, live)
        return page.items.map((item) => item.metadata.name)
      }
      expect(await names(`tag=${tag},tier!=db`)).toEqual([one.metadata.name])
      expect(await names(`tag=${tag},tier in (db, cache)`)).toEqual([two.metadata.name])
      expect(await names(`tag=${tag},!tier`)).toEqual([])
    })
  })

  describe('watches', () => {
    const here = async (labelSelector?: string) => {
      const query = { namespace: words.namespace, ...(labelSelector === undefined ? {} : { labelSelector }) }
      const { resourceVersion } = await world().api.list(CONFIG_MAPS, query, live)
      return { ...query, resourceVersion }
    }

    it('tell everything since a version, in order', async () => {
      const since = await here()
      const made = await create(CONFIG_MAPS, configMap({ a: '1' }))
      await world().api.patch(CONFIG_MAPS, at(made), { data: { a: '2' } }, { kind: 'merge' }, live)
      await world().api.delete(CONFIG_MAPS, at(made), {}, live)
      const seen = await events(CONFIG_MAPS, { ...since, timeoutSeconds: 30 }, 3)
      expect(seen.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
      const versions = seen.map((event) => ('object' in event ? Number(versionOf(event.object)) : 0))
      expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other))
      expect(versions[0]).toBeGreaterThan(Number(since.resourceVersion))
      expect(seen[1]).toMatchObject({ object: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '2' } } })
    })

    it('tell an object that leaves the selection as deleted', async () => {
      const tag = fresh()
      const since = await here(`tag=${tag}`)
      const made = await create(CONFIG_MAPS, configMap({}, { labels: { tag } }))
      await world().api.patch(CONFIG_MAPS, at(made), { metadata: { labels: { tag: null } } }, { kind: 'merge' }, live)
      const seen = await events(CONFIG_MAPS, { ...since, timeoutSeconds: 30 }, 2)
      expect(seen.map((event) => event.type)).toEqual(['ADDED', 'DELETED'])
    })

    it('end when their time is over', async () => {
      const ended = events(CONFIG_MAPS, { ...(await here()), timeoutSeconds: 1 }, 1)
      await world().elapse(2_000)
      expect(await ended).toEqual([])
    })

    it('reject when their signal is aborted', async () => {
      const stop = new AbortController()
      const watch = world().api.watch(CONFIG_MAPS, { ...(await here()), timeoutSeconds: 60 }, stop.signal)
      const read = (async () => {
        for await (const event of watch) expect(event.type).toBe('BOOKMARK')
      })()
      stop.abort()
      expect(isAborted(await failing(read))).toBe(true)
    })

    it('are gone from a version that is no longer known', async () => {
      const since = await here()
      await create(CONFIG_MAPS, configMap())
      await world().forget()
      const outcome = await events(CONFIG_MAPS, { ...since, timeoutSeconds: 5 }, 1).catch((error: unknown) => error)
      if (isGone(outcome)) return
      expect(outcome).toEqual([{ type: 'ERROR', status: expect.objectContaining({ code: 410 }) }])
    })
  })
}
