import type { Dispatcher } from 'undici'
import type { Clock } from '../runtime/clock.ts'
import type { KubeObject } from '../shared/objects.ts'
import { Connection, type Lane } from './connection.ts'
import { KubernetesError, kubernetesErrorOf, type ServerStatus } from './errors.ts'
import { type Kubernetes, type ListPage, NAMESPACES, type ObjectName, type ResourceKind, type WatchEvent } from './kubernetes.ts'
import { LineTooLongError, readLines } from './read-lines.ts'
import { apiVersion, type Query, queryString, resourcePath, selectionQuery } from './resource-path.ts'
import { isReview } from './reviews.ts'

export type KubernetesVerb = 'list' | 'watch' | 'get' | 'create' | 'patch' | 'replace' | 'delete'

/** One finished call (a watch: once it answered), for metrics, the audit and the call budgets. `status` 0: no answer. */
export type KubernetesCall = {
  readonly verb: KubernetesVerb
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly status: number
  readonly write: boolean
  readonly ms: number
}

export type KubernetesClient = Kubernetes & {
  /** The UID of kube-system: it lives as long as the cluster. */
  clusterId(signal?: AbortSignal): Promise<string>
  close(): Promise<void>
}

export type KubernetesClientOptions = {
  /** Path of a kubeconfig; without it KUBECONFIG, ~/.kube/config or the pod's own ServiceAccount. */
  readonly kubeconfig?: string
  readonly fieldManager: string
  readonly onCall?: (call: KubernetesCall) => void
  /** The lease's fence, asked directly before each write goes out, but for writes of leases themselves. Throws when we may not. */
  readonly beforeWrite?: () => void
  readonly requestTimeoutMs: number
  readonly clock: Clock
}

type Call = {
  readonly verb: KubernetesVerb
  readonly kind: ResourceKind
  readonly namespace: string
  readonly name: string
  readonly path: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: object
  readonly contentType?: string
}

const LONGEST_LINE = 16 * 2 ** 20
const WRITES: ReadonlySet<KubernetesVerb> = new Set(['create', 'patch', 'replace', 'delete'])
const PATCH_TYPES = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json' } as const

/** The Kubernetes API over raw JSON. Nothing is retried here: who reads knows how long to back off, and no write is ever sent twice. */
export function kubernetesClient(options: KubernetesClientOptions): KubernetesClient {
  const { clock, fieldManager, requestTimeoutMs } = options
  const connection = new Connection(options.kubeconfig, clock)

  function askFence(): void {
    try {
      options.beforeWrite?.()
    } catch (error) {
      throw new Refused(error)
    }
  }

  /** The answer's head, within the deadline; the body is the caller's to read. */
  async function send(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { origin, prefix, headers, lanes } = await connection.credentials()
    if (signal.aborted) throw signal.reason
    if (isWrite(call) && !isLease(call.kind)) askFence()
    return await lanes[laneOf(call)].request({
      origin,
      path: `${prefix}${call.path}`,
      method: call.method,
      headers: {
        ...headers,
        'user-agent': fieldManager,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    })
  }

  async function failure(call: Call, answer: Dispatcher.ResponseData): Promise<KubernetesError> {
    if (answer.statusCode === 401) connection.unauthorized()
    const text = await answer.body.text()
    let status: ServerStatus | null = null
    try {
      status = JSON.parse(text) as ServerStatus
    } catch {
      // Not every failure carries a Status: a load balancer in front answers in its own words.
    }
    return kubernetesErrorOf(whatOf(call), answer.statusCode, status, retryAfter(answer.headers['retry-after']))
  }

  /** Runs `use` on the answer and reports the call, whatever comes of it. */
  async function perform<T>(call: Call, caller: AbortSignal, use: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    const started = clock.monotonic()
    const deadline = new AbortController()
    const cancel = clock.after(requestTimeoutMs, () => deadline.abort(new Error('request timeout')))
    let status = 0
    try {
      const signal = AbortSignal.any([caller, deadline.signal])
      if (signal.aborted) throw signal.reason
      const answer = await send(call, signal)
      status = answer.statusCode
      if (status >= 400) throw await failure(call, answer)
      const result = await use(answer)
      report(call, status, clock.monotonic() - started)
      return result
    } catch (error) {
      if (error instanceof Refused) throw error.reason
      report(call, status, clock.monotonic() - started)
      throw failureOf(call, error, caller, deadline.signal)
    } finally {
      // A watch's deadline is for its head alone: the reader has an idle deadline of its own.
      cancel()
    }
  }

  function report(call: Call, status: number, ms: number): void {
    const { verb, kind, namespace, name } = call
    options.onCall?.({ verb, kind: kind.kind, namespace, name, status, write: isWrite(call), ms })
  }

  async function json<T>(call: Call, signal: AbortSignal): Promise<T> {
    return await perform(call, signal, async (answer) => JSON.parse(await answer.body.text()) as T)
  }

  const callOn = (
    verb: KubernetesVerb,
    method: Call['method'],
    kind: ResourceKind,
    at: ObjectName,
    query: Query,
    rest = {},
  ): Call => ({
    verb,
    kind,
    namespace: at.namespace ?? '',
    name: at.name,
    method,
    path: `${resourcePath(kind, at.namespace, at.name)}${queryString(query)}`,
    ...rest,
  })

  return {
    async list(kind, { namespace, limit, continueToken, resourceVersion, ...selection }, signal) {
      const query = { ...selectionQuery(selection), limit, continue: continueToken, resourceVersion }
      const path = `${resourcePath(kind, namespace)}${queryString(query)}`
      const call: Call = { verb: 'list', kind, namespace: namespace ?? '', name: '', method: 'GET', path }
      return pageOf(kind, await json<RawList>(call, signal))
    },

    async *watch(kind, { namespace, resourceVersion, timeoutSeconds, ...selection }, signal) {
      const query = { ...selectionQuery(selection), watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds }
      const path = `${resourcePath(kind, namespace)}${queryString(query)}`
      const call: Call = { verb: 'watch', kind, namespace: namespace ?? '', name: '', method: 'GET', path }
      const answer = await perform(call, signal, async (head) => head)
      try {
        for await (const line of readLines(answer.body, LONGEST_LINE)) yield watchEventOf(line)
      } catch (error) {
        throw failureOf(call, error, signal, null)
      } finally {
        answer.body.destroy()
      }
    },

    get: (kind, at, signal) => json(callOn('get', 'GET', kind, at, {}), signal),

    create(kind, object, signal) {
      const { namespace, name } = object.metadata as Partial<ObjectName>
      const call: Call = {
        verb: 'create',
        kind,
        namespace: namespace ?? '',
        name: name ?? '',
        method: 'POST',
        path: `${resourcePath(kind, namespace)}${queryString({ fieldManager })}`,
        body: { apiVersion: apiVersion(kind), kind: kind.kind, ...object },
      }
      return json(call, signal)
    },

    patch(kind, at, body, { kind: patchKind, subresource, force }, signal) {
      const query = { fieldManager, force: patchKind === 'apply' ? force : undefined }
      const call: Call = {
        verb: 'patch',
        kind,
        namespace: at.namespace ?? '',
        name: at.name,
        method: 'PATCH',
        path: `${resourcePath(kind, at.namespace, at.name, subresource)}${queryString(query)}`,
        body: patchKind === 'apply' ? { apiVersion: apiVersion(kind), kind: kind.kind, ...body } : body,
        contentType: PATCH_TYPES[patchKind],
      }
      return json(call, signal)
    },

    replace(kind, at, object, signal) {
      const body = { apiVersion: apiVersion(kind), kind: kind.kind, ...object }
      return json(callOn('replace', 'PUT', kind, at, { fieldManager }, { body }), signal)
    },

    async delete(kind, at, preconditions, signal) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions }
      await json(callOn('delete', 'DELETE', kind, at, {}, { body }), signal)
    },

    async clusterId(signal = new AbortController().signal) {
      const namespace = await json<KubeObject>(callOn('get', 'GET', NAMESPACES, { name: 'kube-system' }, {}), signal)
      return namespace.metadata.uid
    },

    close: () => connection.close(),
  }
}

