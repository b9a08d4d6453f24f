import { isNotFound } from '../cluster/errors.ts'
import { CONFIG_MAPS, type Kubernetes } from '../cluster/kubernetes.ts'
import type { BrakeState } from '../shared/brake.ts'
import { BRAKE_KEY, CONTROL_NAME, type Control } from '../shared/control.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'

export type BrakeKeeperOptions = {
  readonly api: Kubernetes
  readonly clock: Clock
  readonly ownNamespace: string
  /** What is kept by now, as the watch tells it. */
  readonly there: () => Control
  readonly isEngaged: () => boolean
  readonly onProblem: (problem: unknown) => void
}

const RETRY_MS = 2_000
/** A ConfigMap holds 1 MiB; names of Kubernetes objects have 253 characters at most, and usually far fewer. */
const MOST_KEPT_BYTES = 700_000

/** Keeps what the brake is on for in the ConfigMap, so that a restart, or the other replica, does not begin to count anew. */
export class BrakeKeeper {
  readonly #o: BrakeKeeperOptions
  #kept = ''
  #term = AbortSignal.abort()
  #writing: Promise<void> | null = null

  constructor(options: BrakeKeeperOptions) {
    this.#o = options
  }

  /** We begin to lead: only who leads writes, and no longer than it does. */
  begin(term: AbortSignal): void {
    this.#term = term
    if (this.#kept !== '') void (this.#writing ?? Promise.resolve()).then(() => this.#go())
  }

  async keep(state: BrakeState): Promise<void> {
    this.#kept = kept(state)
    await this.#go()
  }

  async #go(): Promise<void> {
    if (this.#writing !== null) return
    this.#writing = this.#write().finally(() => {
      this.#writing = null
    })
    await this.#writing
  }

  async #write(): Promise<void> {
    const { api, clock, ownNamespace, there, isEngaged, onProblem } = this.#o
    const signal = this.#term
    const at = { namespace: ownNamespace, name: CONTROL_NAME }
    for (let written = ''; isEngaged() && written !== this.#kept && !signal.aborted; ) {
      const text = this.#kept
      const { brake } = there()
      if (brake !== null && kept(brake) === text) return
      try {
        await api
          .patch(CONFIG_MAPS, at, { data: { [BRAKE_KEY]: text } }, { kind: 'merge' }, signal)
          .catch(async (error: unknown) => {
            if (!isNotFound(error)) throw error
            return await api.create(CONFIG_MAPS, { metadata: at, data: { [BRAKE_KEY]: text } }, signal)
          })
        written = text
      } catch (error) {
        if (signal.aborted) return
        onProblem(error)
        await delay(clock, RETRY_MS, signal).catch(() => undefined)
      }
    }
  }
}

function kept(state: BrakeState): string {
  let { objects } = state
  const room = () => JSON.stringify(objects).length
  while (room() > MOST_KEPT_BYTES) objects = objects.slice(0, Math.floor(objects.length * 0.9))
  return JSON.stringify({ ...state, objects })
}
