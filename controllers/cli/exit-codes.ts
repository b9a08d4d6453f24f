import type { Plan } from '../shared/plan.ts'

/** What `fairlead plan` ends with; a contract. Blocking findings win over changes. */
export const EXIT = { nothingToDo: 0, failure: 1, changes: 2, blocked: 3 } as const

export function exitCodeOf(plans: readonly Plan[]): number {
  if (plans.some((plan) => plan.findings.some((item) => item.severity === 'blocking'))) return EXIT.blocked
  return plans.some((plan) => plan.changes.length > 0) ? EXIT.changes : EXIT.nothingToDo
}
