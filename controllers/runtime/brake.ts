import { type BrakeSettings, type BrakeState, isPastLimit } from '../shared/brake.ts'
import { type Change, objectsOf } from '../shared/change.ts'
import type { Control } from '../shared/control.ts'
import { hashOf } from '../shared/names.ts'
import { isDeregistration, isRemoval } from '../shared/removal.ts'
import { parseUnitKey } from '../shared/unit.ts'
import type { Clock } from './clock.ts'
import { keyOf, kindOfKey, type Provenance, TARGET_KINDS } from './provenance.ts'

export type BrakeOptions = {
  readonly provenance: Provenance
  readonly clock: Clock
  readonly settings: BrakeSettings
  /** Names of the inventories that have to be read before anything that merely is not there may be removed. */
  readonly inventories: readonly string[]
  /** Units that only AWS knows: whether Kubernetes has an object in them. */
  readonly isGone: (unit: string) => boolean
  /** Whether an object of a unit is missing that has not been decided upon: also one that has nothing to remove. */
  readonly isMissingIn?: (unit: string) => boolean
  /** It came on, or what it is on for grew. */
  readonly onEngaged: (state: BrakeState) => void
  /** These units may go on. */
  readonly onReleased: (units: readonly string[]) => void
}

/**
 * Stops removals that nobody asked for in so many words, once there are more of them than can be believed: over all units, before
 * the first of them is made, until a person acknowledges them by name. A removal that was witnessed is never counted nor stopped.
 */
export class Brake {
  readonly #o: BrakeOptions
  /** When what was removed, or would have been, was last seen lost. */
  readonly #seen = new Map<string, number>()
  /** By unit, what is lost and has something that is still there: it counts as long as it has, whatever holds up its removal. */
  readonly #pending = new Map<string, ReadonlySet<string>>()
  readonly #acknowledged = new Map<string, number>()
  readonly #orphans = new Map<string, readonly string[]>()
  readonly #held = new Set<string>()
  #engaged: BrakeState | null = null
  /** The objects of `#engaged`. */
  #stopped: ReadonlySet<string> = new Set()

  constructor(options: BrakeOptions) {
    this.#o = options
  }

  get engaged(): BrakeState | null {
    return this.#engaged
  }

  get heldUnits(): number {
    return this.#held.size
  }

  /** What disappeared without a witness, within the window. */
  get lost(): number {
    return this.#lost().length
  }

