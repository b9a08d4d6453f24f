import { type Change, isReady } from '../../controllers/shared/change.ts'
import { compose, intendUnit } from '../../controllers/shared/compose.ts'
import { type ServingWorld, type Violation, violationsOf } from '../../controllers/shared/invariants.ts'
import { canonicalJson } from '../../controllers/shared/names.ts'
import type { ClusterView } from '../../controllers/shared/objects.ts'
import type { Plan } from '../../controllers/shared/plan.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import { elapse, type ModelWorld, modelPlanners, servingWorld } from './model-world.ts'
import { baseOf, remainderFaults } from './walk-remainder.ts'

export type WalkOptions = {
  readonly world: ModelWorld
  readonly context: PlanContext
  /** In [0, 1): the order among what is ready, how much of it is done before the next plan, and when time passes. */
  readonly random: () => number
  readonly planners?: typeof modelPlanners
  /** Told at once, since a walk with a broken planner may not come to its end. */
  readonly onViolation?: (violation: Violation) => void
}
export type Walked = {
  readonly world: ModelWorld
  readonly now: number
  readonly view: ClusterView
  readonly applied: readonly Change[]
  readonly violations: readonly Violation[]
  /** Where a plan was not what was left of the one printed first, unless another unit acted in between. */
  readonly strays: readonly string[]
  /** What is still planned at rest: findings may hold it. */
  readonly rest: Plan
  /** The plan printed first. */
  readonly first: Plan
}

/** Far above any real chain. */
const MOST_STEPS = 2000
/** Every wait ends after a few of its own length; a walk in which so often only time passed waits for what nobody will do. */
const MOST_IDLE = 20

/**
 * Walks a unit's plan change by change in any order that its needs and waits allow, and holds each step against the invariants.
 * As in the executor, several changes of one plan may be made before the next plan, and the world moves meanwhile.
 */
export function walk({ world: start, context: at, random, planners = modelPlanners, onViolation }: WalkOptions): Walked {
  let world = start
  let now = at.now
  let view = at.view
  let idle = 0
  const applied: Change[] = []
  const violations: Violation[] = []
  const strays: string[] = []
  let around: PlanContext = { ...at, view, now }
  let intended = intendUnit(planners, around)
  const plan = (): Plan => {
    if (around.view !== view || around.now !== now) {
      const same = around.view === view
      around = { ...at, view, now }
      if (!same) intended = intendUnit(planners, around)
    }
    return compose(planners, around, intended, world).plan
  }
  let serving: ServingWorld = servingWorld(world, at.settings, now, view)
  const check = () => {
    const after = servingWorld(world, at.settings, now, view)
    for (const violation of violationsOf(serving, after)) {
      violations.push(violation)
      onViolation?.(violation)
    }
    serving = after
  }
  // Few or all of what is ready, and hasty or patient: per walk, so that long runs of either kind happen.
  const [haste, restless] = [random(), random() < 0.3 ? 0.2 : 0]
  const first = plan()
  let current = first
  let base = baseOf(first)
  for (let step = 0; step < MOST_STEPS; step++) {
    const ready = shuffled(current.changes.filter(isReady), random)
    if (ready.length > 0 && random() >= restless) {
      idle = 0
      for (const item of ready.slice(0, 1 + Math.floor(haste * ready.length))) {
        applied.push(item)
        base.done.add(item.id)
        if (item.type === 'Kubernetes::Ingress') view = withFinalizers(view, item)
        else {
          const controller = item.controller as keyof ModelWorld
          // biome-ignore lint/suspicious/noExplicitAny: one controller's planner advances its own part
          world = { ...world, [controller]: (planners[controller].advance as any)(world[controller], item, {}, now) }
        }
        check()
      }
    } else {
      const waits = current.changes.flatMap((item) => item.waits)
      const later = elapse(world, around, now)
      const lasting = current.changes.every((item) => item.needs.length > 0 || isVain(item, world) || item.waits.length === 0)
      if (ready.length === 0 && lasting && canonicalJson(later) === canonicalJson(world))
        return { world, now, view, applied, violations, strays, rest: current, first }
      if (++idle > MOST_IDLE) throw new Error(`the walk of ${first.unit} waits for what nobody does: ${told(current)}`)
      const disturbed = canonicalJson(later.dns.records) !== canonicalJson(world.dns.records)
      world = later
      now += 1000 * (waits[Math.floor(random() * waits.length)]?.seconds ?? 1)
      check()
      if (disturbed) base = baseOf(plan())
    }
    current = plan()
    strays.push(...remainderFaults(base, current))
  }
  throw new Error(`the walk of ${first.unit} does not come to rest: ${told(current)}`)
}

/** Whether a rule is to go to a target group that has no targets: it stays where it is, for as long as it takes. */
function isVain({ type, waits }: Change, { loadbalancers }: ModelWorld): boolean {
  const empty = loadbalancers.targetGroups.filter((group) => group.Targets.length === 0).map((group) => group.TargetGroupArn)
  return type.endsWith('::ListenerRule') && waits.some(({ kind, of }) => kind === 'targets-healthy' && empty.includes(of))
}

/** What is left of a plan at rest that does not wait for a rule which cannot go where it is to. */
export function unexplained({ rest, world }: Walked): readonly Change[] {
  const held = new Set<string>()
  for (const item of rest.changes)
    if (item.object.kind !== item.type.split('::')[1] && (isVain(item, world) || item.needs.some((id) => held.has(id))))
      held.add(item.id)
  return rest.changes.filter((item) => !held.has(item.id))
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const left = [...items]
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!)
}

function told({ changes }: Plan): string {
  return changes.map(({ id, needs, waits }) => `\n  ${id} needs ${JSON.stringify(needs)} waits ${JSON.stringify(waits)}`).join('')
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
