import { type Change, type ControllerName, isReady, type Wait } from '../shared/change.ts'
import { type Composition, compose, type IntendedUnit, intendUnit, type PerController, type Planners } from '../shared/compose.ts'
import type { ChangeFailed } from '../shared/failure.ts'
import type { Finding } from '../shared/finding.ts'
import type { ClusterView } from '../shared/objects.ts'
import type { Plan } from '../shared/plan.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Settings } from '../shared/settings.ts'
import { parseUnitKey, unitKey } from '../shared/unit.ts'
import type { Clock } from './clock.ts'
import type { Effects, RefreshScope } from './effects.ts'
import { type Apply, execute } from './executor.ts'
import { type FailedChange, Failures } from './failures.ts'
import type { Allowed } from './safety.ts'

export type AllEffects<CI, CO, LI, LO, DI, DO> = {
  readonly certificates: Effects<CI, CO>
  readonly loadbalancers: Effects<LI, LO>
  readonly dns: Effects<DI, DO>
}

export type ReconcilerOptions<CI, CO, LI, LO, DI, DO> = {
  readonly planners: Planners<CI, CO, LI, LO, DI, DO>
  readonly effects: AllEffects<CI, CO, LI, LO, DI, DO>
  readonly settings: Settings
  readonly clock: Clock
  /** What Kubernetes holds of a unit now, from the stores. */
  readonly viewOf: (unitKey: string) => ClusterView
  readonly applyFinalizer: Apply
  /** What of a unit's changes may be made now, and why others may not. */
  readonly allowed: (unitKey: string, changes: readonly Change[]) => Allowed
  /** Objects of the unit that are paused. */
  readonly pauses: (unitKey: string) => readonly Finding[]
  /** Runs what makes these changes, so that their writes can be stopped between two calls. */
  readonly making: (changes: readonly Change[], run: () => Promise<void>) => Promise<void>
  /** Tells the world where the unit stands: events, status, annotations. Must not throw. */
  readonly report: (unitKey: string, composition: Composition, trouble: Trouble, signal: AbortSignal) => Promise<void>
  /** A service could not be read for a unit; called for each failed read. */
  readonly onUnread: (unitKey: string, controller: ControllerName, problem: unknown) => void
  readonly onApplied: (change: Change) => void
  readonly onFailed: (change: Change, failure: ChangeFailed) => void
  readonly concurrency: number
}

type Unread = Map<ControllerName, unknown>
/** What stood in the way of a pass: changes that failed, and what could not be read. */
export type Trouble = {
  readonly failures: readonly FailedChange[]
  readonly unread: ReadonlyMap<ControllerName, unknown>
  /** Why changes of the unit may not be made: a freeze, the brake. */
  readonly held: readonly string[]
}

export type Reason = 'change' | 'wait' | 'sweep'

/** `stop`: nothing new is begun, and reads end. `cut`: what was begun ends too; a write that is cut may still be carried out. */
export type WorkSignals = { readonly stop: AbortSignal; readonly cut: AbortSignal }

/** What a pass left: when to come back (null: only when something happens). */
export type PassResult = { readonly plan: Plan; readonly requeueAfterMs: number | null }

/** One unit's pass: observe what is missing, plan, apply what is ready, report. Nothing waits in here: a wait is a requeue. */
export class Reconciler<CI, CO, LI, LO, DI, DO> {
  readonly #options: ReconcilerOptions<CI, CO, LI, LO, DI, DO>
  readonly #failures: Failures
  /** What a controller was to read for a unit, and could not: until it can, it is still unread, whatever a pass is for. */
  readonly #due = new Map<string, Map<ControllerName, RefreshScope>>()
  /** Waits of the last pass per unit, and how often they were looked at: polling slows down. */
  readonly #waiting = new Map<string, { readonly waits: readonly Wait[]; readonly looks: number }>()
  /** What the objects of a view ask for. */
  readonly #intents = new WeakMap<ClusterView, { readonly unit: string; readonly intended: IntendedUnit<CI, LI, DI> }>()

  constructor(options: ReconcilerOptions<CI, CO, LI, LO, DI, DO>) {
    this.#options = options
    this.#failures = new Failures(options.clock)
  }

