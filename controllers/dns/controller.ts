import type { Aws } from '../aws/aws.ts'
import { awsFailure, seenError } from '../aws/errors.ts'
import type { CallOptions } from '../aws/operation.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Effects, RefreshScope } from '../runtime/effects.ts'
import type { Change, ObjectRef } from '../shared/change.ts'
import { ChangeFailed, type FailureKind } from '../shared/failure.ts'
import type { Finding } from '../shared/finding.ts'
import { type Ingress, objectKey } from '../shared/objects.ts'
import type { PlanContext } from '../shared/planner.ts'
import type { Settings } from '../shared/settings.ts'
import { unitKey } from '../shared/unit.ts'
import { pendingAfter } from './advance.ts'
import { type HostResult, isDoubtful, ZoneWriter } from './apply.ts'
import { groupsOf, type HostGroup } from './batch.ts'
import { DnsCache } from './cache.ts'
import { filedClaims } from './claims.ts'
import type { DnsIntent } from './intent.ts'
import { readZone, readZones } from './observe.ts'
import type { DnsObserved, RecordSet, Zone } from './observed.ts'
import { ownedBy, ownedIn } from './owned.ts'
import { isStaleRefusal } from './refusal.ts'
import { objectOf, resourceOf } from './registry.ts'
import { inZone } from './zones.ts'

export type DnsEffectsOptions = {
  readonly aws: Aws
  readonly clock: Clock
  readonly settings: Settings
  /**
   * Every Ingress of the cluster, of whatever unit. Without it only what the units told of so far is known, and records whose
   * object is gone are left alone, since the object may be in a unit that nobody looked at yet.
   */
  readonly ingresses?: () => readonly Ingress[]
  /** Whether an object's namespace may not have a host that it asks for. */
  readonly refuses?: (object: ObjectRef, host: string) => boolean
  /** Several units own records in one zone: what one sweep has read serves the others' for this long. Default half a minute. */
  readonly sharedSweepMs?: number
  /** For the changes that are being made: a check, for later, that throws once their writes are stopped. */
  readonly stopped?: () => () => void
}

export function dnsEffects(options: DnsEffectsOptions): Effects<DnsIntent, DnsObserved> & { reset(): void } {
  return new DnsEffects(options)
}

class DnsEffects implements Effects<DnsIntent, DnsObserved> {
  readonly name = 'dns'
  readonly #options: DnsEffectsOptions
  readonly #cache: DnsCache
  readonly #writer: ZoneWriter
  readonly #reading = new Map<string, Promise<void>>()
  readonly #sharedSweepMs: number

  constructor(options: DnsEffectsOptions) {
    this.#options = options
    this.#sharedSweepMs = options.sharedSweepMs ?? 30_000
    this.#cache = new DnsCache({ now: options.clock.now(), ingresses: options.ingresses ?? null })
    this.#writer = new ZoneWriter(this.#route53(), (group) => this.#cache.isQuarantined(group.zoneId, group.host))
  }

