import { type KubeObject, objectKey } from '../shared/objects.ts'
import { isOlder } from './resource-version.ts'
import { trimObject } from './trim-object.ts'

/** How we came to know: a watch event, the difference of a new list (what happened in between was not witnessed), or our own write's answer. */
export type StoreCause = 'event' | 'relist' | 'write'
export type StoreSubscriber<T> = (before: T | null, after: T | null, cause: StoreCause) => void
export type StoreIndexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>

/** A write's answer that watch and lists may not have caught up with. `object` null: the write removed it. */
type Pending<T> = { readonly resourceVersion: string; readonly uid: string; readonly object: T | null; readonly mark: number }

const REMEMBERED = 1_000

/**
 * The objects of one kind as the API server last told, trimmed and frozen, with named indexes.
 * Reads your writes: what `noteWrite` was told is visible at once, and nothing older rolls it back.
 */
export class Store<T extends KubeObject = KubeObject> {
  readonly #indexes: StoreIndexes<T>
  readonly #onError: (error: unknown) => void
  readonly #objects = new Map<string, T>()
  readonly #keys = new Map<string, Map<string, Set<string>>>()
  readonly #pending = new Map<string, Pending<T>>()
  readonly #subscribers = new Set<StoreSubscriber<T>>()
  /** UIDs of objects lately removed: a write's answer that comes after the news of the removal must not bring one back. */
  readonly #removed = new Set<string>()
  #marks = 0
  #listed: readonly T[] | null = null

  constructor(options: { readonly indexes?: StoreIndexes<T>; readonly onError?: (error: unknown) => void } = {}) {
    this.#indexes = options.indexes ?? {}
    this.#onError = options.onError ?? (() => undefined)
    for (const name of Object.keys(this.#indexes)) this.#keys.set(name, new Map())
  }

  get size(): number {
    return this.#objects.size
  }

  /** By `namespace/name`, or the name alone for what has no namespace. */
  get(key: string): T | null {
    return this.#objects.get(key) ?? null
  }

  /** The same array until anything changes. */
  list(): readonly T[] {
    this.#listed ??= [...this.#objects.values()]
    return this.#listed
  }

  /** The objects an index files under a key, in no particular order. */
  by(index: string, key: string): readonly T[] {
    const filed = this.#keys.get(index)
    if (filed === undefined) throw new RangeError(`no index is named ${index}`)
    return [...(filed.get(key) ?? [])].flatMap((name) => this.#objects.get(name) ?? [])
  }

  /** Calls back after every change, with the store already changed. Returns the end of the subscription. */
  subscribe(subscriber: StoreSubscriber<T>): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** What the API server answered to our write. */
  noteWrite(object: T): void {
    const written = trimObject(object)
    const key = objectKey(written.metadata)
    const { resourceVersion, uid, deletionTimestamp, finalizers = [] } = written.metadata
    const before = this.get(key)
    // The watch was faster than the answer.
    if (this.#removed.has(uid)) return
    // Taking the last finalizer off an object that is being deleted removes it; the answer has the version from before.
    const after = deletionTimestamp !== undefined && finalizers.length === 0 ? null : written
    const same = before?.metadata.uid === uid && before.metadata.resourceVersion === resourceVersion
    if (before !== null && !isOlder(before.metadata.resourceVersion, resourceVersion) && !(same && after === null)) return
    if (after === null && before === null) return
    this.#pending.set(key, { resourceVersion, uid, object: after, mark: ++this.#marks })
    this.#set(key, before, after, 'write')
  }

  /** A watch event. */
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    const seen = trimObject(object)
    const key = objectKey(seen.metadata)
    const pending = this.#pending.get(key)
    if (pending !== undefined) {
      const removal = pending.object === null && seen.metadata.uid === pending.uid
      if (removal && type !== 'DELETED') return
      if (!removal && isOlder(seen.metadata.resourceVersion, pending.resourceVersion)) return
      this.#pending.delete(key)
    }
    const before = this.get(key)
    if (type === 'DELETED') this.#set(key, before, null, 'event')
    else this.#replace(key, before, seen, 'event')
  }

  /** To be taken before a list is asked for, and given to `replaceAll` with its outcome. */
  mark(): number {
    return this.#marks
  }

  /** A part of a list that is not complete yet: what is in it is there, and of the rest nothing is known. */
  addAll(objects: readonly T[]): void {
    for (const object of objects) {
      const key = objectKey(object.metadata)
      if (!this.#objects.has(key) && !this.#pending.has(key)) this.#set(key, null, trimObject(object), 'relist')
    }
  }

  /** A complete list, asked for after `mark` was taken. Writes noted since may be missing in it; they stay. */
  replaceAll(objects: readonly T[], mark: number = this.#marks): void {
    const listed = new Map(objects.map((object) => [objectKey(object.metadata), object]))
    for (const [key, pending] of this.#pending) {
      const found = listed.get(key)
      const caughtUp = found !== undefined && !isOlder(found.metadata.resourceVersion, pending.resourceVersion)
      // A list asked for after the write holds it, or what came after: also when the server's history was set back.
      if (pending.mark <= mark || (caughtUp && pending.object !== null)) this.#pending.delete(key)
    }
    for (const [key, before] of this.#objects) {
      if (!listed.has(key) && !this.#pending.has(key)) this.#set(key, before, null, 'relist')
    }
    for (const [key, object] of listed) {
      const pending = this.#pending.get(key)
      if (pending !== undefined && (pending.object !== null || pending.uid === object.metadata.uid)) continue
      const before = this.get(key)
      if (before !== null && isSame(before, object)) continue
      this.#replace(key, before, trimObject(object), 'relist')
    }
  }

  /** Another object under the same name is a removal and an arrival: a finalizer's or an owner's work is for the one, not the other. */
  #replace(key: string, before: T | null, after: T, cause: StoreCause): void {
    if (before !== null && isSame(before, after)) return
    if (before !== null && before.metadata.uid !== after.metadata.uid) {
      this.#set(key, before, null, cause)
      this.#set(key, null, after, cause)
    } else this.#set(key, before, after, cause)
  }

  #set(key: string, before: T | null, after: T | null, cause: StoreCause): void {
    if (before === null && after === null) return
    this.#listed = null
    if (before !== null) this.#file(before, (keys) => keys.delete(key))
    if (after === null) {
      this.#objects.delete(key)
      this.#remember(before)
    } else this.#objects.set(key, after)
    if (after !== null) this.#file(after, (keys) => keys.add(key))
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber(before, after, cause)
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  #remember(removed: T | null): void {
    if (removed === null) return
    this.#removed.add(removed.metadata.uid)
    const [oldest] = this.#removed
    if (this.#removed.size > REMEMBERED && oldest !== undefined) this.#removed.delete(oldest)
  }

  /** An index function that throws files the object nowhere: one odd object must not stop the others. */
  #file(object: T, put: (keys: Set<string>) => void): void {
    for (const [name, keysOf] of Object.entries(this.#indexes)) {
      const filed = this.#keys.get(name)
      if (filed === undefined) continue
      let keys: readonly string[] = []
      try {
        keys = keysOf(object)
      } catch (error) {
        this.#onError(error)
      }
      for (const key of keys) {
        const set = filed.get(key) ?? new Set()
        put(set)
        if (set.size === 0) filed.delete(key)
        else filed.set(key, set)
      }
    }
  }
}

function isSame(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion
}
