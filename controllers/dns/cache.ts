import type { Change } from '../shared/change.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import { type Ingress, type IngressClass, objectKey } from '../shared/objects.ts'
import type { Outcome, PlanContext } from '../shared/planner.ts'
import { unitKey } from '../shared/unit.ts'
import { advanceAll, withChanges, zoneOf } from './advance.ts'
import { filedClaims, refileClaims } from './claims.ts'
import { hostsOf } from './intent.ts'
import { type Claim, type DnsObserved, nothingObserved, type PendingChange, type RecordSet, type Zone } from './observed.ts'
import { recordsAt } from './owned.ts'
import { registryNames } from './registry.ts'

/** Nothing is remembered of a change longer than this: every wait on it is over by then. */
const PENDING_MS = 15 * 60_000

/** A read of a whole zone that is under way. `stale`: what it finds is to be read again. */
export type ZoneRead = { readonly zoneId: string; readonly startedAt: number; readonly writes: Change[]; stale: boolean }

/** What this process knows of Route 53: the zones, and whole those that were read, kept up with what it writes itself. */
export class DnsCache {
  #since: number
  readonly #ingresses: (() => readonly Ingress[]) | null
  #zones: readonly Zone[] | null = null
  #zonesReadAt = 0
  #records: Readonly<Record<string, readonly RecordSet[]>> = {}
  #pending: readonly PendingChange[] = []
  readonly #readAt = new Map<string, number>()
  readonly #reads = new Set<ZoneRead>()
  readonly #quarantined = new Set<string>()
  /** Without a list of all objects: those that the units told of so far. */
  readonly #told = new Map<string, readonly Ingress[]>()
  readonly #claims = new WeakMap<Ingress, Claim>()
  #listed: Listed = { ingresses: [], classes: [], claims: [] }

  constructor(options: { readonly now: number; readonly ingresses: (() => readonly Ingress[]) | null }) {
    this.#since = options.now
    this.#ingresses = options.ingresses
  }

  observed(context: PlanContext): DnsObserved {
    if (this.#ingresses === null) this.#told.set(unitKey(context.unit), context.view.ingresses)
    const claims = this.#claimsOf(this.#known(), context.view.ingressClasses)
    this.#forgetQuarantined(claims)
    return {
      zones: this.#zones,
      records: this.#records,
      pending: this.#pending,
      claims,
      complete: this.#ingresses !== null,
      quarantined: [...this.#quarantined],
      since: this.#since,
    }
  }

  /** A host that nobody claims and that has nothing in the zone is in no plan any more. */
  #forgetQuarantined(claims: readonly Claim[]): void {
    for (const key of this.#quarantined) {
      const [zoneId = '', host = ''] = key.split(' ')
      if (!filedClaims(claims).byHost.has(host) && !hasRecords(this.records(zoneId), host)) this.#quarantined.delete(key)
    }
  }

  #known(): readonly Ingress[] {
    return this.#ingresses?.() ?? [...this.#told.values()].flat()
  }

  /** The same array while nothing has changed, so that what planners file by it is filed once. */
  #claimsOf(ingresses: readonly Ingress[], classes: readonly IngressClass[]): readonly Claim[] {
    const before = this.#listed
    const sameClasses = isSame(classes, before.classes)
    if (sameClasses && isSame(ingresses, before.ingresses)) return before.claims
    const claims = ingresses.map((item, place) =>
      sameClasses && item === before.ingresses[place] ? before.claims[place]! : this.#claim(item, classes),
    )
    if (claims.length === before.claims.length) refileClaims(before.claims, claims)
    this.#listed = { ingresses, classes, claims }
    return claims
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

  /**
   * Another process may have written since: everything is to be read again, and what left before now is waited for from now,
   * as after a restart. A read that is under way began before, so its result counts for nothing.
   */
  reset(now: number): void {
    this.#since = now
    this.#zonesReadAt = Number.NEGATIVE_INFINITY
    this.#readAt.clear()
    this.#reads.clear()
    this.#pending = this.#pending.map((item) => ({ ...item, changeId: null, submittedAt: now, insyncAt: null }))
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

  /** A read of a zone takes many calls: what is written meanwhile is noted, so that its result does not put an older world back. */
  beginRead(zoneId: string, now: number): ZoneRead {
    const read: ZoneRead = { zoneId, startedAt: now, writes: [], stale: false }
    this.#reads.add(read)
    return read
  }

  /** The result of a read, with our own writes since it began; null: it failed. */
  endRead(read: ZoneRead, records: readonly RecordSet[] | null): void {
    if (!this.#reads.delete(read) || records === null) return
    this.putZone(read.zoneId, withChanges(records, read.writes), read.startedAt)
    if (read.stale) this.markStale(read.zoneId)
  }

  putZone(zoneId: string, records: readonly RecordSet[], now: number): void {
    this.#records = { ...this.#records, [zoneId]: records }
    this.#readAt.set(zoneId, now)
  }

  /** Somebody else wrote there: a read that is under way may not have seen it. */
  markStale(zoneId: string): void {
    this.#readAt.delete(zoneId)
    for (const read of this.#reads) if (read.zoneId === zoneId) read.stale = true
  }

  markZonesStale(): void {
    this.#zonesReadAt = Number.NEGATIVE_INFINITY
  }

  wrote(changes: readonly Change[], outcome: Outcome, now: number): void {
    const isFresh = ({ submittedAt }: PendingChange) => submittedAt > now - PENDING_MS
    const known = { ...nothingObserved, records: this.#records, pending: this.#pending.filter(isFresh) }
    const { records, pending } = advanceAll(known, changes, outcome, now)
    this.#records = records
    this.#pending = pending
    for (const read of this.#reads) read.writes.push(...changes.filter((item) => zoneOf(item) === read.zoneId))
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

  /** The Ingresses that are known to exist, in whatever unit, as `namespace/name`. */
  objects(): ReadonlySet<string> {
    return new Set(this.#known().map((item) => objectKey(item.metadata)))
  }

  forget(unit: string): void {
    this.#told.delete(unit)
  }
}

function hasRecords(records: readonly RecordSet[], host: string): boolean {
  const names = (['A', 'AAAA'] as const).flatMap((type) => registryNames(host, type))
  return [host, ...names].some((name) => recordsAt(records, name).length > 0)
}

type Listed = {
  readonly ingresses: readonly Ingress[]
  readonly classes: readonly IngressClass[]
  readonly claims: readonly Claim[]
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]))
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
