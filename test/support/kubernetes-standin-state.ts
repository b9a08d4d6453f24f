import { kubernetesErrorOf } from '../../controllers/cluster/errors.ts'
import { NAMESPACES, type ObjectName, type ResourceKind } from '../../controllers/cluster/kubernetes.ts'
import { apiVersion } from '../../controllers/cluster/resource-path.ts'
import type { Clock } from '../../controllers/runtime/clock.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'
import { canonical, mergePatched, type Stored, type Tree, withDefaults } from './kubernetes-standin-objects.ts'
import { managedFieldsOf, type Owners, ownersAfterUpdate, serverSideApplied } from './kubernetes-standin-owners.ts'

type Entry = { readonly object: Stored; readonly owners: Owners }
export type HistoryEvent = {
  readonly version: number
  readonly kind: string
  readonly before: Stored | null
  readonly after: Stored | null
}
export type Preconditions = { readonly resourceVersion?: string; readonly uid?: string }

/** Kinds whose status is written by its own subresource only. */
const WITH_STATUS = new Set(['Ingress', 'Service', 'Node', 'Namespace', 'Pod', 'Deployment'])
/** Kinds that count the changes of their specification. */
const WITH_GENERATION = new Set(['Ingress', 'IngressClass', 'EndpointSlice', 'Deployment'])
const NAMES = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

export const nameOf = ({ namespace, name }: ObjectName) => (namespace === undefined ? name : `${namespace}/${name}`)
export const refusal = (what: string, status: number, reason: string, fields: readonly string[] = []) =>
  kubernetesErrorOf(what, status, { reason, details: { causes: fields.map((field) => ({ field })) } })

