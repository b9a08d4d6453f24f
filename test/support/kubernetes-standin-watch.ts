import { KubernetesError } from '../../controllers/cluster/errors.ts'
import type { ResourceKind, Selection, WatchEvent } from '../../controllers/cluster/kubernetes.ts'
import type { Clock } from '../../controllers/runtime/clock.ts'
import { matchesFields, matchesLabels, type Stored } from './kubernetes-standin-objects.ts'
import { type HistoryEvent, type KubernetesState, refusal } from './kubernetes-standin-state.ts'

/** The API server's own period is about a minute. */
const BOOKMARK_MS = 60_000

export type WatchOptions = Selection & { readonly resourceVersion: string; readonly timeoutSeconds: number }
export type OpenWatch = {
  readonly kind: ResourceKind
  /** The connection breaks. */
  break(): void
  /** The server ends the stream in good order. */
  end(): void
  /** Nothing comes any more, and nothing says so. */
  stall(): void
}

export function isSelected(object: Stored, { namespace, labelSelector, fieldSelector }: Selection): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  return matchesLabels(object, labelSelector) && matchesFields(object, fieldSelector)
}

/** An event as a watcher with a selection sees it: an object that leaves the selection is deleted for it. */
function seenBy(selection: Selection, { before, after, version }: HistoryEvent): WatchEvent | null {
  const was = before !== null && isSelected(before, selection)
  const is = after !== null && isSelected(after, selection)
  if (!was && !is) return null
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: structuredClone(after) }
  const last = structuredClone(before as Stored)
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion: String(version) } } }
}

export async function* watchState(
  state: KubernetesState,
  clock: Clock,
  { kind, options, signal, open }: { kind: ResourceKind; options: WatchOptions; signal: AbortSignal; open: Set<OpenWatch> },
): AsyncGenerator<WatchEvent> {
  const what = `watch ${kind.kind}`
  const queue: WatchEvent[] = []
  let end: { readonly error: unknown } | null = null
  let stalled = false
  let wake: () => void = () => undefined
  const finish = (error: unknown) => {
    end ??= { error }
    wake()
  }
  const push = (event: WatchEvent) => {
    if (stalled) return
    queue.push(event)
    wake()
  }
  const from = Number(options.resourceVersion)
  if (!Number.isInteger(from)) throw refusal(what, 400, 'BadRequest')
  if (from < state.compactedAt) {
    yield { type: 'ERROR', status: { code: 410, reason: 'Expired', message: 'too old resource version' } }
    return
  }
  const handle: OpenWatch = {
    kind,
    break: () => finish(new KubernetesError({ code: 'KUBERNETES_CONNECTION', what })),
    end: () => finish(null),
    stall: () => {
      stalled = true
    },
  }
  const see = (event: HistoryEvent) => {
    if (event.kind !== kind.kind || event.version <= from) return
    const seen = seenBy(options, event)
    if (seen !== null) push(seen)
  }
  for (const event of state.history) see(event)
  const unsubscribe = state.onEvent(see)
  const abort = () => finish(new KubernetesError({ code: 'KUBERNETES_ABORTED', what, cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  const cancelEnd = clock.after(options.timeoutSeconds * 1000, () => !stalled && finish(null))
  let cancelBookmark: () => void = () => undefined
  const bookmark = () => {
    push({ type: 'BOOKMARK', resourceVersion: String(state.version) })
    cancelBookmark = clock.after(BOOKMARK_MS, bookmark)
  }
  cancelBookmark = clock.after(BOOKMARK_MS, bookmark)
  open.add(handle)
  try {
    for (;;) {
      if (signal.aborted) abort()
      const next = signal.aborted ? undefined : queue.shift()
      if (next !== undefined) yield next
      else if (end !== null) {
        if ((end as { error: unknown }).error !== null) throw (end as { error: unknown }).error
        return
      } else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    unsubscribe()
    cancelEnd()
    cancelBookmark()
    signal.removeEventListener('abort', abort)
    open.delete(handle)
  }
}
