import { describe, expect, it } from 'vitest'
import { isConflict, isInvalid, isNotFound } from '../../controllers/cluster/errors.ts'
import { CONFIG_MAPS, INGRESSES, type Kubernetes } from '../../controllers/cluster/kubernetes.ts'
import type { Ingress, KubeObject } from '../../controllers/shared/objects.ts'
import { type KubernetesWords, live } from './kubernetes-words.ts'

const FINALIZER = 'fairlead.dev/contract'

/** Patches, applies, replacements and deletions, with their preconditions. */
export function writesContract(words: KubernetesWords): void {
  const { world, fresh, configMap, ingress, create, at, versionOf, failing, events } = words
  const merge = (object: KubeObject, body: object) => world().api.patch(CONFIG_MAPS, at(object), body, { kind: 'merge' }, live)
  const dataOf = (object: KubeObject) => (object as { data?: object }).data

  describe('merge patches', () => {
    it('merge, and null removes', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1', b: '2' }))
      const patched = await merge(made, { data: { a: null, c: '3' } })
      expect(dataOf(patched)).toEqual({ b: '2', c: '3' })
      expect(versionOf(patched)).not.toBe(versionOf(made))
    })

    it('change nothing when there is nothing to change', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1' }))
      expect(versionOf(await merge(made, { data: { a: '1' } }))).toBe(versionOf(made))
    })

    it('conflict when the object is not the one that was read', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1' }))
      const metadata = { resourceVersion: versionOf(made) }
      await merge(made, { metadata, data: { a: '2' } })
      expect(isConflict(await failing(merge(made, { metadata, data: { a: '3' } })))).toBe(true)
    })

    it('count only changes of the specification, and write the status apart', async () => {
      const patch = (object: KubeObject, body: object, subresource?: 'status') => {
        const options = subresource === undefined ? { kind: 'merge' as const } : { kind: 'merge' as const, subresource }
        return world().api.patch(INGRESSES, at(object), body, options, live)
      }
      const made = await create<Ingress>(INGRESSES, {
        ...ingress(),
        status: { loadBalancer: { ingress: [{ hostname: 'early' }] } },
      })
      expect(made.metadata.generation).toBe(1)
      expect(made.status?.loadBalancer?.ingress ?? []).toEqual([])
      const status = { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } }
      const written = (await patch(made, { status, spec: { ingressClassName: 'not-by-status' } }, 'status')) as Ingress
      expect(written).toMatchObject({ status, metadata: { generation: 1 } })
      expect(written.spec.ingressClassName).toBeUndefined()
      const annotated = await patch(made, { metadata: { annotations: { a: 'b' } }, status: { loadBalancer: null } })
      expect(annotated).toMatchObject({ status, metadata: { generation: 1 } })
      const changed = await patch(made, { spec: { ingressClassName: 'x' } })
      expect(changed).toMatchObject({ status, metadata: { generation: 2 } })
    })
  })

  describe('server-side apply', () => {
    const apply = (by: Kubernetes, name: string, data: Record<string, string>, force = false) => {
      const where = { namespace: words.namespace, name }
      return by.patch(CONFIG_MAPS, where, { metadata: where, data }, { kind: 'apply', force }, live)
    }

    it('creates, and takes back what is no longer applied, but nothing of others', async () => {
      const { api, other } = world()
      const name = fresh()
      await apply(api, name, { a: '1', b: '2' })
      await apply(other, name, { c: '3' })
      const again = await apply(api, name, { a: '1' })
      expect(again).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
      expect(dataOf(again)).toEqual({ a: '1', c: '3' })
      expect(versionOf(await apply(api, name, { a: '1' }))).toBe(versionOf(again))
    })

    it('conflicts over a field of another manager, names it, and takes it by force', async () => {
      const { api, other } = world()
      const name = fresh()
      await apply(other, name, { a: '1' })
      const error = await failing(apply(api, name, { a: '2' }))
      expect(isConflict(error)).toBe(true)
      expect(error.fields).toEqual(['.data.a'])
      expect(dataOf(await apply(api, name, { a: '2' }, true))).toEqual({ a: '2' })
      expect(isConflict(await failing(apply(other, name, { a: '3' })))).toBe(true)
    })

    it('shares a field on whose value both agree', async () => {
      const { api, other } = world()
      const name = fresh()
      await apply(other, name, { a: '1' })
      await apply(api, name, { a: '1' })
      expect(dataOf(await apply(other, name, {}))).toEqual({ a: '1' })
    })

    it('takes nothing back of what was written otherwise', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1' }))
      expect(dataOf(await apply(world().api, made.metadata.name, { b: '2' }))).toEqual({ a: '1', b: '2' })
    })

    it('writes a status apart', async () => {
      const made = await create<Ingress>(INGRESSES, ingress())
      const status = { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } }
      const options = { kind: 'apply', subresource: 'status' } as const
      const written = await world().api.patch(INGRESSES, at(made), { metadata: at(made), status }, options, live)
      expect(written).toMatchObject({ status, spec: made.spec })
    })
  })

  describe('replacement', () => {
    it('leaves nothing of before, and conflicts with what was written in between', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1', b: '2' }))
      const replaced = await world().api.replace(CONFIG_MAPS, at(made), { ...made, data: { a: '3' } }, live)
      expect(dataOf(replaced)).toEqual({ a: '3' })
      expect(isConflict(await failing(world().api.replace(CONFIG_MAPS, at(made), { ...made, data: {} }, live)))).toBe(true)
    })
  })

  describe('deletion', () => {
    it('has preconditions', async () => {
      const { api } = world()
      const made = await create(CONFIG_MAPS, configMap())
      const uid = '00000000-0000-4000-8000-00000000dead'
      expect(isConflict(await failing(api.delete(CONFIG_MAPS, at(made), { uid }, live)))).toBe(true)
      expect(isConflict(await failing(api.delete(CONFIG_MAPS, at(made), { resourceVersion: '1' }, live)))).toBe(true)
      await api.delete(CONFIG_MAPS, at(made), { uid: made.metadata.uid, resourceVersion: versionOf(made) }, live)
      expect(isNotFound(await failing(api.get(CONFIG_MAPS, at(made), live)))).toBe(true)
    })

    it('waits for finalizers, takes no new ones, and ends with the last', async () => {
      const { api } = world()
      const finalizers = [FINALIZER, 'fairlead.dev/second']
      const made = await create(CONFIG_MAPS, configMap({}, { finalizers }))
      await api.delete(CONFIG_MAPS, at(made), {}, live)
      await api.delete(CONFIG_MAPS, at(made), {}, live)
      const going = await api.get(CONFIG_MAPS, at(made), live)
      expect(Date.parse(going.metadata.deletionTimestamp ?? '')).toBeGreaterThan(0)
      const set = (left: readonly string[]) => merge(made, { metadata: { finalizers: left } })
      expect(isInvalid(await failing(set([FINALIZER, 'fairlead.dev/third'])))).toBe(true)
      const before = await set([FINALIZER])
      const last = await set([])
      expect(last.metadata.finalizers ?? []).toEqual([])
      expect(last.metadata.deletionTimestamp).toBeDefined()
      expect(versionOf(last), 'the answer has the version from before the removal').toBe(versionOf(before))
      expect(isNotFound(await failing(api.get(CONFIG_MAPS, at(made), live)))).toBe(true)
      const fieldSelector = `metadata.name=${made.metadata.name}`
      const query = { namespace: words.namespace, fieldSelector, resourceVersion: versionOf(made), timeoutSeconds: 30 }
      expect((await events(CONFIG_MAPS, query, 3)).map((event) => event.type)).toEqual(['MODIFIED', 'MODIFIED', 'DELETED'])
    })
  })
}
