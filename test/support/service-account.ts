import { join } from 'node:path'
import { keepUsage } from '../env/keep-usage.ts'
import { grantedIn } from './granted.ts'
import type { Usage } from './usage.ts'

/**
 * RBAC as deploy/ has it: whether Fairlead's ServiceAccount may do something in the cluster. What it asks for is noted, each thing once,
 * as the API server's audit log would have it.
 */
export function serviceAccount(note: (usage: Partial<Usage>) => void = keepUsage) {
  const granted = new Set(grantedIn(join(import.meta.dirname, '../../deploy')).verbs)
  const asked = new Set<string>()
  return (permission: string, namespace: string | undefined): boolean => {
    const words = namespace === undefined ? [permission] : [permission, `${permission} in ${namespace}`]
    const last = words.at(-1)!
    const allowed = words.some((one) => granted.has(one))
    if (!asked.has(last)) note(allowed ? { verbs: words } : { forbidden: [last] })
    asked.add(last)
    return allowed
  }
}
