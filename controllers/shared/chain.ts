import { type Change, type ControllerName, type ObjectRef, sameObject, type Wait } from './change.ts'
import type { Finding } from './finding.ts'
import type { Plan } from './plan.ts'

/** Where one object stands with one controller. */
export type Step = {
  readonly controller: ControllerName
  readonly state: 'done' | 'pending' | 'waiting' | 'blocked'
  /** The reason of the first thing outstanding; empty when done. */
  readonly detail: string
  readonly waits: readonly Wait[]
}

/** The whole chain of one object: what `fairlead.dev/status` tells. */
export type Chain = {
  readonly object: ObjectRef
  readonly ready: boolean
  /** It is being taken down: the steps tell what is left to remove. */
  readonly leaving: boolean
  readonly steps: readonly Step[]
  readonly findings: readonly Finding[]
}

/** The controllers in the order in which an object passes them. */
export const CHAIN_ORDER: readonly ControllerName[] = ['certificates', 'loadbalancers', 'dns']

/**
 * The chain of `object` in a plan. A step is done when nothing is left to create for the object;
 * updates of what already serves (a renewal, a drained target) do not make it unready. Of an object that is leaving, the steps are removals.
 */
export function chainOf(plan: Plan, object: ObjectRef, leaving = false): Chain {
  const mine = plan.changes.filter((item) => sameObject(item.object, object))
  const findings = plan.findings.filter((item) => sameObject(item.object, object))
  const blocking = findings.filter((item) => item.severity === 'blocking')
  const steps = CHAIN_ORDER.map((controller) =>
    stepOf(
      controller,
      mine.filter((item) => item.controller === controller && (leaving || item.action === 'create' || item.action === 'replace')),
    ),
  )
  const open = steps.findIndex((step) => step.state !== 'done')
  const told =
    blocking.length === 0
      ? steps
      : steps.map((step, index) =>
          index === Math.max(0, open) ? { ...step, state: 'blocked' as const, detail: blocking[0]!.message } : step,
        )
  const ready = !leaving && blocking.length === 0 && steps.every((step) => step.state === 'done')
  return { object, ready, leaving, steps: told, findings }
}

function stepOf(controller: ControllerName, changes: readonly Change[]): Step {
  if (changes.length === 0) return { controller, state: 'done', detail: '', waits: [] }
  const waiting = changes.filter((item) => item.waits.length > 0)
  const first = waiting[0] ?? changes[0]!
  return { controller, state: waiting.length > 0 ? 'waiting' : 'pending', detail: first.reason, waits: first.waits }
}
