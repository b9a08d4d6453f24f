import { isConflict, isNotFound } from '../cluster/errors.ts'
import { INGRESSES, type Kubernetes } from '../cluster/kubernetes.ts'
import { FINALIZER } from '../shared/annotations.ts'
import type { Change } from '../shared/change.ts'
import { ChangeFailed } from '../shared/failure.ts'
import type { Ingress } from '../shared/objects.ts'
import type { Apply } from './executor.ts'
import { finalizerAdded, finalizerRemoved } from './finalizer.ts'
import type { Store } from './store.ts'

/** Applies the composer's `Kubernetes::Ingress` changes: our finalizer on, our finalizer off. */
export function finalizerWriter(api: Kubernetes, ingresses: Store<Ingress>): Apply {
  return async (changes, signal) => {
    for (const item of changes) await write(api, ingresses, item, signal)
  }
}

async function write(api: Kubernetes, ingresses: Store<Ingress>, item: Change, signal: AbortSignal): Promise<void> {
  const { namespace, name } = item.object
  const ingress = ingresses.get(`${namespace}/${name}`)
  if (ingress === null) return
  const adds = Array.isArray(item.after?.finalizers) && item.after.finalizers.includes(FINALIZER)
  const body = adds ? finalizerAdded(ingress, FINALIZER) : finalizerRemoved(ingress, FINALIZER)
  if (body === null) return
  try {
    const written = await api.patch(INGRESSES, { namespace, name }, body, { kind: 'merge' }, signal)
    ingresses.noteWrite(written as Ingress)
  } catch (error) {
    if (!adds && isNotFound(error)) return
    const kind = isConflict(error) || isNotFound(error) ? 'stale' : 'transient'
    const message = `the finalizer of Ingress ${namespace}/${name} could not be written`
    throw new ChangeFailed({ code: 'FinalizerNotWritten', kind, message, changes: [item.id], cause: error })
  }
}