/** What an API server holds, and the rules it holds it by. Objects in here are never changed, only replaced. */
export class KubernetesState {
  readonly #clock: Clock
  readonly #kinds = new Map<string, Map<string, Entry>>()
  readonly #listeners = new Set<(event: HistoryEvent) => void>()
  history: HistoryEvent[] = []
  version = 1_000
  /** The oldest version that is still known: watches and continuations from before are gone. */
  compactedAt = 1_000
  #serial = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  onEvent(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** In the order of etcd's keys. */
  all(kind: ResourceKind): readonly Stored[] {
    const entries = [...(this.#kinds.get(kind.kind) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1))
    return entries.map(([, entry]) => entry.object)
  }

  find(kind: ResourceKind, at: ObjectName): Stored | null {
    return this.#entry(kind, at)?.object ?? null
  }

  get(kind: ResourceKind, at: ObjectName, what: string): Stored {
    const found = this.find(kind, at)
    if (found === null) throw refusal(what, 404, 'NotFound')
    return found
  }

  create(kind: ResourceKind, body: Tree, manager: string, what: string): Stored {
    const metadata = { ...((body.metadata ?? {}) as Tree) }
    const generated = typeof metadata.generateName === 'string' ? `${metadata.generateName}${this.#suffix()}` : undefined
    const name = String(metadata.name ?? generated ?? '')
    if (!NAMES.test(name) || name.length > 253) throw refusal(what, 422, 'Invalid', ['metadata.name'])
    const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined
    if (kind.namespaced) this.#checkNamespace(namespace, what)
    const at = kind.namespaced ? { namespace: namespace ?? '', name } : { name }
    if (this.find(kind, at) !== null) throw refusal(what, 409, 'AlreadyExists')
    const { managedFields: _, deletionTimestamp: __, ...given } = metadata
    const object = structuredClone({ ...body, apiVersion: apiVersion(kind), kind: kind.kind }) as Stored
    if (WITH_STATUS.has(kind.kind) && kind.kind === 'Ingress') delete object.status
    const serial = ++this.#serial
    const fresh = withDefaults(kind.kind, object, serial)
    const created = {
      ...fresh,
      metadata: {
        ...structuredClone(given),
        ...at,
        uid: `00000000-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`,
        creationTimestamp: this.#time(),
        ...(WITH_GENERATION.has(kind.kind) ? { generation: 1 } : {}),
      },
    } as unknown as Stored
    return this.#put(kind, at, null, created, ownersAfterUpdate(null, created, new Map(), manager, this.#time()))
  }

  apply(
    kind: ResourceKind,
    at: ObjectName,
    body: Tree,
    options: { manager: string; force: boolean; subresource?: string },
    what: string,
  ): Stored {
    const { manager, force, subresource } = options
    const found = this.#entry(kind, at)
    if (found === null) {
      if (subresource !== undefined) throw refusal(what, 404, 'NotFound')
      const created = this.create(kind, { ...body, metadata: { ...(body.metadata as object), ...at } }, manager, what)
      const { owners } = serverSideApplied(created, new Map(), body, manager, true, this.#time())
      return this.#put(kind, at, created, created, owners, true)
    }
    this.#checkVersion(found.object, body, what)
    const { object, owners, conflicts } = serverSideApplied(
      found.object,
      found.owners,
      scoped(kind, body, subresource),
      manager,
      force,
      this.#time(),
    )
    if (conflicts.length > 0) throw refusal(what, 409, 'Conflict', conflicts)
    return this.#update(kind, at, found, object, owners, what)
  }

  merge(
    kind: ResourceKind,
    at: ObjectName,
    body: Tree,
    options: { manager: string; subresource?: string },
    what: string,
  ): Stored {
    const found = this.#existing(kind, at, what)
    this.#checkVersion(found.object, body, what)
    const object = mergePatched(found.object, scoped(kind, body, options.subresource)) as Stored
    return this.#update(kind, at, found, object, options.manager, what)
  }

  replace(kind: ResourceKind, at: ObjectName, body: Tree, manager: string, what: string): Stored {
    const found = this.#existing(kind, at, what)
    this.#checkVersion(found.object, body, what)
    const { status: _, ...rest } = structuredClone(body)
    const keepsStatus = WITH_STATUS.has(kind.kind) && found.object.status !== undefined
    const next = withDefaults(kind.kind, { ...rest, ...(WITH_STATUS.has(kind.kind) ? {} : body) } as Stored, 0)
    return this.#update(
      kind,
      at,
      found,
      { ...next, ...(keepsStatus ? { status: found.object.status } : {}) } as Stored,
      manager,
      what,
    )
  }

  delete(kind: ResourceKind, at: ObjectName, { resourceVersion, uid }: Preconditions, what: string): void {
    const { object, owners } = this.#existing(kind, at, what)
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) throw refusal(what, 409, 'Conflict')
    if (uid !== undefined && uid !== object.metadata.uid) throw refusal(what, 409, 'Conflict')
    const inside = kind.kind === 'Namespace' ? this.#contents(at.name) : []
    if ((object.metadata.finalizers ?? []).length > 0 || inside.length > 0) {
      if (object.metadata.deletionTimestamp === undefined) {
        const generation = object.metadata.generation === undefined ? {} : { generation: object.metadata.generation + 1 }
        const metadata = { ...object.metadata, ...generation, deletionTimestamp: this.#time(), deletionGracePeriodSeconds: 0 }
        const status = kind.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}
        this.#put(kind, at, object, { ...object, ...status, metadata } as Stored, owners)
      }
      for (const { kind: inner, object: item } of inside) this.delete(inner, item.metadata, {}, what)
      return
    }
    this.#remove(kind, at, object)
  }

  #update(kind: ResourceKind, at: ObjectName, found: Entry, next: Stored, by: string | Owners, what: string): Stored {
    const { object: before, owners } = found
    const { resourceVersion, uid, creationTimestamp, generation, deletionTimestamp, ...given } =
      next.metadata as KubeObject['metadata'] & Tree
    const { managedFields: _, selfLink: __, deletionGracePeriodSeconds: ___, ...rest } = given
    const old = before.metadata as KubeObject['metadata'] & Tree
    if (uid !== undefined && uid !== old.uid) throw refusal(what, 409, 'Conflict')
    const finalizers = (rest.finalizers ?? []) as string[]
    if (old.deletionTimestamp !== undefined && finalizers.some((name) => !(old.finalizers ?? []).includes(name)))
      throw refusal(what, 422, 'Invalid', ['metadata.finalizers'])
    const kept = Object.fromEntries(
      ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'resourceVersion'].flatMap(
        (key) => (old[key] === undefined ? [] : [[key, old[key]]]),
      ),
    )
    const pruned = Object.fromEntries(
      Object.entries(rest).filter(([key, value]) => key !== 'finalizers' || (value as string[]).length > 0),
    )
    const after = {
      ...next,
      apiVersion: before.apiVersion,
      kind: before.kind,
      metadata: { ...pruned, ...at, ...kept },
    } as unknown as Stored
    const nextOwners = typeof by === 'string' ? ownersAfterUpdate(before, after, owners, by, this.#time()) : by
    const same = canonical(withoutMeta(before)) === canonical(withoutMeta(after))
    // A write that changes nothing is none: no new version, no event. Taking ownership of a field is a change.
    if (same && canonical(managed(owners)) === canonical(managed(nextOwners))) return before
    if (WITH_GENERATION.has(kind.kind) && canonical(desired(before)) !== canonical(desired(after)))
      (after.metadata as Tree).generation = (old.generation ?? 0) + 1
    if (old.deletionTimestamp !== undefined && finalizers.length === 0) {
      // The answer is the request's object: with the version from before the removal, which watches tell with a newer one.
      this.#remove(kind, at, after)
      return after
    }
    return this.#put(kind, at, before, after, nextOwners)
  }

