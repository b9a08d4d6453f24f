import type { Change } from './change.ts'
import { isDeregistration, isRemoval } from './removal.ts'

/** What Fairlead may do at all. `sync` removes, but only what is proven ours. */
export type Policy = 'observe' | 'upsert-only' | 'sync'

/** The changes a policy lets through. Policies filter plans; nothing that applies a change knows of them. */
export function allowedBy(policy: Policy, changes: readonly Change[]): readonly Change[] {
  switch (policy) {
    case 'observe':
      return []
    case 'upsert-only':
      // Pods and nodes that are gone are taken out of service all the same: their addresses are somebody else's soon.
      return changes.filter((item) => !isRemoval(item) || isDeregistration(item))
    case 'sync':
      return changes
    default:
      return policy satisfies never
  }
}
