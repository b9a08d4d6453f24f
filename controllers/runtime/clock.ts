import { ownTurn } from './own-turn.ts'

/** The only source of time and of timers in effects; pure code gets `now` as data. */
export type Clock = {
  /** Wall clock, milliseconds since the epoch: for what others read (tags, leases' timestamps, certificates). */
  now(): number
  /** Milliseconds that never go back or jump: for deadlines, leases and rates. */
  monotonic(): number
  /** Calls `run` once after `ms` (any length; capped internally). Returns its cancellation. */
  after(ms: number, run: () => void): () => void
  /** Lets everything else have its turn before a long computation. None where time stands still meanwhile. */
  readonly turn?: () => Promise<unknown>
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
  turn: ownTurn,
}
