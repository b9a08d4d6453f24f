import type { KubernetesCall, KubernetesVerb } from '../../controllers/cluster/client.ts'
import { KubernetesError } from '../../controllers/cluster/errors.ts'
import { type Kubernetes, type ListPage, NAMESPACES, type ResourceKind } from '../../controllers/cluster/kubernetes.ts'
import type { Clock } from '../../controllers/runtime/clock.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'
import type { Stored, Tree } from './kubernetes-standin-objects.ts'
import { KubernetesState, refusal } from './kubernetes-standin-state.ts'
import { isSelected, type OpenWatch, watchState } from './kubernetes-standin-watch.ts'

export type StandinCall = Omit<KubernetesCall, 'status' | 'ms'>

/** `before`: refused and not done. `after`: done, but the answer is lost. `hang`: not done, and no answer until the caller gives up. */
export type StandinFault = {
  readonly on: (call: StandinCall) => boolean
  readonly mode: 'before' | 'after' | 'hang'
  readonly error?: () => unknown
  /** How many calls it hits; default one. */
  readonly times?: number
}

export type StandinClient = Kubernetes & {
  clusterId(): Promise<string>
  /** The process that uses this client is dead: nothing it asks for from now on is done or answered. */
  cut(): void
}

export type StandinClientOptions = {
  readonly fieldManager: string
  /** After each call, whatever came of it; a test may cut the client here. */
  readonly onCall?: (call: KubernetesCall) => void
  /** The fence, as the real client has it. */
  readonly beforeWrite?: () => void
}

/** What a person would write in a manifest; kind and apiVersion may be left out. */
export type WorldObject = { readonly metadata: object; readonly [field: string]: unknown }

const WRITES: ReadonlySet<KubernetesVerb> = new Set(['create', 'patch', 'replace', 'delete'])
const WORLD = 'world'

/** An API server in this process, on a clock of the test's. It passes the contract suite that the real one passes. */
export class KubernetesStandin {
  readonly #state: KubernetesState
  readonly #clock: Clock
  readonly #faults: (StandinFault & { left: number })[] = []
  readonly #watches = new Set<OpenWatch>()
  readonly #snapshots = new Map<string, { readonly items: readonly Stored[]; readonly version: string }>()
  readonly #hidden = new Map<string, (object: KubeObject) => boolean>()
  readonly calls: StandinCall[] = []

  constructor(options: { readonly clock: Clock; readonly namespaces?: readonly string[] }) {
    this.#clock = options.clock
    this.#state = new KubernetesState(options.clock)
    for (const name of ['default', 'kube-system', ...(options.namespaces ?? [])]) this.apply(NAMESPACES, { metadata: { name } })
  }

