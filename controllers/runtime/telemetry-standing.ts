import { FINALIZER, refOf } from '../shared/annotations.ts'
import { chainOf } from '../shared/chain.ts'
import type { Composition } from '../shared/compose.ts'
import { isOurClass } from '../shared/members.ts'
import type { ClusterView, Ingress } from '../shared/objects.ts'
import { phaseOf } from '../shared/phase.ts'
import type { Plan } from '../shared/plan.ts'
import type { Clock } from './clock.ts'
import type { FailedChange } from './failures.ts'
import type { Trouble } from './reconciler.ts'
import type { Sample } from './telemetry.ts'

/** Where a unit stood after its last pass. Times are milliseconds since the epoch. */
export type Stood = {
  readonly at: number
  readonly plan: Plan
  /** `metadata.generation` of each object that the plan is about, by uid: of another one it says nothing. */
  readonly seen: ReadonlyMap<string, number>
  readonly failures: readonly FailedChange[]
  readonly unread: readonly string[]
  /** Why changes could not be made then. */
  readonly held: readonly string[]
  /** When a wait (`kind of`) or a failure (its change) was first seen, of those that still stand. */
  readonly since: ReadonlyMap<string, number>
  /** How many of its objects are in a phase. */
  readonly phases: ReadonlyMap<string, number>
  /** Values of the controllers' own gauges. */
  readonly gauges: readonly (readonly [name: string, sample: Sample])[]
}

export type Noted = {
  readonly view: ClusterView
  readonly composition: Composition
  readonly trouble: Trouble
  readonly gauges: Stood['gauges']
}

/** What the last pass over each unit left, for status and metrics: nothing is planned anew because somebody asks. */
export class Standing {
  readonly #clock: Clock
  readonly #leading: () => boolean
  readonly #units = new Map<string, Stood>()

  constructor(clock: Clock, leading: () => boolean) {
    this.#clock = clock
    this.#leading = leading
  }

  note(unit: string, { view, composition, trouble, gauges }: Noted): void {
    const { plan } = composition
    if (view.ingresses.length === 0 && plan.changes.length === 0 && trouble.unread.size === 0) {
      this.#units.delete(unit)
      return
    }
    const now = this.#clock.now()
    const before = this.#units.get(unit)?.since
    const standing = [
      ...plan.changes.flatMap((change) => change.waits.map((wait) => `${wait.kind} ${wait.of}`)),
      ...trouble.failures.map(({ change }) => change.id),
    ]
    const phases = new Map<string, number>()
    for (const ingress of view.ingresses) {
      if (!concerns(ingress, view)) continue
      const phase = phaseOf(chainOf(plan, refOf(ingress), isLeaving(ingress, view)))
      phases.set(phase, (phases.get(phase) ?? 0) + 1)
    }
    this.#units.set(unit, {
      at: now,
      plan,
      seen: new Map(view.ingresses.map(({ metadata }) => [metadata.uid, metadata.generation ?? 0])),
      failures: trouble.failures,
      unread: [...trouble.unread.keys()],
      held: trouble.held,
      since: new Map(standing.map((key) => [key, before?.get(key) ?? now])),
      phases,
      gauges,
    })
  }

  /** Null if this replica has not planned it since it leads. */
  of(unit: string): Stood | null {
    return this.#leading() ? (this.#units.get(unit) ?? null) : null
  }

  /** Nothing while another replica leads: what was seen here is not how it stands any more. */
  all(): readonly Stood[] {
    return this.#leading() ? [...this.#units.values()] : []
  }

  reset(): void {
    this.#units.clear()
  }
}

/** Whether an object is ours to speak of: of our class, or still with our finalizer. */
export function concerns(ingress: Ingress, { ingressClasses }: Pick<ClusterView, 'ingressClasses'>): boolean {
  return isOurClass(ingress, ingressClasses) || ingress.metadata.finalizers?.includes(FINALIZER) === true
}

export function isLeaving(ingress: Ingress, { ingressClasses }: Pick<ClusterView, 'ingressClasses'>): boolean {
  return !isOurClass(ingress, ingressClasses) || ingress.metadata.deletionTimestamp !== undefined
}
