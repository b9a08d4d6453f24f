import { isAborted, isForbidden, isGone, isTransient, KubernetesError, kubernetesErrorOf } from '../cluster/errors.ts'
import type { Kubernetes, ResourceKind, Selection } from '../cluster/kubernetes.ts'
import type { KubeObject } from '../shared/objects.ts'
import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import { isOlder } from './resource-version.ts'
import type { Store } from './store.ts'
import { trimObject } from './trim-object.ts'

export type ReflectorOptions<T extends KubeObject> = {
  readonly api: Pick<Kubernetes, 'list' | 'watch'>
  readonly kind: ResourceKind
  readonly selection?: Selection
  readonly store: Store<T>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Told of every failed list or watch; none of them ends the reflector. */
  readonly onProblem?: (problem: unknown) => void
  /** Told whenever the API server says anything of this kind. */
  readonly onContact?: () => void
  readonly pageSize?: number
  /** A watch that says nothing for so long is taken for dead. Longer than the API server's bookmark period of about a minute. */
  readonly idleMs?: number
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number }
}

/** The watch cannot be resumed from where we are: what happened since is only in a new list. */
class Relist {
  readonly problem: unknown
  constructor(problem: unknown) {
    this.problem = problem
  }
}

/** A watch the server ended faster than this, without a word, counts as a failure: it would be asked for again in a loop. */
const SHORT_WATCH_MS = 1_000

/**
 * Keeps a store equal to what the API server holds of one kind: a paged list, then a watch, resumed where it broke,
 * and a new list when it cannot be. Loses nothing, and ends only with its signal.
 */
export class Reflector<T extends KubeObject = KubeObject> {
  readonly kind: ResourceKind
  /** Resolves when the store holds a first complete list; rejects if the reflector is stopped before. */
  readonly synced: Promise<void>
  readonly #options: ReflectorOptions<T>
  readonly #backoff: Backoff
  #settleSynced: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | null
  #hasSynced = false
  #lastContact: number
  #lists = 0
  #watches = 0

