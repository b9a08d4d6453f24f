import type { Change } from './change.ts'
import type { Finding } from './finding.ts'

export const PLAN_VERSION = 1

/** An ordered list of changes over all controllers for one unit; needs come before what needs them. */
export type Plan = {
  readonly version: typeof PLAN_VERSION
  readonly unit: string
  readonly changes: readonly Change[]
  readonly findings: readonly Finding[]
}

/** Puts every change behind what it needs, otherwise keeping the given order. Throws on a cycle, naming it. */
export function inOrderOfNeeds(changes: readonly Change[]): readonly Change[] {
  const byId = new Map(changes.map((item) => [item.id, item]))
  const done = new Set<string>()
  const ordered: Change[] = []
  const visit = (item: Change, path: readonly string[]): void => {
    if (done.has(item.id)) return
    if (path.includes(item.id)) throw new PlanCycleError([...path, item.id])
    for (const need of item.needs) {
      const needed = byId.get(need)
      if (needed) visit(needed, [...path, item.id])
    }
    done.add(item.id)
    ordered.push(item)
  }
  for (const item of changes) visit(item, [])
  return ordered
}

/** Two changes wait for each other: a defect of a planner, never of an input. */
export class PlanCycleError extends Error {
  readonly code = 'PLAN_CYCLE'
  readonly path: readonly string[]
  constructor(path: readonly string[]) {
    super(`changes wait for each other: ${path.join(' -> ')}`)
    this.name = 'PlanCycleError'
    this.path = path
  }
}
