import { isForbidden } from '../cluster/errors.ts'
import type { Kubernetes } from '../cluster/kubernetes.ts'
import { refOf } from '../shared/annotations.ts'
import type { BrakeSettings, BrakeState } from '../shared/brake.ts'
import type { Change, ObjectRef } from '../shared/change.ts'
import { CONTROL_NAME, type Control, controlOf } from '../shared/control.ts'
import type { Finding } from '../shared/finding.ts'
import { isMarked, unitOf } from '../shared/members.ts'
import { type ClusterView, type Ingress, type KubeObject, objectKey } from '../shared/objects.ts'
import { isPausedBy, misreadPause, pausedFinding, withoutPaused } from '../shared/pause.ts'
import { allowedBy, type Policy } from '../shared/policy.ts'
import { unitKey } from '../shared/unit.ts'
import { Brake } from './brake.ts'
import { BrakeKeeper } from './brake-keeper.ts'
import type { Clock } from './clock.ts'
import type { Dependencies } from './dependencies.ts'
import type { Gate } from './gate.ts'
import { keyOf, Provenance } from './provenance.ts'
import type { SAFETY_METRICS } from './safety-metrics.ts'
import type { SystemFindings } from './system-findings.ts'
import type { Telemetry } from './telemetry.ts'
import type { Watched } from './watched.ts'

export type SafetyOptions = {
  readonly policy: Policy
  readonly brake: BrakeSettings
  readonly watched: Watched
  readonly gate: Gate
  readonly clock: Clock
  readonly api: Kubernetes
  readonly ownNamespace: string
  readonly inventories: readonly string[]
  readonly findings: SystemFindings
  readonly onProblem: (problem: unknown) => void
}

/** Changes that may be made now, and why others may not, in words that stay the same while it is so. */
export type Allowed = { readonly changes: readonly Change[]; readonly held: readonly string[] }

/** So long a refusal may be a hiccup. */
const UNREADABLE_MS = 5_000

/** Everything that may stop a change: the policy, the freeze, pauses, the brake. Asked before each change and, by the gate, before each call. */
export class Safety {
  readonly #o: SafetyOptions
  readonly #brake: Brake
  /** Kinds that may not be read, and since when. */
  readonly #unreadable = new Map<string, number>()
  readonly #provenance: Provenance
  readonly #keeper: BrakeKeeper