  constructor(options: ReflectorOptions<T>) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(() => undefined)
    this.#options = options
    this.kind = options.kind
    this.synced = promise
    this.#settleSynced = { resolve, reject }
    this.#backoff = new Backoff({ baseMs: 800, maxMs: 30_000, ...options.backoff, random: options.random })
    this.#lastContact = options.clock.monotonic()
  }

  get hasSynced(): boolean {
    return this.#hasSynced
  }

  /** On the monotonic clock: when the API server last said anything about this kind. Before the first word, when we began. */
  get lastContact(): number {
    return this.#lastContact
  }

  get counts(): { readonly lists: number; readonly watches: number } {
    return { lists: this.#lists, watches: this.#watches }
  }

  /** Runs until the signal; never rejects. To be called once. */
  async run(signal: AbortSignal): Promise<void> {
    let position: string | null = null
    while (!signal.aborted) {
      try {
        position ??= await this.#list(signal)
        position = await this.#watch(position, signal)
      } catch (thrown) {
        if (signal.aborted) break
        const relist = thrown instanceof Relist
        if (relist) position = null
        else if (thrown instanceof Interrupted) position = thrown.position
        await this.#rest(relist || thrown instanceof Interrupted ? thrown.problem : thrown, signal)
      }
    }
    this.#settleSynced?.reject(signal.reason)
    this.#settleSynced = null
  }

  async #rest(problem: unknown, signal: AbortSignal): Promise<void> {
    this.#options.onProblem?.(problem)
    const asked = problem instanceof KubernetesError && problem.retryAfterSeconds !== null ? problem.retryAfterSeconds * 1000 : 0
    try {
      await delay(this.#options.clock, this.#backoff.next(asked), signal)
    } catch {
      // Stopped.
    }
  }

  /** The whole list, in pages; the resourceVersion to watch from. */
  async #list(signal: AbortSignal): Promise<string> {
    const { api, kind, selection = {}, store, pageSize = 500 } = this.#options
    for (let expired = 0; ; ) {
      const mark = store.mark()
      const objects: T[] = []
      let position = ''
      let continueToken: string | null = null
      try {
        do {
          // A continuation that expired twice is answered in one piece: a list that takes longer than the history is kept never ends.
          const paging: { limit?: number; continueToken?: string } =
            expired > 1 ? {} : { limit: pageSize, ...(continueToken === null ? {} : { continueToken }) }
          this.#lists++
          const page = await api.list(kind, { ...selection, ...paging }, signal)
          this.#touch()
          position ||= page.resourceVersion
          const items = page.items.map((item) => trimObject(item as T))
          objects.push(...items)
          // Ten thousand at once would hold up everything else for half a second. Later a list is a difference, and taken as a whole.
          if (!this.#hasSynced) store.addAll(items)
          continueToken = page.continueToken
        } while (continueToken !== null)
      } catch (error) {
        if (isGone(error) && continueToken !== null && expired++ < 5) continue
        throw error
      }
      store.replaceAll(objects, mark)
      this.#hasSynced = true
      this.#settleSynced?.resolve()
      this.#settleSynced = null
      return position
    }
  }

  /** One watch, to its end; the resourceVersion to go on from. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const { api, kind, selection = {}, clock, random, idleMs = 90_000 } = this.#options
    let position = from
    const idle = new AbortController()
    const dead = () => idle.abort(new KubernetesError({ code: 'KUBERNETES_TIMEOUT', what: `watch ${kind.kind}` }))
    let cancel = clock.after(idleMs, dead)
    const started = clock.monotonic()
    let heard = false
    try {
      const timeoutSeconds = 300 + Math.floor(random() * 300)
      const options = { ...selection, resourceVersion: from, timeoutSeconds }
      this.#watches++
      for await (const event of api.watch(kind, options, AbortSignal.any([signal, idle.signal]))) {
        if (signal.aborted) throw signal.reason
        cancel()
        cancel = clock.after(idleMs, dead)
        this.#touch()
        if (event.type === 'ERROR') throw kubernetesErrorOf(`watch ${kind.kind}`, event.status.code, event.status)
        const next = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion
        // A server whose history was set back (an etcd restored from a backup) sends nothing of what it lost.
        if (isOlder(next, position))
          throw new Relist(new KubernetesError({ code: 'KUBERNETES_GONE', what: `watch ${kind.kind}` }))
        if (event.type !== 'BOOKMARK') this.#options.store.apply(event.type, event.object as T)
        position = next
        heard = true
        this.#backoff.reset()
      }
    } catch (error) {
      if (error instanceof Relist) throw error
      const problem = isAborted(error) && idle.signal.aborted ? idle.signal.reason : error
      if (isGone(problem) || !canResume(problem)) throw new Relist(problem)
      throw new Interrupted(position, problem)
    } finally {
      cancel()
      // Not after the list: who may list and not watch would list for ever, as fast as it goes.
      if (clock.monotonic() - started >= SHORT_WATCH_MS) this.#backoff.reset()
    }
    if (!heard && clock.monotonic() - started < SHORT_WATCH_MS) {
      throw new Interrupted(position, new KubernetesError({ code: 'KUBERNETES_CONNECTION', what: `watch ${kind.kind}` }))
    }
    this.#touch()
    return position
  }

  #touch(): void {
    this.#lastContact = this.#options.clock.monotonic()
    this.#options.onContact?.()
  }
}

/** The watch broke, and can be resumed after the last event it brought. */
class Interrupted {
  readonly position: string
  readonly problem: unknown
  constructor(position: string, problem: unknown) {
    this.position = position
    this.problem = problem
  }
}

/** A resourceVersion the server does not know yet is no reason to go on asking for it, and a line we cannot read comes again. */
function canResume(problem: unknown): boolean {
  if (!(problem instanceof KubernetesError)) return false
  const { code, status } = problem
  // Where the watch is forbidden, a new list is not what is missing.
  return isForbidden(problem) || (isTransient(problem) && code !== 'KUBERNETES_PROTOCOL' && status !== 504)
}
