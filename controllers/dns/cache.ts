import type { Change } from '../shared/change.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import type { Ingress, IngressClass } from '../shared/objects.ts'
import type { Outcome, PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import { advanceDns } from './advance.ts'
import { hostsOf } from './intent.ts'
import type { Claim, DnsObserved, PendingChange, RecordSet, Zone } from './observed.ts'

/** Nothing is remembered of a change longer than this: every wait on it is over by then. */
const PENDING_MS = 15 * 60_000

/** What this process knows of Route 53: the zones, and whole those that were read, kept up with what it writes itself. */
export class DnsCache {
  readonly #since: number
  readonly #ingresses: (() => readonly Ingress[]) | null
  #zones: readonly Zone[] | null = null
  #zonesReadAt = 0
  #records: Readonly<Record<string, readonly RecordSet[]>> = {}
  #pending: readonly PendingChange[] = []
  readonly #readAt = new Map<string, number>()
  readonly #writes = new Map<string, number>()
  readonly #quarantined = new Set<string>()
  /** Without a list of all objects: what the units told of so far. */
  readonly #told = new Map<string, readonly Claim[]>()
  readonly #claims = new WeakMap<Ingress, Claim>()

  constructor(options: { readonly now: number; readonly ingresses: (() => readonly Ingress[]) | null }) {
    this.#since = options.now
    this.#ingresses = options.ingresses
  }

  observed(context: PlanContext): DnsObserved {
    const unit = unitKey(context.unit)
    const classes = context.view.ingressClasses
    if (this.#ingresses === null)
      this.#told.set(
        unit,
        context.view.ingresses.map((item) => claimOf(item, classes)),
      )
    const all =
      this.#ingresses === null ? [...this.#told.values()].flat() : this.#ingresses().map((item) => this.#claim(item, classes))
    return {
      zones: this.#zones,
      records: this.#records,
      pending: this.#pending,
      claims: all.filter((claim) => claim.unit !== unit),
      complete: this.#ingresses !== null,
      quarantined: [...this.#quarantined],
      since: this.#since,
    }
  }

  #claim(ingress: Ingress, classes: readonly IngressClass[]): Claim {
    const known = this.#claims.get(ingress)
    const live = isLive(ingress, classes)
    if (known !== undefined && known.live === live) return known
    const claim = claimOf(ingress, classes)
    this.#claims.set(ingress, claim)
    return claim
  }

  get zones(): readonly Zone[] | null {
    return this.#zones
  }

  get pending(): readonly PendingChange[] {
    return this.#pending
  }

  zonesOlderThan(time: number): boolean {
    return this.#zones === null || this.#zonesReadAt < time
  }

  zoneOlderThan(zoneId: string, time: number): boolean {
    return (this.#readAt.get(zoneId) ?? Number.NEGATIVE_INFINITY) < time
  }

  putZones(zones: readonly Zone[], now: number): void {
    this.#zones = zones
    this.#zonesReadAt = now
    const known = new Set(zones.map((zone) => zone.id))
    this.#records = Object.fromEntries(Object.entries(this.#records).filter(([id]) => known.has(id)))
  }

  /** Counts our own writes to a zone, so that a read that ran meanwhile does not put an older world back. */
  writesOf(zoneId: string): number {
    return this.#writes.get(zoneId) ?? 0
  }

  putZone(zoneId: string, records: readonly RecordSet[], now: number): void {
    this.#records = { ...this.#records, [zoneId]: records }
    this.#readAt.set(zoneId, now)
  }

  markStale(zoneId: string): void {
    this.#readAt.delete(zoneId)
  }

  markZonesStale(): void {
    this.#zonesReadAt = Number.NEGATIVE_INFINITY
  }

  wrote(context: PlanContext, changes: readonly Change[], outcome: Outcome, now: number): void {
    let next: DnsObserved = {
      ...this.observed(context),
      pending: this.#pending.filter((item) => item.submittedAt > now - PENDING_MS),
    }
    for (const item of changes) {
      next = advanceDns(next, item, outcome, now)
      const zoneId = String((item.after ?? item.before)?.HostedZoneId)
      this.#writes.set(zoneId, this.writesOf(zoneId) + 1)
    }
    this.#records = next.records
    this.#pending = next.pending
  }

  remember(pending: readonly PendingChange[]): void {
    this.#pending = [...this.#pending, ...pending]
  }

  updatePending(update: (pending: PendingChange) => PendingChange): void {
    this.#pending = this.#pending.map(update)
  }

  quarantine(zoneId: string, host: string, bad: boolean): void {
    if (bad) this.#quarantined.add(`${zoneId} ${host}`)
    else this.#quarantined.delete(`${zoneId} ${host}`)
  }

  isQuarantined(zoneId: string, host: string): boolean {
    return this.#quarantined.has(`${zoneId} ${host}`)
  }

  records(zoneId: string): readonly RecordSet[] {
    return this.#records[zoneId] ?? []
  }

  /** Whether an object is known to exist, in whatever unit. */
  knows(namespace: string, name: string): boolean {
    if (this.#ingresses !== null)
      return this.#ingresses().some((item) => item.metadata.namespace === namespace && item.metadata.name === name)
    return [...this.#told.values()].flat().some((claim) => claim.object.namespace === namespace && claim.object.name === name)
  }

  forget(unit: string): void {
    this.#told.delete(unit)
  }
}

function isLive(ingress: Ingress, classes: readonly IngressClass[]): boolean {
  return ingress.metadata.deletionTimestamp === undefined && isOurClass(ingress, classes)
}

function claimOf(ingress: Ingress, classes: readonly IngressClass[]): Claim {
  const { namespace = '', name, creationTimestamp, uid } = ingress.metadata
  return {
    object: { kind: 'Ingress', namespace, name },
    unit: unitKey(unitOf(ingress)),
    hosts: hostsOf(ingress),
    age: `${creationTimestamp} ${uid}`,
    live: isLive(ingress, classes),
    serves: (ingress.status?.loadBalancer?.ingress ?? []).some((item) => (item.hostname ?? '') !== ''),
  }
}