  constructor(options: SafetyOptions) {
    this.#o = options
    const { watched, gate, clock, inventories } = options
    gate.pausedWhen((object) => this.isPaused(object))
    this.#provenance = new Provenance(watched, clock, options.brake.windowSeconds * 1000)
    this.#keeper = new BrakeKeeper({
      ...options,
      there: () => this.#control(),
      isEngaged: () => this.#brake.engaged !== null,
    })
    this.#brake = new Brake({
      provenance: this.#provenance,
      clock,
      settings: options.brake,
      inventories,
      isGone: (unit) => watched.ingresses.by('unit', unit).length === 0,
      isMissingIn: (unit) => watched.claimants.missing.by('unit', unit).length > 0,
      onEngaged: (state) => this.#engaged(state),
      onReleased: (units) => {
        if (this.#brake.engaged === null) options.findings.clear('RemovalsStopped')
        // Of those who are missing also who has nothing in AWS: somebody may wait for their hosts.
        for (const unit of new Set([...units, ...watched.claimants.missing.list().map((item) => unitKey(unitOf(item)))]))
          watched.touch(unit)
      },
    })
    watched.controls.subscribe((before, after, cause) => {
      // Not seen is not lifted: whoever unfreezes writes so.
      if (after === null && cause === 'relist' && controlOf(before).freeze !== null) return
      this.#read()
    })
    watched.namespaces.subscribe((before, after) => {
      options.findings.flush()
      if (isPausedBy(before) === isPausedBy(after)) return
      const name = (after ?? before)!.metadata.name
      for (const ingress of watched.ingresses.list()) if (ingress.metadata.namespace === name) watched.touchIngress(ingress)
    })
  }

  get brake(): Brake {
    return this.#brake
  }

  allowed(unit: string, changes: readonly Change[]): Allowed {
    const { policy, gate, watched } = this.#o
    const byPolicy = allowedBy(policy, changes)
    // Before anything that may hold it up for long: who is lost meanwhile is counted, and not forgotten.
    const judged = this.#brake.filter(unit, byPolicy)
    this.#settle(unit)
    if (gate.closed !== null) return { changes: [], held: byPolicy.length === 0 ? [] : [gate.closed, ...renewalsIn(byPolicy)] }
    const held: string[] = []
    if (judged.length < byPolicy.length) {
      const name = this.#brake.engaged?.name
      held.push(name === undefined ? 'removals wait for what exists to be read' : `removals are stopped by the brake ${name}`)
    }
    const members = watched.ingresses.by('unit', unit).map(refOf)
    const unpaused = withoutPaused(judged, members, (object) => this.isPaused(object))
    const made = new Set(unpaused.map((item) => item.id))
    held.push(...renewalsIn(byPolicy.filter((item) => !made.has(item.id))))
    return { changes: unpaused, held }
  }

  /** Nobody has to wait any longer for what those had who are missing, once nothing of theirs is left. */
  #settle(unit: string): void {
    const { claimants } = this.#o.watched
    for (const item of claimants.missing.by('unit', unit))
      if (!this.#brake.keeps(keyOf(refOf(item)))) claimants.letGo(objectKey(item.metadata))
  }

  /** What planners read of a unit. */
  view(unit: string): ClusterView {
    const { watched } = this.#o
    const view = watched.view(unit)
    return { ...view, ingresses: view.ingresses.map((item) => watched.claimants.planned(item)) }
  }

  /** Every Ingress, as planners read them. */
  ingresses(): readonly Ingress[] {
    const { watched } = this.#o
    return watched.ingresses.list().map((item) => watched.claimants.planned(item))
  }

  /** Whether nothing may be written for an object: by its own annotation, or by its Namespace's. */
  isPaused(object: ObjectRef): boolean {
    return this.#pausedBy(object) !== null
  }

  /** Told on each paused object of a unit. */
  pauses(unit: string): readonly Finding[] {
    return this.#o.watched.ingresses.by('unit', unit).flatMap((ingress) => {
      const misread = misreadPause(ingress)
      const by = this.#pausedBy(refOf(ingress))
      if (misread !== null && by === null) return [misread]
      return by === null || (!isMarked(ingress) && !this.#o.watched.isOurs(ingress)) ? [] : [pausedFinding(refOf(ingress), by)]
    })
  }

  /** A list or watch failed; told once for each kind that may not be read at all. */
  unreadable(kind: string, problem: unknown): void {
    if (!isForbidden(problem)) return
    if (!this.#unreadable.has(kind)) this.#unreadable.set(kind, this.#o.clock.monotonic())
    this.#tellUnreadable()
  }

  readable(kind: string): void {
    if (this.#unreadable.delete(kind)) this.#tellUnreadable()
  }

  /** We lead until the signal. */
  leads(term: AbortSignal): void {
    if (this.#o.policy !== 'observe') this.#keeper.begin(term)
  }

  /** We begin to lead: what an earlier term had read is not to be believed, and what nobody was told can be told. */
  newTerm(): void {
    this.#brake.reset()
    this.#forgetMissing()
    this.#o.findings.flush()
  }

  /** Another live owner of what is ours; null when there is none any more. */
  secondOwner(message: string | null): void {
    const { gate, findings, watched } = this.#o
    const before = gate.closed
    gate.refuse(message)
    if (message === null) findings.clear('SecondOwner')
    else findings.raise({ code: 'SecondOwner', id: 'SecondOwner', severity: 'blocking', message })
    if (before !== null && gate.closed === null) for (const unit of watched.units()) watched.touch(unit)
  }

  /** Tells once for all objects what is down, and when it answers again. */
  watches(dependencies: Dependencies, telemetry: Telemetry): void {
    const { findings } = this.#o
    dependencies.onChange = (outages) => {
      if (outages.length === 0) {
        findings.clear('ServiceDown')
        return
      }
      const names = outages.map(({ dependency, code }) => `${dependency} (${code})`).join(', ')
      const message = `No answer, or none that helps: ${names}. What needs it waits; what is made stays, and everything else goes on`
      findings.raise({ code: 'ServiceDown', severity: 'blocking', id: outages.map((one) => one.dependency).join(), message })
    }
    telemetry.source('fairlead_dependency_up', () => {
      const down = new Set(dependencies.outages.map((one) => one.dependency))
      return dependencies.known.map((dependency) => ({ labels: { dependency }, value: down.has(dependency) ? 0 : 1 }))
    })
  }

  /** Values of the metrics `SAFETY_METRICS`. */
  metrics(): Readonly<Record<keyof typeof SAFETY_METRICS, number>> {
    const { gate, watched } = this.#o
    return {
      fairlead_frozen: gate.frozen === null ? 0 : 1,
      fairlead_second_owner: gate.refused ? 1 : 0,
      fairlead_paused_objects: watched.ingresses.list().filter((item) => this.isPaused(refOf(item))).length,
      fairlead_brake_engaged: this.#brake.engaged === null ? 0 : 1,
      fairlead_brake_inferred_removals: this.#brake.lost,
      fairlead_brake_held_units: this.#brake.heldUnits,
      fairlead_unreadable_kinds: this.#unreadable.size,
    }
  }

  #pausedBy({ kind, namespace, name }: ObjectRef): KubeObject | null {
    const { watched } = this.#o
    const key = `${namespace}/${name}`
    const object = kind === 'Ingress' ? watched.ingresses.get(key) : kind === 'Service' ? watched.services.get(key) : null
    if (isPausedBy(object)) return object
    const space = namespace === '' ? null : watched.namespaces.get(namespace)
    return isPausedBy(space) ? space : null
  }

  /** Where nobody works, nothing is decided: who was missed long ago was deleted in a gap of the watch, and is no concern of a later term. */
  #forgetMissing(): void {
    const { claimants } = this.#o.watched
    const lately = this.#provenance.lost()
    for (const item of claimants.missing.list()) {
      const key = keyOf(refOf(item))
      if (!lately.has(key) && !this.#brake.holds(key)) claimants.letGo(objectKey(item.metadata))
    }
  }

  #control(): Control {
    const { watched, ownNamespace } = this.#o
    return controlOf(watched.controls.get(`${ownNamespace}/${CONTROL_NAME}`))
  }

  #read(): void {
    const { watched, gate, findings } = this.#o
    const control = this.#control()
    const before = gate.frozen
    const { freeze } = control
    gate.freeze(freeze === null ? null : freeze.reason)
    if (freeze !== null) {
      const by = freeze.by === '' ? '' : ` by ${freeze.by}`
      const message = `All writes are frozen${by}: ${freeze.reason}; fairlead unfreeze lifts it`
      findings.raise({ code: 'Frozen', severity: 'warning', message })
    } else findings.clear('Frozen')
    this.#brake.read(control)
    if (before !== null && freeze === null) for (const unit of watched.units()) watched.touch(unit)
  }

  #engaged(state: BrakeState): void {
    const { objects, owned, name } = state
    const some = objects.slice(0, 5).join(', ')
    this.#o.findings.raise({
      code: 'RemovalsStopped',
      severity: 'blocking',
      id: name,
      message: `${objects.length} of ${owned} disappeared without a deletion that anybody saw (${some}${objects.length > 5 ? ', …' : ''}); nothing of theirs is removed until fairlead brake acknowledge ${name}`,
    })
    if (this.#o.policy !== 'observe') void this.#keeper.keep(state)
  }

  #tellUnreadable(): void {
    const { findings } = this.#o
    if (this.#unreadable.size === 0) {
      findings.clear('CannotWatch')
      return
    }
    // An API server that has just started refuses what it does not know the roles for yet.
    const longest = this.#o.clock.monotonic() - Math.min(...this.#unreadable.values())
    if (longest < UNREADABLE_MS) return
    const kinds = [...this.#unreadable.keys()].sort().join(', ')
    const message = `May not list or watch ${kinds}: what was known of them stays as it is, and nothing is removed for it`
    findings.raise({ code: 'CannotWatch', id: 'CannotWatch', severity: 'blocking', message })
  }
}

/** Whoever stops writes has to know what runs out meanwhile. */
function renewalsIn(held: readonly Change[]): readonly string[] {
  const due = held.some((item) => item.controller === 'certificates' && item.action !== 'delete')
  return due ? ['certificates are not issued or renewed meanwhile'] : []
}
