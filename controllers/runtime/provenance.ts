import type { ObjectRef } from '../shared/change.ts'
import { isMarked, isOurClass, unitOf } from '../shared/members.ts'
import type { Ingress, KubeObject } from '../shared/objects.ts'
import { unitKey } from '../shared/unit.ts'
import type { Clock } from './clock.ts'
import type { Store, StoreCause } from './store.ts'
import type { Watched } from './watched.ts'

/**
 * How we know that an object wants nothing any more. `witnessed`: it is being deleted, the watch told of its deletion, or its Namespace
 * is being deleted. `inferred`: it is merely not there (a list without it), or it is there and its class or Namespace is not ours to see.
 */
export type Origin = 'alive' | 'witnessed' | 'inferred'

/** Kinds whose disappearance takes targets out of service. */
export const TARGET_KINDS = ['EndpointSlice', 'Node'] as const
const MOST_REMEMBERED = 20_000

/** Remembers of everything that disappears whether anybody saw it being deleted. */
export class Provenance {
  readonly #watched: Watched
  /** `KIND NAMESPACE/NAME` whose deletion was seen; the oldest are forgotten, and count as inferred then. */
  readonly #witnessed = new Set<string>()
  /** Units whose objects went, seen or not: what AWS still has of them is accounted for. */
  readonly #knownUnits = new Set<string>()
  readonly #witnessedNamespaces = new Set<string>()
  /** What a list did not show any more, and when. */
  readonly #vanished = new Map<string, number>()
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #windowMs: number
  #strange: readonly string[] | null = null

  /** What vanished counts as lost for `windowMs`. */
  constructor(watched: Watched, clock: Pick<Clock, 'monotonic'>, windowMs: number) {
    this.#watched = watched
    this.#clock = clock
    this.#windowMs = windowMs
    this.#follow('Ingress', watched.ingresses, isMarked)
    this.#follow('Service', watched.services, isMarked)
    this.#follow('EndpointSlice', watched.endpointSlices, () => true)
    this.#follow('Node', watched.nodes, () => true)
    watched.ingressClasses.subscribe(() => {
      this.#strange = null
    })
    watched.namespaces.subscribe((before, after, cause) => {
      this.#strange = null
      const name = (after ?? before)!.metadata.name
      const deleted = after === null ? cause !== 'relist' || isDeleted(before) : isDeleted(after)
      if (deleted) this.#witnessedNamespaces.add(name)
      else if (after !== null) this.#witnessedNamespaces.delete(name)
    })
  }

  of(object: ObjectRef): Origin {
    const key = keyOf(object)
    if (object.kind === 'Ingress') {
      const ingress = this.#watched.ingresses.get(`${object.namespace}/${object.name}`)
      if (ingress !== null) return this.#ofIngress(ingress)
    }
    if (object.kind === 'Service') {
      const service = this.#watched.services.get(`${object.namespace}/${object.name}`)
      if (service !== null) return isDeleted(service) ? 'witnessed' : 'alive'
    }
    return this.#witnessed.has(key) || this.#witnessedNamespaces.has(object.namespace) ? 'witnessed' : 'inferred'
  }

  /** Whether a unit without objects had some that are accounted for one by one. */
  knewUnit(unit: string): boolean {
    return this.#knownUnits.has(unit)
  }

  /** Everything of ours that disappeared without a witness, lately, and is still not back. */
  lost(): ReadonlySet<string> {
    this.#strange ??= this.#watched.ingresses
      .list()
      .filter((item) => isMarked(item) && this.#ofIngress(item) === 'inferred')
      .map((item) => keyOf(refTo('Ingress', item)))
    return new Set([...this.#lately(), ...this.#strange])
  }

  /** Whether anything vanished that takes targets out of service. */
  lostTargets(): boolean {
    return this.#lately().some((key) => TARGET_KINDS.some((kind) => kind === kindOfKey(key)))
  }

  #lately(): readonly string[] {
    const since = this.#clock.monotonic() - this.#windowMs
    for (const [key, at] of this.#vanished) if (at < since) this.#vanished.delete(key)
    return [...this.#vanished.keys()]
  }

  /** How many of a kind there are; of Ingresses, those that own something. */
  owned(kind: string): number {
    const { ingresses, services, endpointSlices, nodes } = this.#watched
    if (kind === 'EndpointSlice') return endpointSlices.size
    if (kind === 'Node') return nodes.size
    return [...(kind === 'Service' ? services : ingresses).list()].filter(isMarked).length
  }

  /** Whether an Ingress that counts as lost can be seen all the same: its class is not ours any more. */
  isThere(key: string): boolean {
    return this.#watched.ingresses.get(key.slice(key.indexOf(' ') + 1)) !== null
  }

  #ofIngress(ingress: Ingress): Origin {
    const namespace = ingress.metadata.namespace ?? ''
    if (isDeleted(ingress) || this.#witnessedNamespaces.has(namespace)) return 'witnessed'
    const seesNamespace = this.#watched.namespaces.get(namespace) !== null
    return seesNamespace && isOurClass(ingress, this.#watched.ingressClasses.list()) ? 'alive' : 'inferred'
  }

  #follow<T extends KubeObject>(kind: string, store: Store<T>, counts: (object: T) => boolean): void {
    store.subscribe((before, after, cause) => {
      this.#strange = null
      const object = (after ?? before)!
      const key = keyOf(refTo(kind, object))
      if (kind === 'Ingress' && after === null) remember(this.#knownUnits, unitKey(unitOf(object as KubeObject as Ingress)))
      if (after !== null) {
        this.#vanished.delete(key)
        if (!isDeleted(after)) this.#witnessed.delete(key)
      } else if (wasSeenToGo(before, cause)) {
        remember(this.#witnessed, key)
      } else if (before !== null && counts(before)) this.#vanished.set(key, this.#clock.monotonic())
    })
  }
}

/** `KIND NAMESPACE/NAME`. */
export function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

/** An object with our finalizer cannot disappear without having been marked as deleted first. */
function wasSeenToGo(before: KubeObject | null, cause: StoreCause): boolean {
  return cause !== 'relist' || isDeleted(before)
}

function isDeleted(object: KubeObject | null): boolean {
  return object?.metadata.deletionTimestamp !== undefined
}

function refTo(kind: string, object: KubeObject): ObjectRef {
  return { kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

function remember(set: Set<string>, key: string): void {
  set.delete(key)
  set.add(key)
  const [oldest] = set
  if (set.size > MOST_REMEMBERED && oldest !== undefined) set.delete(oldest)
}

/** A key's kind and its name again. */
export function kindOfKey(key: string): string {
  return key.slice(0, key.indexOf(' '))
}
