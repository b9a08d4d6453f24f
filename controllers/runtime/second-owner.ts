import type { Route53 } from '../aws/route53.ts'
import { type Heartbeat, heartbeatIn, heartbeatKeys, heartbeatText, isSecondOwner } from '../shared/heartbeat.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import { isStopped } from './gate.ts'

export type SecondOwnerOptions = {
  readonly route53: Route53
  readonly clock: Clock
  readonly clusterId: string
  readonly txtOwner: string
  /** UID of kube-system, which no setting can make equal to another's. */
  readonly cluster: () => string
  /** This process, as in the Lease. */
  readonly leader: string
  readonly periodMs: number
  /** Somebody else lives under our identity; null when nobody does. */
  readonly tell: (message: string | null) => void
  readonly onProblem: (problem: unknown) => void
}

const RECHECK_MS = 60_000
const FIRST_CHECK_MS = 15_000
const SECOND_LOOK_MS = 30_000

/**
 * Two clusters with one identity would take each other's load balancers and records for leftovers. Whoever leads says so on a hosted
 * zone, by a tag per identity: the zone with the least id, which every cluster of the account finds. Each looks before it writes.
 * The zone is looked for each time: one with a lesser id may have come, and whoever starts now meets us there. Two reads and one write
 * a period, and a read for each further hundred zones; nothing where the account has no hosted zone.
 */
export class SecondOwner {
  readonly #o: SecondOwnerOptions

  constructor(options: SecondOwnerOptions) {
    this.#o = options
  }

  /** Resolves when it is known whether somebody else lives, or cannot be known now; then goes on until the term ends. */
  async guard(leading: AbortSignal): Promise<void> {
    const first = Promise.withResolvers<void>()
    const cancel = this.#o.clock.after(FIRST_CHECK_MS, first.resolve)
    void this.#run(leading, first.resolve)
    await first.promise
    cancel()
  }

  /** Takes our heartbeat away, if it is ours: nobody lives here any more. */
  async withdraw(signal: AbortSignal): Promise<void> {
    const found = await this.#read(signal)
    if (found.zone === null || !found.beats.some((beat) => beat?.cluster === this.#o.cluster())) return
    const RemoveTagKeys = [...heartbeatKeys(this.#o.clusterId, this.#o.txtOwner)]
    await this.#o.route53.changeTagsForResource(
      { ResourceType: 'hostedzone', ResourceId: found.zone, RemoveTagKeys },
      { signal, priority: 'change' },
    )
  }

  async #run(leading: AbortSignal, checked: () => void): Promise<void> {
    const { clock, periodMs, tell, onProblem } = this.#o
    let mine: Heartbeat | null = null
    let refused = false
    while (!leading.aborted) {
      let next = periodMs
      try {
        const { zone, beats } = await this.#read(leading)
        const self = { cluster: this.#o.cluster(), mine, now: clock.now(), periodMs }
        const other = beats.find((beat) => isSecondOwner(beat, self)) ?? null
        refused = other !== null
        tell(other === null ? null : this.#message(other))
        if (other !== null) next = Math.min(RECHECK_MS, periodMs)
        else if (zone !== null) {
          // Tags know no compare-and-swap: one that began in the same second is found at the second look.
          if (mine === null) next = Math.min(SECOND_LOOK_MS, periodMs)
          mine = await this.#write(zone, leading)
        }
      } catch (error) {
        if (leading.aborted) break
        // Frozen: nothing is written, this neither.
        if (!isStopped(error)) onProblem(error)
        next = Math.min(RECHECK_MS, periodMs)
      }
      checked()
      await delay(clock, next, leading).catch(() => undefined)
    }
    checked()
    if (refused) tell(null)
  }

  async #read(signal: AbortSignal): Promise<{ readonly zone: string | null; readonly beats: readonly (Heartbeat | null)[] }> {
    const zone = await this.#leastZone(signal)
    if (zone === null) return { zone, beats: [] }
    const asked = { ResourceType: 'hostedzone' as const, ResourceId: zone }
    const { ResourceTagSet } = await this.#o.route53.listTagsForResource(asked, { signal, priority: 'change' })
    const tags = new Map((ResourceTagSet?.Tags ?? []).map((tag) => [tag.Key, tag.Value]))
    const keys = heartbeatKeys(this.#o.clusterId, this.#o.txtOwner)
    return { zone, beats: keys.map((key) => heartbeatIn(tags.get(key))) }
  }

  async #write(zone: string, signal: AbortSignal): Promise<Heartbeat> {
    const { clock, clusterId, txtOwner, cluster, leader } = this.#o
    const beat: Heartbeat = { cluster: cluster(), leader, at: clock.now() }
    const Value = heartbeatText(beat)
    const AddTags = heartbeatKeys(clusterId, txtOwner).map((Key) => ({ Key, Value }))
    const asked = { ResourceType: 'hostedzone' as const, ResourceId: zone, AddTags }
    await this.#o.route53.changeTagsForResource(asked, { signal, priority: 'change' })
    return heartbeatIn(Value) ?? beat
  }

  async #leastZone(signal: AbortSignal): Promise<string | null> {
    let least: string | null = null
    for (let Marker: string | undefined; ; ) {
      const page: { HostedZones?: { Id?: string | undefined }[]; IsTruncated?: boolean; NextMarker?: string } =
        (await this.#o.route53.listHostedZones(Marker === undefined ? {} : { Marker }, { signal, priority: 'change' })) as never
      for (const { Id = '' } of page.HostedZones ?? []) {
        const id = Id.replace('/hostedzone/', '')
        if (least === null || id < least) least = id
      }
      Marker = page.IsTruncated === true ? page.NextMarker : undefined
      if (Marker === undefined) return least
    }
  }

  #message({ cluster, leader, at }: Heartbeat): string {
    const { clusterId, txtOwner } = this.#o
    return `Another live cluster has the cluster id ${clusterId} or the TXT owner ${txtOwner}: ${leader} of cluster ${cluster}, last heard of at ${new Date(at).toISOString()}; nothing is written while it lives`
  }
}