type RawList = {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: readonly KubeObject[] | null
}

/** The API leaves apiVersion and kind out of the items of a list; we put them back, so that an object is one wherever it came from. */
function pageOf(kind: ResourceKind, list: RawList): ListPage {
  const type = { apiVersion: apiVersion(kind), kind: kind.kind }
  return {
    items: (list.items ?? []).map((item) => ({ ...item, ...type })),
    resourceVersion: list.metadata.resourceVersion,
    continueToken: list.metadata.continue === undefined || list.metadata.continue === '' ? null : list.metadata.continue,
    remaining: list.metadata.remainingItemCount ?? null,
  }
}

function watchEventOf(line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as { type: string; object: KubeObject & Record<string, unknown> }
  if (type === 'BOOKMARK') return { type, resourceVersion: object.metadata.resourceVersion }
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object }
  if (type !== 'ERROR') throw new SyntaxError('a watch event of a type that is not known')
  const { code, reason, message } = object as { code?: unknown; reason?: unknown; message?: unknown }
  const status = { code: typeof code === 'number' ? code : 500, reason: String(reason ?? ''), message: String(message ?? '') }
  return { type, status }
}

function failureOf(call: Call, error: unknown, caller: AbortSignal, deadline: AbortSignal | null): unknown {
  if (error instanceof KubernetesError) return error
  const what = whatOf(call)
  if (caller.aborted) return new KubernetesError({ code: 'KUBERNETES_ABORTED', what, cause: caller.reason })
  if (deadline?.aborted) return new KubernetesError({ code: 'KUBERNETES_TIMEOUT', what })
  if (error instanceof SyntaxError || error instanceof LineTooLongError)
    // Without its cause: a syntax error quotes the text, and the text may be a Secret.
    return new KubernetesError({ code: 'KUBERNETES_PROTOCOL', what })
  return new KubernetesError({ code: 'KUBERNETES_CONNECTION', what, cause: error })
}

/** The fence said no: nothing was sent, so it is neither a call nor a failure of one. */
class Refused {
  readonly reason: unknown
  constructor(reason: unknown) {
    this.reason = reason
  }
}

function laneOf(call: Call): Lane {
  if (call.verb === 'watch') return 'watches'
  return isLease(call.kind) ? 'leases' : 'requests'
}

function isWrite({ verb, kind }: Call): boolean {
  return WRITES.has(verb) && !isReview(kind)
}

function isLease(kind: ResourceKind): boolean {
  return kind.group === 'coordination.k8s.io' && kind.plural === 'leases'
}

function whatOf({ verb, kind, namespace, name }: Call): string {
  const at = [namespace, name].filter((part) => part !== '').join('/')
  return `${verb} ${kind.kind}${at === '' ? '' : ` ${at}`}`
}

/** Seconds; the API server never sends the date form. */
function retryAfter(header: string | string[] | undefined): number | null {
  const seconds = Number(Array.isArray(header) ? header[0] : header)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null
}
