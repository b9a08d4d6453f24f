import { AwsError } from '../aws/aws-error.ts'
import type { Sts } from '../aws/sts.ts'
import type { Clock } from './clock.ts'
import { delay } from './delay.ts'
import type { Leadership } from './leadership.ts'

export type CutOffOptions = {
  readonly lease: Pick<Leadership, 'leading' | 'yield'>
  readonly clock: Clock
  readonly sts: Pick<Sts, 'getCallerIdentity'>
  readonly tell: (what: string) => void
}

/** For the one more question. */
const ANSWER_MS = 3_000
/** So long others may take the lease; then we do again, for they may be cut off as well. */
const PAUSE_MS = 20_000
/** Pause between two times that we leave: where AWS answers nobody, replicas must not go round in circles. */
const FIRST_MS = 5 * 60_000
const LONGEST_MS = 60 * 60_000

/**
 * A leader that AWS cannot be reached from holds up everything, though another replica might reach it. It asks once more, where
 * nothing but the network can fail, and then leaves the lease to others.
 */
export class CutOff {
  readonly #o: CutOffOptions
  #asking = false
  #nextAt = 0
  #betweenMs = FIRST_MS

  constructor(options: CutOffOptions) {
    this.#o = options
  }

  /** AWS gave no answer to several calls in a row. */
  async suspect(): Promise<void> {
    const { lease, clock, tell } = this.#o
    if (this.#asking || !lease.leading || clock.monotonic() < this.#nextAt) return
    this.#asking = true
    const answered = await this.#answers().finally(() => {
      this.#asking = false
    })
    if (answered) {
      this.#betweenMs = FIRST_MS
      return
    }
    if (!lease.leading) return
    this.#nextAt = clock.monotonic() + this.#betweenMs
    this.#betweenMs = Math.min(LONGEST_MS, this.#betweenMs * 2)
    tell('AWS cannot be reached from here: another replica may lead')
    lease.yield(PAUSE_MS)
  }

  /** Whether AWS says anything at all; the call needs no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
  async #answers(): Promise<boolean> {
    const { clock, sts } = this.#o
    const late = new AbortController()
    const asked = sts.getCallerIdentity({}, { signal: late.signal, priority: 'change' }).then(
      () => true,
      (error: unknown) => error instanceof AwsError && error.status !== null,
    )
    const answer = await Promise.race([asked, delay(clock, ANSWER_MS, late.signal).then(() => false)])
    late.abort()
    return answer
  }
}