  #route53() {
    const { aws, settings } = this.#options
    return aws.route53({ account: settings.account, region: 'us-east-1' })
  }

  observed(context: PlanContext): DnsObserved {
    const observed = this.#cache.observed(context)
    const refused = this.#refused(context, observed)
    return refused.length === 0 ? observed : { ...observed, refused }
  }

  /** Only what decides whether a record of this unit is let go of. */
  #refused({ view, unit, settings }: PlanContext, { claims, records }: DnsObserved): readonly string[] {
    const { refuses } = this.#options
    if (refuses === undefined) return []
    const { byHost } = filedClaims(claims)
    const keys = new Set(view.ingresses.map((item) => objectKey(item.metadata)))
    if (unit.kind === 'ingress') keys.add(objectKey(unit))
    const hosts = new Set(
      Object.values(records).flatMap((zone) =>
        [...keys].flatMap((key) => ownedBy(zone, settings.txtOwner, key).map((owned) => owned.host)),
      ),
    )
    return [...hosts].flatMap((host) =>
      (byHost.get(host) ?? [])
        .filter((claim) => claim.unit !== unitKey(unit) && refuses(claim.object, host))
        .map((claim) => `${objectKey(claim.object)} ${host}`),
    )
  }

  async refresh(context: PlanContext, intent: DnsIntent, scope: RefreshScope, signal: AbortSignal): Promise<void> {
    if (scope.kind === 'waits')
      return this.#lookAtChanges(
        scope.waits.filter((wait) => wait.kind === 'record-insync').map((wait) => wait.of),
        signal,
      )
    const sweeping = scope.kind === 'sweep'
    const options: CallOptions = { signal, priority: sweeping ? 'sweep' : 'change' }
    const fresh = sweeping ? this.#options.clock.now() - this.#sharedSweepMs : 0
    const hosts = [...Object.values(intent.wishes).flatMap((wish) => wish.hosts), ...intent.formerHosts]
    if (hosts.length === 0 && !sweeping && this.#cache.zones === null) return
    await this.#readZones(fresh, options)
    const pins = Object.values(intent.wishes).flatMap((wish) => wish.zone ?? [])
    const zones = (this.#cache.zones ?? []).filter(
      (zone) => pins.includes(zone.id) || hosts.some((host) => isNearest(host, zone, this.#cache.zones ?? [])),
    )
    const owning = (this.#cache.zones ?? []).filter((zone) => this.#ownsIn(zone, context))
    await Promise.all([...new Set([...zones, ...owning])].map((zone) => this.#readZone(zone.id, fresh, options)))
  }

  #ownsIn(zone: Zone, context: PlanContext): boolean {
    const { unit, settings } = context
    return unit.kind === 'ingress' && ownedBy(this.#cache.records(zone.id), settings.txtOwner, objectKey(unit)).length > 0
  }

  async #readZones(olderThan: number, options: CallOptions): Promise<void> {
    if (!this.#cache.zonesOlderThan(olderThan)) return
    await this.#once('zones', async () =>
      this.#cache.putZones(await readZones(this.#route53(), options), this.#options.clock.now()),
    )
  }

  async #readZone(zoneId: string, olderThan: number, options: CallOptions): Promise<void> {
    if (!this.#cache.zoneOlderThan(zoneId, olderThan)) return
    await this.#once(zoneId, async () => {
      if (await this.#readWhole(zoneId, options)) return
      // Our picture of it turned out wrong meanwhile: once more. What is wrong still after that waits for the next refresh.
      await this.#readWhole(zoneId, options)
    })
  }

  /** Whether it came out as it is. */
  async #readWhole(zoneId: string, options: CallOptions): Promise<boolean> {
    const read = this.#cache.beginRead(zoneId, this.#options.clock.now())
    let records: readonly RecordSet[] | null = null
    try {
      records = await readZone(this.#route53(), zoneId, options)
    } finally {
      this.#cache.endRead(read, records)
    }
    return !read.stale
  }

  /** One read of a thing at a time; who asks meanwhile gets the same. */
  #once(key: string, read: () => Promise<void>): Promise<void> {
    const running = this.#reading.get(key)
    if (running !== undefined) return running
    const started = read().finally(() => {
      if (this.#reading.get(key) === started) this.#reading.delete(key)
    })
    this.#reading.set(key, started)
    return started
  }

  async #lookAtChanges(hosts: readonly string[], signal: AbortSignal): Promise<void> {
    const asked = this.#cache.pending.filter(
      (item) => item.insyncAt === null && item.changeId !== null && hosts.includes(item.host),
    )
    for (const changeId of new Set(asked.map((item) => item.changeId ?? ''))) {
      const insync = await this.#isInsync(changeId, signal)
      const now = this.#options.clock.now()
      if (insync === 'pending') continue
      this.#cache.updatePending((item) => {
        if (item.changeId !== changeId) return item
        return insync === 'insync' ? { ...item, insyncAt: item.insyncAt ?? now } : { ...item, changeId: null }
      })
    }
  }

  async #isInsync(changeId: string, signal: AbortSignal): Promise<'insync' | 'pending' | 'unknown'> {
    try {
      const answer = await this.#route53().getChange({ Id: changeId }, { signal, priority: 'wait' })
      return answer.ChangeInfo?.Status === 'INSYNC' ? 'insync' : 'pending'
    } catch (error) {
      if (seenError(error).code === 'NoSuchChange') return 'unknown'
      throw error
    }
  }

  async apply(_context: PlanContext, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const results = await this.#writer.write(groupsOf(changes), { signal, priority: 'change' }, this.#options.stopped?.())
    const failed: Extract<HostResult, { error: unknown }>[] = []
    for (const result of results) {
      if ('error' in result) failed.push(result)
      else {
        this.#cache.wrote(result.group.changes, result.outcome, this.#options.clock.now())
        this.#cache.quarantine(result.group.zoneId, result.group.host, false)
      }
    }
    if (failed.length > 0) throw this.#failure(failed)
  }

  #failure(failed: readonly Extract<HostResult, { error: unknown }>[]): ChangeFailed {
    const now = this.#options.clock.now()
    const kinds = failed.map(({ group, error, said }): { readonly kind: FailureKind; readonly finding: Finding | null } => {
      const plain = awsFailure(error, [])
      const stale = plain.kind === 'stale' || (plain.kind === 'refused' && isStaleRefusal(said))
      if (stale || plain.kind === 'refused' || isDoubtful(error)) this.#cache.markStale(group.zoneId)
      if (plain.code === 'NoSuchHostedZone') this.#cache.markZonesStale()
      // What may have been moved or deleted is waited for as if it had been.
      if (isDoubtful(error))
        this.#cache.remember(group.changes.flatMap((item) => pendingAfter(item, group.zoneId, {}, now) ?? []))
      const refused = plain.kind === 'refused' && !stale
      if (refused) this.#cache.quarantine(group.zoneId, group.host, true)
      return { kind: refused ? 'refused' : stale ? 'stale' : plain.kind, finding: refused ? refusedFinding(group, said) : null }
    })
    const first = awsFailure(failed[0]?.error, [])
    const [only] = kinds
    // Several that were refused are each tried alone next time, so that each has a failure, and a pause, of its own.
    const kind =
      kinds.every((item) => item.kind === only?.kind && item.kind !== 'refused') || kinds.length === 1
        ? (only?.kind ?? 'stale')
        : 'stale'
    const finding = kinds.find((item) => item.finding !== null)?.finding ?? null
    return new ChangeFailed({
      code: first.code,
      kind,
      message: failed.map(({ group, said }) => `${group.host}: ${said}`).join('; '),
      changes: failed.flatMap(({ group }) => group.changes.map((item) => item.id)),
      doubtful: failed.some(({ error }) => isDoubtful(error)),
      ...(finding === null ? {} : { finding }),
      cause: failed[0]?.error,
    })
  }

  /** Units of records of ours whose object is gone. Reads every zone of the account, as nothing else lists them. */
  async inventory(signal: AbortSignal): Promise<readonly string[]> {
    const { clock, settings } = this.#options
    const options: CallOptions = { signal, priority: 'sweep' }
    const fresh = clock.now() - this.#sharedSweepMs
    await this.#readZones(fresh, options)
    const units = new Set<string>()
    const objects = this.#cache.objects()
    for (const zone of this.#cache.zones ?? []) {
      await this.#readZone(zone.id, fresh, options)
      for (const owned of ownedIn(this.#cache.records(zone.id), settings.txtOwner)) {
        const object = objectOf(owned.resource)
        if (object !== null && object.kind === 'Ingress' && !objects.has(objectKey(object))) units.add(resourceOf(object))
      }
    }
    return [...units]
  }

  /** Called when a new term of ours begins. */
  reset(): void {
    this.#reading.clear()
    this.#cache.reset(this.#options.clock.now())
  }

  forget(unit: string): void {
    this.#cache.forget(unit)
  }
}

/** Whether a zone may be the one for a host: the longest of its kind that the host ends with. */
function isNearest(host: string, zone: Zone, zones: readonly Zone[]): boolean {
  if (!inZone(host, zone)) return false
  return zones.every((other) => other.private !== zone.private || !inZone(host, other) || other.name.length <= zone.name.length)
}

function refusedFinding(group: HostGroup, said: string): Finding | null {
  const object = group.changes[0]?.object
  if (object === undefined) return null
  return {
    code: 'Route53Refused',
    severity: 'blocking',
    object,
    field: 'spec.rules',
    read: group.host,
    expected: 'a host that Route 53 accepts',
    message: `Route 53 refuses the records of ${group.host}: ${said}`,
  }
}
