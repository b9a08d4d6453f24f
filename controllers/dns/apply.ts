import { awsFailure, seenError } from '../aws/errors.ts'
import type { CallOptions } from '../aws/operation.ts'
import type { Route53 } from '../aws/route53.ts'
import { currentWork, inAll, type Work } from '../runtime/work.ts'
import type { Outcome } from '../shared/planner.ts'
import { elementsOf, fitting, type HostGroup } from './batch.ts'
import { refusalOf } from './refusal.ts'

/** How one host's batch ended. `error` is what the call rejected with; `said` what Route 53 said about this host. */
export type HostResult =
  | { readonly group: HostGroup; readonly outcome: Outcome }
  | { readonly group: HostGroup; readonly error: unknown; readonly said: string }

type Waiting = {
  readonly group: HostGroup
  readonly options: CallOptions
  /** Throws if its own writes were stopped while it waited: the call it goes with may be somebody else's. */
  readonly assertOpen: () => void
  readonly settle: (result: HostResult) => void
  /** Whose it is: a call is for all that go in it. */
  readonly work: Work | null
}

/**
 * Sends batches, one call per zone at a time, since Route 53 refuses a second one while it works on the first
 * (PriorRequestNotComplete). What comes meanwhile goes together in the next call. A host that makes Route 53 refuse a batch
 * is taken out of it, by name or by halves; the others go through.
 */
export class ZoneWriter {
  readonly #route53: Route53
  readonly #isQuarantined: (group: HostGroup) => boolean
  readonly #queues = new Map<string, Waiting[]>()
  readonly #busy = new Set<string>()

  constructor(route53: Route53, isQuarantined: (group: HostGroup) => boolean) {
    this.#route53 = route53
    this.#isQuarantined = isQuarantined
  }

  write(
    groups: readonly HostGroup[],
    options: CallOptions,
    assertOpen: () => void = () => undefined,
  ): Promise<readonly HostResult[]> {
    const work = currentWork()
    const results = groups.map(
      (group) =>
        new Promise<HostResult>((settle) => {
          const queue = this.#queues.get(group.zoneId) ?? []
          queue.push({ group, options, assertOpen, settle, work })
          this.#queues.set(group.zoneId, queue)
        }),
    )
    for (const zoneId of new Set(groups.map((group) => group.zoneId))) void this.#drain(zoneId)
    return Promise.all(results)
  }

  async #drain(zoneId: string): Promise<void> {
    if (this.#busy.has(zoneId)) return
    this.#busy.add(zoneId)
    try {
      for (let queue = this.#queues.get(zoneId) ?? []; queue.length > 0; queue = this.#queues.get(zoneId) ?? []) {
        const alone = queue.findIndex((item) => this.#isQuarantined(item.group))
        const together = alone < 0 ? queue : queue.slice(0, alone)
        const count = alone === 0 ? 1 : fitting(together.map((item) => item.group))
        await this.#send(zoneId, queue.splice(0, count))
      }
    } finally {
      this.#busy.delete(zoneId)
      this.#queues.delete(zoneId)
    }
  }

  async #send(zoneId: string, waiting: readonly Waiting[]): Promise<void> {
    const sent = waiting.filter(isOpen)
    const first = sent[0]
    if (first === undefined) return
    const Changes = sent.flatMap((item) => elementsOf(item.group))
    try {
      const works = sent.map((item) => item.work)
      const answer = await inAll(works, () =>
        this.#route53.changeResourceRecordSets({ HostedZoneId: zoneId, ChangeBatch: { Changes } }, first.options),
      )
      const info = answer.ChangeInfo
      const Id = info?.Id?.replace('/change/', '')
      for (const item of sent) item.settle({ group: item.group, outcome: { ChangeInfo: { ...info, Id } } })
    } catch (error) {
      await this.#refused(zoneId, sent, error)
    }
  }

  async #refused(zoneId: string, sent: readonly Waiting[], error: unknown): Promise<void> {
    const { code, message } = seenError(error)
    const isAboutContent = code === 'InvalidChangeBatch' || code === 'InvalidInput'
    const named = sent.map((item) => ({ item, said: isAboutContent ? refusalOf(message, item.group) : '' }))
    if (sent.length === 1 || !isAboutContent) {
      for (const { item, said } of named) item.settle({ group: item.group, error, said: said === '' ? message : said })
      return
    }
    const bad = named.filter(({ said }) => said !== '')
    if (bad.length > 0) {
      for (const { item, said } of bad) item.settle({ group: item.group, error, said })
      await this.#send(
        zoneId,
        named.filter(({ said }) => said === '').map(({ item }) => item),
      )
      return
    }
    const half = Math.ceil(sent.length / 2)
    await this.#send(zoneId, sent.slice(0, half))
    await this.#send(zoneId, sent.slice(half))
  }
}

function isOpen({ group, assertOpen, settle }: Waiting): boolean {
  try {
    assertOpen()
    return true
  } catch (error) {
    settle({ group, error, said: error instanceof Error ? error.message : String(error) })
    return false
  }
}

/** Whether the answer was lost, so that the batch may have been made. */
export function isDoubtful(error: unknown): boolean {
  return awsFailure(error, []).doubtful
}
