import { describe, expect, it } from 'vitest'
import { isAlreadyExists, isInvalid, isNotFound } from '../../controllers/cluster/errors.ts'
import { CONFIG_MAPS, EVENTS, LEASES, SECRETS, SERVICES } from '../../controllers/cluster/kubernetes.ts'
import { microTime } from '../../controllers/runtime/micro-time.ts'
import type { Service } from '../../controllers/shared/objects.ts'
import { type KubernetesWords, live } from './kubernetes-words.ts'

/** What an object is when it comes from the API server, and which ones it refuses. */
export function objectsContract(words: KubernetesWords): void {
  const { world, fresh, configMap, create, at, failing } = words
  const named = () => ({ namespace: words.namespace, name: fresh() })

  describe('objects', () => {
    it('come with uid, version and time, and whole from a list', async () => {
      const made = await create(CONFIG_MAPS, configMap({ a: '1' }))
      expect(made).toMatchObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: words.namespace },
        data: { a: '1' },
      })
      expect(made.metadata.uid).not.toBe('')
      expect(Date.parse(made.metadata.creationTimestamp)).toBeGreaterThan(0)
      expect(await world().api.get(CONFIG_MAPS, at(made), live)).toEqual(made)
      const query = { namespace: words.namespace, fieldSelector: `metadata.name=${made.metadata.name}` }
      expect((await world().api.list(CONFIG_MAPS, query, live)).items).toEqual([made])
      const manager = expect.objectContaining({ manager: 'contract', operation: 'Update' })
      expect(made.metadata).toMatchObject({ managedFields: [manager] })
    })

    it('get a name made for them', async () => {
      const made = await create(CONFIG_MAPS, { metadata: { namespace: words.namespace, generateName: 'made-' } })
      expect(made.metadata.name).toMatch(/^made-.+/)
    })

    it('are refused when they exist, when their namespace does not, and with a name that is none', async () => {
      const body = configMap()
      await create(CONFIG_MAPS, body)
      expect(isAlreadyExists(await failing(create(CONFIG_MAPS, body)))).toBe(true)
      expect(isNotFound(await failing(create(CONFIG_MAPS, configMap({}, { namespace: 'no-such' }))))).toBe(true)
      const invalid = await failing(create(CONFIG_MAPS, configMap({ secret: 'swordfish' }, { name: 'Not a name' })))
      expect(isInvalid(invalid)).toBe(true)
      expect(invalid).toMatchObject({ status: 422, reason: 'Invalid', fields: expect.arrayContaining(['metadata.name']) })
      expect(invalid.message).not.toContain('swordfish')
    })

    it('are not found where there are none, by any verb', async () => {
      const nowhere = { namespace: words.namespace, name: 'nowhere' }
      expect(isNotFound(await failing(world().api.get(CONFIG_MAPS, nowhere, live)))).toBe(true)
      expect(isNotFound(await failing(world().api.patch(CONFIG_MAPS, nowhere, { data: {} }, { kind: 'merge' }, live)))).toBe(true)
      expect(isNotFound(await failing(world().api.delete(CONFIG_MAPS, nowhere, {}, live)))).toBe(true)
    })

    it('get the defaults that planners read', async () => {
      const open = await create<Service>(SERVICES, { metadata: named(), spec: { type: 'NodePort', ports: [{ port: 80 }] } })
      expect(open.spec.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: expect.any(Number) }])
      const plain = await create<Service>(SERVICES, { metadata: named(), spec: { ports: [{ port: 80 }] } })
      expect(plain.spec).toMatchObject({ type: 'ClusterIP', clusterIP: expect.stringMatching(/^\d+\./) })
      expect(await create(SECRETS, { metadata: named(), data: { a: 'YQ==' } })).toMatchObject({ type: 'Opaque' })
    })

    it('keep six digits of a MicroTime', async () => {
      const time = microTime(Date.UTC(2026, 0, 2, 3, 4, 5, 6))
      const spec = { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: time, acquireTime: time, leaseTransitions: 1 }
      expect(await create(LEASES, { metadata: named(), spec })).toMatchObject({ spec })
    })

    it('may be Events, whose series is patched', async () => {
      const made = await create(EVENTS, {
        metadata: named(),
        eventTime: microTime(Date.UTC(2026, 0, 1)),
        regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace: words.namespace, name: 'thing', uid: 'u' },
        type: 'Warning',
        reason: 'Odd',
        action: 'Looking',
        note: 'n',
        reportingController: 'fairlead.dev/contract',
        reportingInstance: 'i',
      })
      const series = { count: 2, lastObservedTime: microTime(Date.UTC(2026, 0, 1, 1)) }
      const patched = await world().api.patch(EVENTS, at(made), { series }, { kind: 'merge' }, live)
      expect(patched).toMatchObject({ series, note: 'n' })
    })
  })
}
