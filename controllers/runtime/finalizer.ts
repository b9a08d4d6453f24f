import type { KubeObject } from '../shared/objects.ts'

export type FinalizerPatch = {
  readonly metadata: { readonly resourceVersion: string; readonly finalizers: readonly string[] }
}

/**
 * The merge patch that adds a finalizer; null if it is there already, or if the object is being deleted (the API server
 * refuses new finalizers then). A merge patch replaces the whole list, so it carries the resourceVersion the list was read at:
 * somebody else's finalizer added in between makes it fail with a conflict, not disappear.
 */
export function finalizerAdded(object: KubeObject, finalizer: string): FinalizerPatch | null {
  const { finalizers = [], resourceVersion, deletionTimestamp } = object.metadata
  if (finalizers.includes(finalizer) || deletionTimestamp !== undefined) return null
  return { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } }
}

/** The merge patch that removes a finalizer; null if it is not there. */
export function finalizerRemoved(object: KubeObject, finalizer: string): FinalizerPatch | null {
  const { finalizers = [], resourceVersion } = object.metadata
  if (!finalizers.includes(finalizer)) return null
  return { metadata: { resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) } }
}