  #put(kind: ResourceKind, at: ObjectName, before: Stored | null, after: Stored, owners: Owners, silent = false): Stored {
    if (!silent) this.version++
    const managedFields = managedFieldsOf(owners)
    const object = { ...after, metadata: { ...after.metadata, resourceVersion: String(this.version), managedFields } } as Stored
    const entries = this.#kinds.get(kind.kind) ?? new Map<string, Entry>()
    this.#kinds.set(kind.kind, entries)
    entries.set(nameOf(at), { object, owners })
    if (!silent) this.#tell({ version: this.version, kind: kind.kind, before, after: object })
    return object
  }

  #remove(kind: ResourceKind, at: ObjectName, last: Stored): Stored {
    this.version++
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(this.version) } } as Stored
    this.#kinds.get(kind.kind)?.delete(nameOf(at))
    this.#tell({ version: this.version, kind: kind.kind, before: object, after: null })
    const home = at.namespace === undefined ? null : this.find(NAMESPACES, { name: at.namespace })
    if (home?.metadata.deletionTimestamp !== undefined && this.#contents(home.metadata.name).length === 0)
      this.delete(NAMESPACES, { name: home.metadata.name }, {}, '')
    return object
  }

  #tell(event: HistoryEvent): void {
    this.history.push(event)
    for (const listener of [...this.#listeners]) listener(event)
  }

  #contents(namespace: string): readonly { readonly kind: ResourceKind; readonly object: Stored }[] {
    return [...this.#kinds].flatMap(([kind, entries]) =>
      [...entries.values()]
        .filter(({ object }) => object.metadata.namespace === namespace)
        .map(({ object }) => ({ kind: { group: '', version: 'v1', plural: '', kind, namespaced: true }, object })),
    )
  }

  #checkNamespace(namespace: string | undefined, what: string): void {
    if (namespace === undefined) throw refusal(what, 400, 'BadRequest')
    const home = this.find(NAMESPACES, { name: namespace })
    if (home === null) throw refusal(what, 404, 'NotFound')
    if (home.metadata.deletionTimestamp !== undefined) throw refusal(what, 403, 'Forbidden', ['metadata.namespace'])
  }

  #checkVersion(object: Stored, body: Tree, what: string): void {
    const { resourceVersion } = (body.metadata ?? {}) as Partial<KubeObject['metadata']>
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== object.metadata.resourceVersion)
      throw refusal(what, 409, 'Conflict')
  }

  #existing(kind: ResourceKind, at: ObjectName, what: string): Entry {
    const found = this.#entry(kind, at)
    if (found === null) throw refusal(what, 404, 'NotFound')
    return found
  }

  #entry(kind: ResourceKind, at: ObjectName): Entry | null {
    return this.#kinds.get(kind.kind)?.get(nameOf(at)) ?? null
  }

  #suffix(): string {
    return (this.#serial + 1).toString(36).padStart(5, 'x')
  }

  #time(): string {
    return new Date(Math.floor(this.#clock.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z')
  }
}

/** The part of a body that the endpoint it is sent to writes. */
function scoped(kind: ResourceKind, body: Tree, subresource: string | undefined): Tree {
  if (subresource === 'status') return { status: body.status }
  if (!WITH_STATUS.has(kind.kind)) return body
  const { status: _, ...rest } = body
  return rest
}

const withoutMeta = ({ metadata, ...rest }: Stored) => {
  const { resourceVersion: _, generation: __, managedFields: ___, ...meta } = metadata as KubeObject['metadata'] & Tree
  return { ...rest, metadata: meta }
}
const desired = ({ metadata: _, status: __, ...rest }: Stored) => rest
const managed = (owners: Owners) => [...owners].map(([key, { paths }]) => [key, [...paths].sort()])