  async reconcile(unitKey: string, reason: Reason, { stop: signal, cut }: WorkSignals): Promise<PassResult> {
    const unread = await this.#refresh(unitKey, reason === 'sweep' ? { kind: 'sweep' } : { kind: 'missing' }, signal)
    const waiting = this.#waiting.get(unitKey)
    if (reason === 'wait' && waiting !== undefined) {
      const still = await this.#refresh(unitKey, { kind: 'waits', waits: waiting.waits }, signal, unread)
      for (const [controller, problem] of still) unread.set(controller, problem)
    }
    const allowed = (changes: readonly Change[]) =>
      this.#options.allowed(unitKey, changes).changes.filter((item) => isJudged(item, unread))
    // The executor plans once more when nothing is left to do: that plan is the one to report.
    const last: { composition: Composition | null } = { composition: null }
    const plan = await execute(
      {
        plan: () => {
          last.composition = this.composition(unitKey)
          return last.composition.plan
        },
        applierOf: (item) => {
          const apply = this.#applierOf(unitKey, item)
          return (changes) => apply(changes, cut)
        },
        allowed,
        held: (item) => this.#failures.holds(item),
        making: this.#options.making,
        ...(this.#options.clock.turn === undefined ? {} : { turn: this.#options.clock.turn }),
        onApplied: (item) => {
          this.#failures.clear(item)
          this.#options.onApplied(item)
        },
        onFailed: (item, failure) => {
          this.#failures.add(unitKey, item, failure)
          this.#options.onFailed(item, failure)
        },
        concurrency: this.#options.concurrency,
      },
      signal,
    )
    const failures = this.#failures.keepOnly(unitKey, plan.changes)
    const { held } = this.#options.allowed(unitKey, plan.changes)
    const findings = [...findingsOf(failures), ...this.#options.pauses(unitKey)]
    const composition = withFindings(last.composition ?? this.composition(unitKey), findings)
    await this.#options.report(unitKey, composition, { failures, unread, held }, cut)
    if (plan.changes.length === 0 && this.isGone(unitKey) && unread.size === 0) this.#forget(unitKey)
    return { plan, requeueAfterMs: this.#requeueAfter(unitKey, allowed(plan.changes), unread, reason) }
  }

  /** The plan from what is known, without any call. */
  composition(unitKey: string): Composition {
    const context = this.context(unitKey)
    return compose(this.#options.planners, context, this.#intended(context), this.observed(context))
  }

  /** Reads everything the unit's plan needs, as a sweep does, and plans; writes nothing. */
  async planFresh(unitKey: string, signal: AbortSignal): Promise<Composition> {
    const unread = await this.#refresh(unitKey, { kind: 'sweep' }, signal)
    for (const problem of unread.values()) throw problem
    return this.composition(unitKey)
  }

  context(unitKey: string): PlanContext {
    const { viewOf, settings, clock } = this.#options
    const failed = new Set(this.#failures.of(unitKey).map((known) => known.change.id))
    return { unit: parseUnitKey(unitKey), view: viewOf(unitKey), settings, now: clock.now(), failed }
  }

  observed(context: PlanContext): PerController<CO, LO, DO> {
    const { certificates, loadbalancers, dns } = this.#options.effects
    return {
      certificates: certificates.observed(context),
      loadbalancers: loadbalancers.observed(context),
      dns: dns.observed(context),
    }
  }

  /** Whether no object of the unit is left in the cluster. */
  isGone(unitKey: string): boolean {
    return this.#options.viewOf(unitKey).ingresses.length === 0
  }

  /**
   * Reads for each controller on its own: one service that cannot be read holds up nothing but what depends on it.
   * What failed for a controller is due until it succeeds, whatever the next pass is for; the others are not repeated.
   */
  async #refresh(
    unitKey: string,
    scope: RefreshScope,
    signal: AbortSignal,
    failed: ReadonlyMap<ControllerName, unknown> = new Map(),
  ): Promise<Unread> {
    const { certificates, loadbalancers, dns } = this.#options.effects
    const context = this.context(unitKey)
    const { intents } = this.#intended(context)
    const due = this.#due.get(unitKey) ?? new Map<ControllerName, RefreshScope>()
    const unread: Unread = new Map()
    const read = async (controller: ControllerName, refresh: (scope: RefreshScope) => Promise<void>) => {
      // It was asked a moment ago.
      if (failed.has(controller)) return
      const scopes = scopesOf(scope, due.get(controller))
      try {
        for (const one of scopes) await refresh(one)
        due.delete(controller)
      } catch (problem) {
        const last = scopes.at(-1)!
        // What is missing is read by every pass.
        if (last.kind !== 'missing') due.set(controller, last)
        unread.set(controller, problem)
        if (!signal.aborted) this.#options.onUnread(unitKey, controller, problem)
      }
    }
    await Promise.all([
      read('certificates', (wanted) => certificates.refresh(context, intents.certificates, wanted, signal)),
      read('loadbalancers', (wanted) => loadbalancers.refresh(context, intents.loadbalancers, wanted, signal)),
      read('dns', (wanted) => dns.refresh(context, intents.dns, wanted, signal)),
    ])
    if (due.size === 0) this.#due.delete(unitKey)
    else this.#due.set(unitKey, due)
    return unread
  }

  #forget(unitKey: string): void {
    this.#waiting.delete(unitKey)
    this.#due.delete(unitKey)
    for (const one of Object.values(this.#options.effects)) one.forget(unitKey)
  }

  /** What objects ask for does not depend on the time, nor on what was tried: the same until something in the view changes. */
  #intended(context: PlanContext): IntendedUnit<CI, LI, DI> {
    const key = unitKey(context.unit)
    const known = this.#intents.get(context.view)
    if (known?.unit === key) return known.intended
    const intended = intendUnit(this.#options.planners, context)
    this.#intents.set(context.view, { unit: key, intended })
    return intended
  }

  #applierOf(unitKey: string, item: Change): Apply {
    if (item.type === 'Kubernetes::Ingress') return this.#options.applyFinalizer
    const effects: Record<string, Pick<Effects<unknown, unknown>, 'apply'>> = this.#options.effects
    const owner = effects[item.controller]
    if (owner === undefined) throw new Error(`no controller applies ${item.id}`)
    return (changes, signal) => owner.apply(this.context(unitKey), changes, signal)
  }

  #requeueAfter(unitKey: string, changes: readonly Change[], unread: Unread, reason: Reason): number | null {
    const waits = changes.flatMap((item) => item.waits)
    const before = this.#waiting.get(unitKey)
    const looks = reason === 'wait' ? (before?.looks ?? 0) + 1 : 0
    if (waits.length === 0 && unread.size === 0) this.#waiting.delete(unitKey)
    else this.#waiting.set(unitKey, { waits, looks })
    const times = waits.map((wait) => nextLookMs(wait, looks))
    const retry = this.#failures.nextRetryMs(changes.filter(isReady))
    if (retry !== null) times.push(retry)
    if (unread.size > 0) times.push(Math.min(LONGEST_UNREAD_MS, 1000 * 2 ** Math.min(looks, 20)))
    return times.length === 0 ? null : Math.max(SHORTEST_REQUEUE_MS, Math.min(...times))
  }
}

/** What to read now, where something is due since earlier: a sweep reads everything. */
function scopesOf(scope: RefreshScope, due: RefreshScope | undefined): readonly RefreshScope[] {
  if (due === undefined || scope.kind === 'sweep') return [scope]
  return due.kind === 'sweep' || scope.kind === due.kind ? [due] : [scope, due]
}

/** However a wait or a pause is reckoned, a unit never comes back faster than this by itself. */
const SHORTEST_REQUEUE_MS = 50
const LONGEST_UNREAD_MS = 300_000

/**
 * Whether a change can be decided on what could be read. Where a service could not be read, its own changes wait, and nothing
 * is removed anywhere: what still points at a thing may be just what was not seen.
 */
function isJudged(item: Change, unread: Unread): boolean {
  return unread.size === 0 || (item.action !== 'delete' && !unread.has(item.controller))
}

/** Waits whose end is a time are looked at then; the others after 0.25 s, then ever more slowly, at most every 15 s. */
function nextLookMs(wait: Wait, looks: number): number {
  if (wait.kind === 'ttl-passed' || wait.kind === 'not-before') return Math.max(50, wait.seconds * 1000)
  return Math.min(15_000, 250 * 1.5 ** Math.min(looks, 20))
}

function findingsOf(failures: readonly FailedChange[]): readonly Finding[] {
  return failures.flatMap(({ failure }) => (failure.finding === null ? [] : [failure.finding]))
}

function withFindings(composition: Composition, findings: readonly Finding[]): Composition {
  if (findings.length === 0) return composition
  return { ...composition, plan: { ...composition.plan, findings: [...composition.plan.findings, ...findings] } }
}
