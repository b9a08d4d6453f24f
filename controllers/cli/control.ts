import { isNotFound } from '../cluster/errors.ts'
import { CONFIG_MAPS, type Kubernetes } from '../cluster/kubernetes.ts'
import { CONTROL_NAME, type ConfigMap, type Control, controlOf } from '../shared/control.ts'

const SECONDS = 30_000

/** The ConfigMap with which operators stop writes, for the commands that write into it. */
export type ControlAccess = { readonly api: Kubernetes; readonly ownNamespace: string }

export async function readControl({ api, ownNamespace }: ControlAccess): Promise<Control> {
  const at = { namespace: ownNamespace, fieldSelector: `metadata.name=${CONTROL_NAME}` }
  const { items } = await api.list(CONFIG_MAPS, at, AbortSignal.timeout(SECONDS))
  return controlOf((items[0] as ConfigMap | undefined) ?? null)
}

/** Sets keys of it, leaving the others; null removes one. */
export async function writeControl(
  { api, ownNamespace }: ControlAccess,
  data: Readonly<Record<string, string | null>>,
): Promise<void> {
  const at = { namespace: ownNamespace, name: CONTROL_NAME }
  const signal = AbortSignal.timeout(SECONDS)
  try {
    await api.patch(CONFIG_MAPS, at, { data }, { kind: 'merge' }, signal)
  } catch (error) {
    if (!isNotFound(error)) throw error
    const present = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))
    if (Object.keys(present).length > 0) await api.create(CONFIG_MAPS, { metadata: at, data: present }, signal)
  }
}
