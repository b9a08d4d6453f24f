import { type Change, isReady } from '../../controllers/shared/change.ts'
import { compose, intendUnit } from '../../controllers/shared/compose.ts'
import { type ServingWorld, type Violation, violationsOf } from '../../controllers/shared/invariants.ts'
import { canonicalJson } from '../../controllers/shared/names.ts'
import type { ClusterView } from '../../controllers/shared/objects.ts'
import type { Plan } from '../../controllers/shared/plan.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import { elapse, type ModelWorld, modelPlanners, servingWorld } from './model-world.ts'

export type WalkOptions = {
  readonly world: ModelWorld
  readonly context: PlanContext
  /** In [0, 1): the order among what is ready. */
  readonly random: () => number
  readonly planners?: typeof modelPlanners
}
export type Walked = {
  readonly world: ModelWorld
  readonly now: number
  readonly view: ClusterView
  readonly applied: readonly Change[]
  readonly violations: readonly Violation[]
  /** What is still planned at rest: findings may hold it. */
  readonly rest: Plan
  /** The plan printed first. */
  readonly first: Plan
}

const MOST_STEPS = 2000

/**
 * Walks a unit's plan change by change in any order that its needs and waits allow, planning again after each, as the executor does,
 * and holds each step against the invariants. Time passes only where everything left waits.
 */
export function walk({ world: start, context: at, random, planners = modelPlanners }: WalkOptions): Walked {
  let world = start
  let now = at.now
  const applied: Change[] = []
  const violations: Violation[] = []
  let view = at.view
  const context = (): PlanContext => ({ ...at, view, now })
  const plan = () => compose(planners, context(), intendUnit(planners, context()), world).plan
  const first = plan()
  let serving: ServingWorld = servingWorld(world, at.settings, now, view)
  for (let step = 0; step < MOST_STEPS; step++) {
    const current = plan()
    const ready = current.changes.filter(isReady)
    const next = ready[Math.floor(random() * ready.length)]
    if (next !== undefined) {
      applied.push(next)
      if (next.type === 'Kubernetes::Ingress') {
        view = withFinalizers(view, next)
        continue
      }
      const controller = next.controller as keyof ModelWorld
      // biome-ignore lint/suspicious/noExplicitAny: one controller's planner advances its own part
      world = { ...world, [controller]: (planners[controller].advance as any)(world[controller], next, {}, now) }
    } else {
      const later = elapse(world, now)
      const seconds = Math.max(1, ...current.changes.flatMap((item) => item.waits.map((wait) => wait.seconds)))
      const waits = current.changes.some((item) => item.waits.length > 0)
      if (!waits && canonicalJson(later) === canonicalJson(world))
        return { world, now, view, applied, violations, rest: current, first }
      world = later
      now += seconds * 1000
    }
    const after = servingWorld(world, at.settings, now, view)
    violations.push(...violationsOf(serving, after))
    serving = after
  }
  throw new Error(
    `the walk of ${first.unit} does not come to rest: ${applied
      .slice(-4)
      .map((item) => item.id)
      .join(', ')}`,
  )
}

/** The API server's part: an object that is being deleted goes with its last finalizer. */
function withFinalizers(view: ClusterView, item: Change): ClusterView {
  const finalizers = (item.after?.finalizers ?? []) as readonly string[]
  const ingresses = view.ingresses.flatMap((ingress) => {
    if (ingress.metadata.name !== item.object.name) return [ingress]
    if (finalizers.length === 0 && ingress.metadata.deletionTimestamp !== undefined) return []
    return [{ ...ingress, metadata: { ...ingress.metadata, finalizers } }]
  })
  return { ...view, ingresses }
}
