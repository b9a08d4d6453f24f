import { describe, expect, it } from 'vitest'
import type { Priority } from '../../../controllers/runtime/effects.ts'
import { Queue, type QueueOptions, type Requeue } from '../../../controllers/runtime/queue.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

type Run = {
  readonly key: string
  readonly reasons: readonly Priority[]
  readonly at: number
  readonly finish: (outcome?: readonly Requeue[] | Error) => void
}

/** A queue whose work ends when the test says so. */
function given(options: Partial<QueueOptions> = {}) {
  const clock = simulatedClock(0)
  const runs: Run[] = []
  const queue = new Queue({
    clock,
    concurrency: 2,
    work: (key, reasons) =>
      new Promise((resolve, reject) => {
        const finish = (outcome: readonly Requeue[] | Error = []) =>
          outcome instanceof Error ? reject(outcome) : resolve(outcome)
        runs.push({ key, reasons: [...reasons], at: clock.monotonic(), finish })
      }),
    ...options,
  })
  const keys = () => runs.map((run) => run.key)
  return { clock, queue, runs, keys }
}

describe('queue (simulated clock)', () => {
  it('holds a key once, and merges why it is there', async () => {
    const { clock, queue, runs, keys } = given({ concurrency: 1 })
    queue.add('busy')
    for (const reason of ['sweep', 'change', 'sweep'] as const) queue.add('a', reason)
    await clock.settle()
    runs[0]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['busy', 'a'])
    expect(runs[1]?.reasons.toSorted()).toEqual(['change', 'sweep'])
  })

  it('never has two workers on one key; what comes meanwhile is another round', async () => {
    const { clock, queue, runs, keys } = given()
    queue.add('a')
    await clock.settle()
    queue.add('a', 'wait')
    queue.add('a', 'wait')
    await clock.settle()
    expect(keys()).toEqual(['a'])
    runs[0]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['a', 'a'])
    expect(runs[1]?.reasons).toEqual(['wait'])
    runs[1]?.finish()
    await queue.idle()
    expect(queue.metrics).toMatchObject({ depth: 0, running: 0 })
  })

  it('serves a change before a wait, a wait before a sweep, and else in order', async () => {
    const { clock, queue, runs, keys } = given({ concurrency: 1 })
    queue.add('first', 'sweep')
    await clock.settle()
    queue.add('s1', 'sweep')
    queue.add('w1', 'wait')
    queue.add('s2', 'sweep')
    queue.add('c1', 'change')
    queue.add('c2', 'change')
    queue.add('s2', 'change')
    for (let done = 0; done < 6; done++) {
      runs[done]?.finish()
      await clock.settle()
    }
    expect(keys()).toEqual(['first', 'c1', 'c2', 's2', 'w1', 's1'])
  })

  it('keeps to its concurrency', async () => {
    const { clock, queue, runs, keys } = given()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    await clock.settle()
    expect(keys()).toEqual(['a', 'b'])
    expect(queue.metrics).toMatchObject({ depth: 1, running: 2 })
    runs[1]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['a', 'b', 'c'])
  })

  it('keeps a worker for what somebody waits for: sweeps never have all', async () => {
    const { clock, queue, runs, keys } = given({ concurrency: 3 })
    for (const key of ['s1', 's2', 's3', 's4']) queue.add(key, 'sweep')
    await clock.settle()
    expect(keys()).toEqual(['s1', 's2'])
    queue.add('c1')
    await clock.settle()
    expect(keys()).toEqual(['s1', 's2', 'c1'])
    // Nor does its end let another one in.
    runs[2]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['s1', 's2', 'c1'])
    for (const key of ['c2', 'c3']) queue.add(key)
    runs[0]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['s1', 's2', 'c1', 'c2', 'c3'])
    runs[3]?.finish()
    await clock.settle()
    expect(keys()).toEqual(['s1', 's2', 'c1', 'c2', 'c3', 's3'])
  })

  it('takes a key for several reasons at once', async () => {
    const { clock, queue, runs } = given()
    queue.add('a', 'change', 'sweep')
    await clock.settle()
    expect(runs[0]?.reasons).toEqual(['change', 'sweep'])
  })

  it('lets the earliest of several delays count, and keeps a sweep that is due later than a wait', async () => {
    const { clock, queue, runs } = given()
    queue.addAfter('a', 60_000, 'wait')
    queue.addAfter('a', 10_000, 'wait')
    queue.addAfter('a', 30_000, 'wait')
    queue.addAfter('a', 600_000, 'sweep')
    expect(queue.nextAt('a')).toBe(10_000)
    await clock.advance(10_000)
    runs[0]?.finish()
    await clock.advance(600_000)
    expect(runs.map(({ at, reasons }) => [at, ...reasons])).toEqual([
      [10_000, 'wait'],
      [600_000, 'sweep'],
    ])
  })

  it('plans what the work asks for', async () => {
    const { clock, queue, runs } = given()
    queue.add('a')
    await clock.settle()
    runs[0]?.finish([{ afterMs: 5_000, priority: 'wait' }])
    await clock.advance(5_000)
    expect(runs.map((run) => run.at)).toEqual([0, 5_000])
  })

  it('backs off from a key that fails, doubling to a bound, and starts afresh once it worked', async () => {
    const failures: number[] = []
    const backoff = { baseMs: 1_000, maxMs: 4_000 }
    const { clock, queue, runs } = given({ backoff, onFailure: (_key, _error, count, retryMs) => failures.push(count, retryMs) })
    queue.add('a')
    await clock.settle()
    for (const wait of [1_000, 2_000, 4_000, 4_000]) {
      runs.at(-1)?.finish(new Error('no'))
      await clock.advance(wait - 1)
      const before = runs.length
      await clock.advance(1)
      expect(runs.length).toBe(before + 1)
    }
    expect(failures).toEqual([1, 1_000, 2, 2_000, 3, 4_000, 4, 4_000])
    expect(queue.metrics.failing).toBe(1)
    runs.at(-1)?.finish()
    await clock.settle()
    expect(queue.metrics.failing).toBe(0)
    queue.add('a')
    await clock.settle()
    runs.at(-1)?.finish(new Error('no'))
    await clock.settle()
    expect(failures.at(-1)).toBe(1_000)
  })

  it('waits as long as the server asks, and tries a failed sweep again as a sweep', async () => {
    const { clock, queue, runs } = given()
    queue.add('a', 'sweep')
    await clock.settle()
    runs[0]?.finish(Object.assign(new Error('slow down'), { retryAfterSeconds: 7 }))
    await clock.advance(6_999)
    expect(runs).toHaveLength(1)
    await clock.advance(1)
    expect(runs[1]).toMatchObject({ reasons: ['sweep'] })
  })

  it('tries a failed key at once when it changed meanwhile', async () => {
    const { clock, queue, runs } = given({ backoff: { baseMs: 60_000, maxMs: 60_000 } })
    queue.add('a')
    await clock.settle()
    queue.add('a')
    runs[0]?.finish(new Error('no'))
    await clock.settle()
    expect(runs).toHaveLength(2)
  })

  it('waits for months without waking in between for nothing', async () => {
    const { clock, queue, runs } = given()
    const inDays = 60 * 24 * 3_600_000
    queue.addAfter('a', inDays)
    await clock.advance(inDays - 1)
    expect(runs).toHaveLength(0)
    await clock.advance(1)
    expect(runs).toHaveLength(1)
  })

  it('arms a delay again that its clock cut short', async () => {
    const inner = simulatedClock(0)
    const capped = { ...inner, after: (ms: number, run: () => void) => inner.after(Math.min(ms, 1_000), run) }
    const { queue, runs } = given({ clock: capped })
    queue.addAfter('a', 2_500)
    await inner.advance(2_499)
    expect(runs).toHaveLength(0)
    await inner.advance(1)
    expect(runs).toHaveLength(1)
  })

  it('drains when it is stopped: what runs ends, what waits does not begin', async () => {
    const { clock, queue, runs, keys } = given({ concurrency: 1 })
    queue.add('a')
    queue.add('b')
    queue.addAfter('c', 1_000)
    await clock.settle()
    let stopped = false
    const stop = queue.stop().then(() => {
      stopped = true
    })
    queue.add('a')
    await clock.settle()
    expect(stopped).toBe(false)
    runs[0]?.finish([{ afterMs: 1, priority: 'wait' }])
    await stop
    await clock.advance(10_000)
    expect(keys()).toEqual(['a'])
  })

  it('aborts the workers that outlast the grace', async () => {
    const signals: AbortSignal[] = []
    const clock = simulatedClock(0)
    const queue = new Queue({
      clock,
      concurrency: 1,
      work: (_key, _reasons, signal) => {
        signals.push(signal)
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    })
    queue.add('a')
    await clock.settle()
    const stop = queue.stop(20_000)
    await clock.advance(19_999)
    expect(signals[0]?.aborted).toBe(false)
    await clock.advance(1)
    await stop
    expect(signals[0]?.aborted).toBe(true)
    expect(clock.timers()).toBe(0)
  })

  it('tells how long its oldest worker and its oldest waiter have been at it', async () => {
    const { clock, queue } = given({ concurrency: 1 })
    queue.add('slow')
    await clock.advance(3_000)
    queue.add('next')
    await clock.advance(2_000)
    expect(queue.metrics).toMatchObject({ longestRunningKey: 'slow', longestRunningMs: 5_000, longestWaitingMs: 2_000, depth: 1 })
  })

  it('forgets a key', async () => {
    const { clock, queue, runs } = given({ concurrency: 1 })
    queue.add('a')
    queue.add('b')
    queue.addAfter('b', 1_000)
    await clock.settle()
    queue.forget('b')
    runs[0]?.finish()
    await clock.advance(5_000)
    expect(runs).toHaveLength(1)
    await queue.idle()
  })

  it('goes on when the work throws at once or its reporter throws', async () => {
    let calls = 0
    const clock = simulatedClock(0)
    const queue = new Queue({
      clock,
      concurrency: 1,
      work: () => {
        calls++
        throw new Error('at once')
      },
      onFailure: () => {
        throw new Error('the reporter too')
      },
    })
    queue.add('a')
    await clock.advance(20)
    expect(calls).toBeGreaterThan(2)
  })
})