  /** What a person or another controller does: creates the object, or makes it so (its status too). Needs no namespace made before. */
  apply<T extends KubeObject = KubeObject>(kind: ResourceKind, object: WorldObject): T {
    const body = sent(object)
    const { namespace, name } = body.metadata as { namespace?: string; name: string }
    const at = kind.namespaced ? { namespace: namespace ?? 'default', name } : { name }
    if (kind.namespaced && this.#state.find(NAMESPACES, { name: at.namespace ?? '' }) === null)
      this.apply(NAMESPACES, { metadata: { name: at.namespace } })
    const wanted = { ...body, metadata: { ...(body.metadata as object), ...at } }
    const present = this.#state.find(kind, at)
    const labels =
      kind === NAMESPACES
        ? { labels: { 'kubernetes.io/metadata.name': name, ...((wanted.metadata as Tree).labels as object) } }
        : {}
    const metadata = { ...wanted.metadata, ...labels }
    const written =
      present === null
        ? this.#state.create(kind, { ...wanted, metadata }, WORLD, 'apply')
        : this.#state.replace(
            kind,
            at,
            {
              ...wanted,
              metadata: {
                ...(present.metadata.finalizers === undefined ? {} : { finalizers: present.metadata.finalizers }),
                ...metadata,
              },
            },
            WORLD,
            'apply',
          )
    if (body.status === undefined) return written as unknown as T
    return this.#state.merge(
      kind,
      at,
      { status: body.status },
      { manager: WORLD, subresource: 'status' },
      'apply',
    ) as unknown as T
  }

  /** A merge patch by a person; null removes a field. */
  patch(kind: ResourceKind, at: { readonly namespace?: string; readonly name: string }, body: object): KubeObject {
    return this.#state.merge(kind, at, sent(body), { manager: WORLD }, 'patch')
  }

  delete(kind: ResourceKind, at: { readonly namespace?: string; readonly name: string }): void {
    this.#state.delete(kind, at, {}, 'delete')
  }

  get<T extends KubeObject = KubeObject>(
    kind: ResourceKind,
    at: { readonly namespace?: string; readonly name: string },
  ): T | null {
    return structuredClone(this.#state.find(kind, at)) as T | null
  }

  list<T extends KubeObject = KubeObject>(kind: ResourceKind): readonly T[] {
    return structuredClone(this.#state.all(kind)) as unknown as readonly T[]
  }

  /** Forgets what was before now: older watches and continuations get 410. */
  compact(): void {
    this.#state.compactedAt = this.#state.version
    this.#state.history = []
    this.#snapshots.clear()
  }

  /** A server that has lost its way: its lists do not show what is there of a kind, all or some. Watches have to list again. */
  hide(kind: ResourceKind, hidden: boolean | ((object: KubeObject) => boolean) = true): void {
    if (hidden === false) this.#hidden.delete(kind.kind)
    else this.#hidden.set(kind.kind, hidden === true ? () => true : hidden)
    this.relist(kind)
  }

  /** Nothing of what was before is told any more to those who watch a kind: they have to list again. */
  relist(kind: ResourceKind): void {
    this.#state.version++
    this.compact()
    for (const watch of this.watches(kind)) watch.break()
  }

  watches(kind?: ResourceKind): readonly OpenWatch[] {
    return [...this.#watches].filter((watch) => kind === undefined || watch.kind.kind === kind.kind)
  }

  fail(fault: StandinFault): void {
    this.#faults.push({ ...fault, left: fault.times ?? 1 })
  }

  client(options: StandinClientOptions): StandinClient {
    const session = { cut: false, end: new AbortController() }
    const { fieldManager } = options
    const state = this.#state
    const perform = <T>(call: StandinCall, signal: AbortSignal, run: () => T) =>
      this.#perform(session, options, call, signal, run)
    const callOf = (verb: KubernetesVerb, kind: ResourceKind, at: { namespace?: string; name?: string }): StandinCall => ({
      verb,
      kind: kind.kind,
      namespace: at.namespace ?? '',
      name: at.name ?? '',
      write: WRITES.has(verb),
    })
    const watches = this.#watches
    const clock = this.#clock
    return {
      list: (kind, query, signal) => perform(callOf('list', kind, query), signal, () => this.#page(kind, query)),
      async *watch(kind, query, signal) {
        await perform(callOf('watch', kind, query), signal, () => undefined)
        const until = AbortSignal.any([signal, session.end.signal])
        try {
          yield* watchState(state, clock, { kind, options: query, signal: until, open: watches })
        } catch (error) {
          if (session.cut) await never()
          throw error
        }
      },
      get: (kind, at, signal) => perform(callOf('get', kind, at), signal, () => state.get(kind, at, `get ${kind.kind}`)),
      create: (kind, object, signal) =>
        perform(callOf('create', kind, object.metadata), signal, () =>
          state.create(kind, sent(object), fieldManager, `create ${kind.kind}`),
        ),
      patch: (kind, at, body, { kind: patchKind, subresource, force }, signal) =>
        perform(callOf('patch', kind, at), signal, () => {
          const how = { manager: fieldManager, force: force ?? false, ...(subresource === undefined ? {} : { subresource }) }
          const what = `patch ${kind.kind}`
          return patchKind === 'apply'
            ? state.apply(kind, at, sent(body), how, what)
            : state.merge(kind, at, sent(body), how, what)
        }),
      replace: (kind, at, body, signal) =>
        perform(callOf('replace', kind, at), signal, () =>
          state.replace(kind, at, sent(body), fieldManager, `replace ${kind.kind}`),
        ),
      delete: (kind, at, preconditions, signal) =>
        perform(callOf('delete', kind, at), signal, () => state.delete(kind, at, preconditions, `delete ${kind.kind}`)),
      clusterId: async () => state.get(NAMESPACES, { name: 'kube-system' }, 'get Namespace').metadata.uid,
      cut: () => {
        session.cut = true
        session.end.abort(new Error('the process is dead'))
      },
    }
  }

  async #perform<T>(
    session: { cut: boolean },
    options: StandinClientOptions,
    call: StandinCall,
    signal: AbortSignal,
    run: () => T,
  ): Promise<T> {
    await null
    const what = `${call.verb} ${call.kind}`
    if (session.cut) return await never()
    if (signal.aborted) throw new KubernetesError({ code: 'KUBERNETES_ABORTED', what, cause: signal.reason })
    if (call.write && call.kind !== 'Lease') options.beforeWrite?.()
    this.calls.push(call)
    const started = this.#clock.monotonic()
    let status = 200
    try {
      const fault = this.#faults.find((candidate) => candidate.left > 0 && candidate.on(call))
      if (fault !== undefined) fault.left--
      if (fault?.mode === 'hang') await untilAborted(signal, what)
      if (fault?.mode === 'before') throw fault.error?.() ?? refusal(what, 500, 'InternalError')
      const result = structuredClone(run())
      if (fault?.mode === 'after') throw fault.error?.() ?? new KubernetesError({ code: 'KUBERNETES_CONNECTION', what })
      return result
    } catch (error) {
      status = error instanceof KubernetesError ? error.status : 0
      throw error
    } finally {
      options.onCall?.({ ...call, status, ms: this.#clock.monotonic() - started })
      // The process died with this call: its answer reaches nobody.
      if (session.cut) await never()
    }
  }

  #page(kind: ResourceKind, query: Parameters<Kubernetes['list']>[1]): ListPage {
    const { limit, continueToken } = query
    const [id = '', start = '0'] = (continueToken ?? '').split(':')
    const held = continueToken === undefined ? null : this.#snapshots.get(id)
    if (held === undefined) throw refusal(`list ${kind.kind}`, 410, 'Expired')
    const version = held?.version ?? String(this.#state.version)
    const isHidden = this.#hidden.get(kind.kind) ?? (() => false)
    const shown = this.#state.all(kind).filter((object) => !isHidden(object as unknown as KubeObject))
    const items = held?.items ?? shown.filter((object) => isSelected(object, query))
    const from = Number(start)
    const to = limit === undefined || limit === 0 ? items.length : from + limit
    const token = held === null ? `${version}-${kind.kind}-${this.calls.length}` : id
    const more = to < items.length
    if (more) this.#snapshots.set(token, { items, version })
    return {
      items: items.slice(from, to),
      resourceVersion: version,
      continueToken: more ? `${token}:${to}` : null,
      remaining: more ? items.length - to : null,
    }
  }
}

/** As it arrives over the wire. */
function sent(body: object): Tree {
  return JSON.parse(JSON.stringify(body)) as Tree
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function untilAborted(signal: AbortSignal, what: string): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new KubernetesError({ code: 'KUBERNETES_ABORTED', what, cause: signal.reason }))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
