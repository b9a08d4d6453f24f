import { describe, expect, it } from 'vitest'
import { Provenance } from '../../../controllers/runtime/provenance.ts'
import { Store } from '../../../controllers/runtime/store.ts'
import type { Watched } from '../../../controllers/runtime/watched.ts'
import type { KubeObject } from '../../../controllers/shared/objects.ts'

let version = 0
const object = (kind: string, name: string, namespace: string | null, rest: object = {}, metadata: object = {}) =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(namespace === null ? {} : { namespace }),
      uid: `${kind}-${name}`,
      resourceVersion: String(++version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    ...rest,
  }) as KubeObject
const ingress = (metadata: object = {}, className = 'fairlead') =>
  object(
    'Ingress',
    'game',
    'games',
    { spec: { ingressClassName: className } },
    { finalizers: ['fairlead.dev/cleanup'], ...metadata },
  )

function world() {
  const stores = {
    ingresses: new Store(),
    services: new Store(),
    endpointSlices: new Store(),
    nodes: new Store(),
    ingressClasses: new Store(),
    namespaces: new Store(),
  }
  const time = { now: 0 }
  const provenance = new Provenance(stores as unknown as Watched, { monotonic: () => time.now }, 3_600_000)
  stores.namespaces.apply('ADDED', object('Namespace', 'games', null))
  stores.ingressClasses.apply('ADDED', object('IngressClass', 'fairlead', null, { spec: { controller: 'fairlead.dev/ingress' } }))
  stores.ingresses.apply('ADDED', ingress())
  const of = () => provenance.of({ kind: 'Ingress', namespace: 'games', name: 'game' })
  return { ...stores, provenance, of, time }
}

describe('how we know that an object wants nothing any more (no clock)', () => {
  it('is alive while it is there and of our class', () => {
    expect(world().of()).toBe('alive')
  })

  it('is witnessed by its deletionTimestamp, its DELETED event, or the deletion of its Namespace', () => {
    const marked = world()
    marked.ingresses.apply('MODIFIED', ingress({ deletionTimestamp: '2026-01-01T00:00:01Z' }))
    expect(marked.of()).toBe('witnessed')
    // With the mark seen, even a list without it is no surprise.
    marked.ingresses.replaceAll([])
    expect(marked.of()).toBe('witnessed')
    const deleted = world()
    deleted.ingresses.apply('DELETED', ingress())
    expect(deleted.of()).toBe('witnessed')
    const space = world()
    space.namespaces.apply('MODIFIED', object('Namespace', 'games', null, {}, { deletionTimestamp: '2026-01-01T00:00:01Z' }))
    space.ingresses.replaceAll([])
    expect(space.of()).toBe('witnessed')
    expect(space.provenance.lost()).toEqual(new Set(['Ingress games/game']))
  })

  it('is inferred from a list without it, a class or a Namespace that is not seen, and from never having been there', () => {
    const listed = world()
    listed.ingresses.replaceAll([])
    expect(listed.of()).toBe('inferred')
    expect(listed.provenance.lost()).toEqual(new Set(['Ingress games/game']))
    const classless = world()
    classless.ingressClasses.replaceAll([])
    expect(classless.of()).toBe('inferred')
    const moved = world()
    moved.ingresses.apply('MODIFIED', ingress({}, 'nginx'))
    expect(moved.of()).toBe('inferred')
    const spaceless = world()
    spaceless.namespaces.replaceAll([])
    expect(spaceless.of()).toBe('inferred')
    expect(world().provenance.of({ kind: 'Ingress', namespace: 'games', name: 'other' })).toBe('inferred')
  })

  it('forgets both when the object is there again', () => {
    const back = world()
    back.ingresses.replaceAll([])
    back.ingresses.apply('ADDED', ingress({ uid: 'another' }))
    expect(back.of()).toBe('alive')
    expect(back.provenance.lost()).toEqual(new Set())
    back.ingresses.replaceAll([])
    expect(back.of()).toBe('inferred')
  })

  it('counts what vanished for the window, targets too', () => {
    const one = world()
    one.endpointSlices.apply('ADDED', object('EndpointSlice', 'web-1', 'games'))
    one.endpointSlices.replaceAll([])
    expect(one.provenance.lostTargets()).toBe(true)
    one.time.now = 3_600_001
    expect(one.provenance.lostTargets()).toBe(false)
    expect(one.provenance.lost()).toEqual(new Set())
  })
})
