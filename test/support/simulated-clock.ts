import type { Clock } from '../../controllers/runtime/clock.ts'
import { type ThreadPool, watchThreadPool } from './thread-pool.ts'

/**
 * Time that stands still while anything is under way, then jumps to the next timer.
 * Whatever goes through real input and output (a request to the AWS stand-in) must be `tracked`; promises and the thread pool are seen by themselves.
 */
export type SimulatedClock = Clock & {
  /** Lets everything under way finish, without letting time pass. */
  settle(): Promise<void>
  /** Lets `ms` pass, timer by timer. */
  advance(ms: number): Promise<void>
  /** Lets time pass until the condition holds. Throws when it still does not after `deadlineMs`, or when nothing is left to happen. */
  runUntil(condition: () => boolean | Promise<boolean>, options: { readonly deadlineMs: number }): Promise<void>
  /** How many tracked promises are under way. */
  pending(): number
  /** How many timers are set. */
  timers(): number
  tracked<T>(promise: Promise<T>): Promise<T>
  /** Called with each new time before its timers fire, e.g. to set the clock of a server. Returns its removal. */
  onTick(listener: (now: number) => void | Promise<void>): () => void
}

/** Turns of the event loop without anything new under way after which all is quiet. */
const QUIET_TURNS = 4
/** Real time after which something tracked is taken to hang: most likely it waits for simulated time, which waits for it. */
const HANGS_MS = 60_000

type Timer = { readonly at: number; readonly sequence: number; readonly run: () => void }

let threadPool: ThreadPool | null = null

export function simulatedClock(startMs: number): SimulatedClock {
  threadPool ??= watchThreadPool()
  const pool = threadPool
  let now = startMs
  let sequence = 0
  let inFlight = 0
  let moving = false
  const timers: Timer[] = []
  const listeners = new Set<(now: number) => void | Promise<void>>()

  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

  async function settle(): Promise<void> {
    let since = performance.now()
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await turn()
      if (inFlight === 0 && !pool.busy()) {
        quiet++
        since = performance.now()
        continue
      }
      quiet = 0
      // Sleeping in the event loop's poll, not spinning, while an answer is awaited.
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
      if (performance.now() - since > HANGS_MS)
        throw new Error(`${inFlight} tracked promises do not settle while the clock stands still`)
    }
  }

  async function moveTo(time: number): Promise<void> {
    if (time !== now) {
      now = time
      for (const listener of listeners) await listener(now)
    }
    while (timers[0] !== undefined && timers[0].at <= now) timers.shift()!.run()
    await settle()
  }

  async function exclusively<T>(run: () => Promise<T>): Promise<T> {
    if (moving) throw new Error('the simulated clock is moved by somebody else already')
    moving = true
    try {
      return await run()
    } finally {
      moving = false
    }
  }

  return {
    now: () => now,
    monotonic: () => now - startMs,
    after(ms, run) {
      const timer: Timer = { at: now + Math.max(0, Math.ceil(ms)), sequence: sequence++, run }
      let index = timers.length
      while (index > 0 && timers[index - 1]!.at > timer.at) index--
      timers.splice(index, 0, timer)
      return () => {
        const place = timers.indexOf(timer)
        if (place >= 0) timers.splice(place, 1)
      }
    },
    settle,
    advance: (ms) =>
      exclusively(async () => {
        const end = now + ms
        await settle()
        while (timers[0] !== undefined && timers[0].at <= end) await moveTo(timers[0].at)
        await moveTo(end)
      }),
    runUntil: (condition, { deadlineMs }) =>
      exclusively(async () => {
        const end = now + deadlineMs
        await settle()
        while (!(await condition())) {
          const next = timers[0]
          if (next === undefined) throw new Error(`nothing is left to happen, and the condition does not hold: ${condition}`)
          if (next.at > end) {
            await moveTo(end)
            if (await condition()) return
            throw new Error(`after ${deadlineMs} simulated ms the condition does not hold: ${condition}`)
          }
          await moveTo(next.at)
        }
      }),
    pending: () => inFlight,
    timers: () => timers.length,
    tracked<T>(promise: Promise<T>): Promise<T> {
      inFlight++
      return promise.finally(() => {
        inFlight--
      })
    },
    onTick(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
