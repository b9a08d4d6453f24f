import { describe, expect, it } from 'vitest'
import { Store } from '../../../controllers/runtime/store.ts'
import { lastChange } from '../../../controllers/runtime/trim-object.ts'
import type { KubeObject } from '../../../controllers/shared/objects.ts'

type Thing = KubeObject & { readonly hosts?: readonly string[] }

function thing(name: string, version: number, extra: { uid?: string; hosts?: readonly string[]; metadata?: object } = {}): Thing {
  const { uid = `uid-${name}`, hosts = [], metadata = {} } = extra
  const meta = {
    name,
    namespace: 'shop',
    uid,
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  }
  return { apiVersion: 'v1', kind: 'Thing', metadata: meta, hosts }
}

function given() {
  const errors: unknown[] = []
  const store = new Store<Thing>({ indexes: { host: (object) => object.hosts ?? [] }, onError: (error) => errors.push(error) })
  const seen: string[] = []
  const label = (object: Thing | null) => (object === null ? '-' : `${object.metadata.name}@${object.metadata.resourceVersion}`)
  store.subscribe((before, after, cause) => seen.push(`${label(before)} ${label(after)} ${cause}`))
  return { store, seen, errors, names: () => store.list().map((object) => label(object)) }
}

describe('store (no clock)', () => {
  it('tells what became of each object, and nothing twice', () => {
    const { store, seen } = given()
    store.replaceAll([thing('a', 1), thing('b', 2)])
    store.apply('MODIFIED', thing('a', 3))
    store.apply('MODIFIED', thing('a', 3))
    store.apply('DELETED', thing('b', 4))
    store.apply('ADDED', thing('c', 5))
    store.replaceAll([thing('a', 3), thing('d', 6)])
    expect(seen).toEqual([
      '- a@1 relist',
      '- b@2 relist',
      'a@1 a@3 event',
      'b@2 - event',
      '- c@5 event',
      'c@5 - relist',
      '- d@6 relist',
    ])
  })

  it('tells a removal and an arrival when another object has taken the name', () => {
    const { store, seen } = given()
    store.replaceAll([thing('a', 1)])
    store.replaceAll([thing('a', 9, { uid: 'other' })])
    expect(seen.slice(1)).toEqual(['a@1 - relist', '- a@9 relist'])
  })

  it('finds objects by index, after every kind of change', () => {
    const { store } = given()
    const names = (host: string) => store.by('host', host).map((object) => object.metadata.name)
    store.replaceAll([thing('a', 1, { hosts: ['x', 'y'] }), thing('b', 2, { hosts: ['x'] })])
    expect(names('x')).toEqual(['a', 'b'])
    store.apply('MODIFIED', thing('a', 3, { hosts: ['z'] }))
    expect([names('x'), names('y'), names('z')]).toEqual([['b'], [], ['a']])
    store.apply('DELETED', thing('b', 4))
    expect(names('x')).toEqual([])
    expect(() => store.by('nothing', 'x')).toThrow(RangeError)
  })

  it('trims what is not read, freezes the rest, and keeps who changed it last', () => {
    const { store } = given()
    const managedFields = [
      { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z' },
      { manager: 'argocd', operation: 'Apply', time: '2026-01-02T00:00:00Z' },
    ]
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' }
    store.apply('ADDED', thing('a', 1, { metadata: { managedFields, annotations }, hosts: ['x'] }))
    const held = store.get('shop/a')
    expect(held?.metadata).not.toHaveProperty('managedFields')
    expect(held?.metadata.annotations).toEqual({ kept: 'yes' })
    expect(() => (held!.hosts as string[]).push('y')).toThrow(TypeError)
    expect(held !== null && lastChange(held)).toMatchObject({ manager: 'argocd', time: '2026-01-02T00:00:00Z' })
  })

  it('shows a write at once, and an older event does not roll it back', () => {
    const { store, seen, names } = given()
    store.replaceAll([thing('a', 8)])
    store.noteWrite(thing('a', 10))
    expect(names()).toEqual(['a@10'])
    store.apply('MODIFIED', thing('a', 9))
    expect(names()).toEqual(['a@10'])
    store.apply('MODIFIED', thing('a', 10))
    store.apply('MODIFIED', thing('a', 11))
    expect(seen.slice(1)).toEqual(['a@8 a@10 write', 'a@10 a@11 event'])
  })

  it('compares versions as numbers', () => {
    const { store, names } = given()
    store.replaceAll([thing('a', 999)])
    store.noteWrite(thing('a', 1_000))
    store.apply('MODIFIED', thing('a', 999))
    expect(names()).toEqual(['a@1000'])
  })

  it('keeps a write that a list asked for before it does not hold, and drops it when a later list does not', () => {
    const { store, names } = given()
    const mark = store.mark()
    store.noteWrite(thing('new', 10))
    store.replaceAll([thing('a', 5)], mark)
    expect(names().sort()).toEqual(['a@5', 'new@10'])
    store.replaceAll([thing('a', 5)], store.mark())
    expect(names()).toEqual(['a@5'])
  })

  it('believes a later list even when the history of the server was set back', () => {
    const { store, names } = given()
    store.noteWrite(thing('a', 100))
    store.replaceAll([thing('a', 50)], store.mark())
    expect(names()).toEqual(['a@50'])
    store.apply('MODIFIED', thing('a', 51))
    expect(names()).toEqual(['a@51'])
  })

  it('takes the answer to the removal of the last finalizer for the removal of the object', () => {
    const { store, names, seen } = given()
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    store.replaceAll([thing('a', 5, { metadata: { ...going, finalizers: ['f'] } })])
    store.noteWrite(thing('a', 7, { metadata: going }))
    expect(names()).toEqual([])
    store.apply('MODIFIED', thing('a', 6, { metadata: { ...going, finalizers: ['f'] } }))
    expect(names()).toEqual([])
    store.apply('DELETED', thing('a', 7))
    store.apply('ADDED', thing('a', 8, { uid: 'successor' }))
    expect(seen.slice(1)).toEqual(['a@5 - write', '- a@8 event'])
  })

  it('does so although the API server answers with the version from before the removal', () => {
    const { store, names, seen } = given()
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    store.replaceAll([thing('a', 5, { metadata: { ...going, finalizers: ['f'] } })])
    store.noteWrite(thing('a', 5, { metadata: going }))
    expect(names()).toEqual([])
    store.apply('DELETED', thing('a', 7))
    expect(seen.slice(1)).toEqual(['a@5 - write'])
  })

  it('is not brought back by an answer that comes after the news of the removal', () => {
    const { store, names } = given()
    store.replaceAll([thing('a', 5)])
    store.apply('DELETED', thing('a', 7))
    store.noteWrite(thing('a', 6))
    expect(names()).toEqual([])
  })

  it('survives subscribers and indexes that throw, and reports them', () => {
    const errors: unknown[] = []
    const store = new Store<Thing>({
      indexes: {
        odd: () => {
          throw new Error('index')
        },
        name: (object) => [object.metadata.name],
      },
      onError: (error) => errors.push(error),
    })
    let told = 0
    store.subscribe(() => {
      throw new Error('subscriber')
    })
    store.subscribe(() => told++)
    store.apply('ADDED', thing('a', 1))
    store.apply('MODIFIED', thing('a', 2))
    expect(told).toBe(2)
    expect(store.by('name', 'a')).toHaveLength(1)
    expect(errors.map((error) => (error as Error).message)).toContain('subscriber')
    expect(errors.map((error) => (error as Error).message)).toContain('index')
  })

  it('ends a subscription', () => {
    const { store } = given()
    let told = 0
    const end = store.subscribe(() => told++)
    store.apply('ADDED', thing('a', 1))
    end()
    store.apply('DELETED', thing('a', 2))
    expect(told).toBe(1)
  })
})