  /** The changes of a unit that may be made. */
  filter(unit: string, changes: readonly Change[]): readonly Change[] {
    const { provenance, clock } = this.#o
    const now = clock.monotonic()
    // Also what somebody else takes from them: a record that moves away is one that they lose.
    const lostIn = (item: Change) =>
      objectsOf(item)
        .filter((object) => provenance.of(object) === 'inferred')
        .map(keyOf)
    const open = (key: string) => !this.#isAcknowledged(key)
    const inferred = (item: Change) => lostIn(item).some(open)
    const lost = new Set(changes.flatMap(lostIn))
    if (lost.size === 0) this.#pending.delete(unit)
    else this.#pending.set(unit, lost)
    const lostHere = [...lost].filter(open)
    const deregisters = changes.some(isDeregistration) && provenance.lostTargets()
    const missing = this.#o.isMissingIn?.(unit) === true
    if (lostHere.length === 0 && !deregisters && !missing && this.#engaged === null) return changes
    for (const key of lostHere) this.#seen.set(key, now)
    this.#judge()
    if (this.#engaged === null && (lostHere.length === 0 || this.#isInventoried())) {
      this.#held.delete(unit)
      return changes
    }
    const targets = this.#engaged?.objects.some(isTarget) === true
    const kept = changes.filter((item) => {
      if (inferred(item)) return false
      if (isDeregistration(item) && targets && provenance.of(item.object) !== 'witnessed') return false
      // What the lost ones share with others is not taken away either.
      return lostHere.length === 0 || !isRemoval(item) || provenance.of(item.object) === 'witnessed'
    })
    if (kept.length < changes.length) this.#held.add(unit)
    return kept
  }

  /** Whether what a lost object has stays its own: it is not to be removed, is not removed yet, or nobody can say. */
  keeps(key: string): boolean {
    return this.holds(key) || !this.#isInventoried()
  }

  holds(key: string): boolean {
    if ([...this.#pending.values()].some((keys) => keys.has(key))) return true
    return this.#stopped.has(key) && !this.#isAcknowledged(key)
  }

  /** What an inventory found: units that AWS knows, by tags and records. */
  inventoried(name: string, units: readonly string[]): void {
    const { isGone, provenance, onReleased } = this.#o
    const first = !this.#orphans.has(name)
    const orphans = units.filter((unit) => isGone(unit) && !provenance.knewUnit(unit)).map(orphanKey)
    this.#orphans.set(
      name,
      orphans.filter((key) => !isWitnessed(provenance, key)),
    )
    if (first && this.#isInventoried() && this.#engaged === null) onReleased(this.#takeHeld())
  }

  /** A new term: what an earlier one had read is not to be believed. */
  reset(): void {
    this.#orphans.clear()
    const now = this.#o.clock.monotonic()
    for (const key of [...this.#pending.values()].flatMap((keys) => [...keys])) this.#seen.set(key, now)
    this.#pending.clear()
  }

  /** What the ConfigMap says: the brake of an earlier life or another replica, and what a person acknowledged. */
  read({ brake, acknowledged }: Control): void {
    if (brake === null) return
    const { clock, settings, onReleased } = this.#o
    if (acknowledged?.name !== brake.name) {
      if (!this.#knows(brake)) this.#engage(brake)
      return
    }
    const age = clock.now() - Date.parse(acknowledged.at)
    // Exactly what its name stands for: whatever vanished since, nobody has looked at.
    const objects = this.#engaged?.name === brake.name ? this.#stopped : brake.objects
    if (age < settings.windowSeconds * 1000)
      for (const key of objects) this.#acknowledged.set(key, clock.monotonic() - Math.max(0, age))
    if (this.#engaged === null) return
    this.#release()
    this.#judge()
    onReleased(this.#takeHeld())
  }

  /** Whether it is the one that is on, or what we kept of it a moment ago. */
  #knows({ name, since, objects }: BrakeState): boolean {
    if (this.#engaged === null) return false
    return this.#engaged.name === name || (this.#engaged.since === since && objects.every((key) => this.#stopped.has(key)))
  }

  #engage(state: BrakeState): void {
    this.#engaged = state
    this.#stopped = new Set(state.objects)
    this.#o.onEngaged(state)
  }

  #release(): void {
    this.#engaged = null
    this.#stopped = new Set()
  }

  #judge(): void {
    const { clock, provenance, settings } = this.#o
    const lost = this.#lost()
    if (this.#engaged !== null) {
      const { since, owned } = this.#engaged
      const more = lost.filter((key) => !this.#stopped.has(key) && !isGroup(key))
      if (more.length > 0) this.#engage(stateOf([...this.#stopped, ...more], since, owned))
      return
    }
    for (const kind of new Set(lost.map(kindOfKey))) {
      const objects = lost.filter((key) => kindOfKey(key) === kind)
      const there = provenance.owned(kind)
      // One whose class is not ours any more is lost, and among what is there all the same.
      const owned = there + objects.filter((key) => kind !== 'Ingress' || !provenance.isThere(key)).length
      if (!isPastLimit(objects.length, owned, settings)) continue
      this.#engage(stateOf(lost, new Date(clock.now()).toISOString(), owned))
      return
    }
  }

  /** Everything lost that nobody has acknowledged, and what was removed within the window. */
  #lost(): readonly string[] {
    const { clock, provenance, settings } = this.#o
    const since = clock.monotonic() - settings.windowSeconds * 1000
    for (const [key, at] of this.#seen) if (at < since) this.#seen.delete(key)
    const pending = [...this.#pending.values()].flatMap((keys) => [...keys])
    const all = new Set([...provenance.lost(), ...this.#seen.keys(), ...pending, ...[...this.#orphans.values()].flat()])
    return [...all].filter((key) => !this.#isAcknowledged(key))
  }

  #isAcknowledged(key: string): boolean {
    const at = this.#acknowledged.get(key)
    if (at === undefined) return false
    if (this.#o.clock.monotonic() - at < this.#o.settings.windowSeconds * 1000) return true
    this.#acknowledged.delete(key)
    return false
  }

  #isInventoried(): boolean {
    return this.#o.inventories.every((name) => this.#orphans.has(name))
  }

  #takeHeld(): readonly string[] {
    const units = [...this.#held]
    this.#held.clear()
    return units
  }
}

/** Its name says what it is on for: on for more, it is another. */
function stateOf(lost: readonly string[], since: string, owned: number): BrakeState {
  const objects = [...lost].sort()
  return { name: `lost-${hashOf(since, ...objects).slice(0, 8)}`, since, objects, owned }
}

function isTarget(key: string): boolean {
  return TARGET_KINDS.some((kind) => kind === kindOfKey(key))
}

const GROUP = 'Ingress group:'

/** An Ingress of its own by its name; of a group nobody can say which Ingresses it had. */
function orphanKey(unit: string): string {
  const { kind, name, ...rest } = parseUnitKey(unit)
  return kind === 'group' ? `${GROUP}${name}` : keyOf({ kind: 'Ingress', namespace: '', ...rest, name })
}

function isWitnessed(provenance: Provenance, key: string): boolean {
  const [kind = '', path = ''] = key.split(' ')
  const [namespace = '', name = ''] = path.split('/')
  return !isGroup(key) && provenance.of({ kind, namespace, name }) !== 'inferred'
}

/** Counts, but is nothing that anybody could acknowledge by itself: its Ingresses are among the others. */
function isGroup(key: string): boolean {
  return key.startsWith(GROUP)
}
