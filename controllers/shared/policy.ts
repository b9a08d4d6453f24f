import type { Change } from './change.ts'

/** What Fairlead may do at all. `sync` removes, but only what is proven ours. */
export type Policy = 'observe' | 'upsert-only' | 'sync'

/** The changes a policy lets through. Policies filter plans; nothing that applies a change knows of them. */
export function allowedBy(policy: Policy, changes: readonly Change[]): readonly Change[] {
  switch (policy) {
    case 'observe':
      return []
    case 'upsert-only':
      return changes.filter((item) => item.action !== 'delete')
    case 'sync':
      return changes
    default:
      return policy satisfies never
  }
}
