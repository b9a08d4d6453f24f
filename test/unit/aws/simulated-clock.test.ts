import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { delay } from '../../../controllers/runtime/delay.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const start = Date.UTC(2026, 0, 1)

describe('the simulated clock itself (simulated clock)', () => {
  it('fires timers in order, each at its time', async () => {
    const clock = simulatedClock(start)
    const seen: [string, number][] = []
    for (const [name, ms] of [
      ['late', 300],
      ['soon', 100],
      ['also soon', 100],
    ] as const)
      clock.after(ms, () => seen.push([name, clock.monotonic()]))
    await clock.advance(200)
    expect(seen).toEqual([
      ['soon', 100],
      ['also soon', 100],
    ])
    expect(clock.now()).toBe(start + 200)
    await clock.advance(100)
    expect(seen.at(-1)).toEqual(['late', 300])
    expect(clock.timers()).toBe(0)
  })

  it('does not fire what was cancelled', async () => {
    const clock = simulatedClock(start)
    const cancel = clock.after(10, () => expect.unreachable())
    cancel()
    await clock.advance(20)
  })

  it('lets a chain of waits run within the time it takes', async () => {
    const clock = simulatedClock(start)
    const at: number[] = []
    const chain = (async () => {
      for (let n = 0; n < 5; n++) {
        await delay(clock, 1000)
        at.push(clock.monotonic())
      }
    })()
    await clock.advance(3500)
    expect(at).toEqual([1000, 2000, 3000])
    await clock.advance(1500)
    await chain
    expect(at).toEqual([1000, 2000, 3000, 4000, 5000])
  })

  it('stands still while something tracked is under way', async () => {
    const clock = simulatedClock(start)
    let answered = -1
    clock.after(1000, () => undefined)
    // Real time, as an answer from a server would take.
    void clock.tracked(new Promise<void>((resolve) => setTimeout(resolve, 30))).then(() => {
      answered = clock.monotonic()
    })
    expect(clock.pending()).toBe(1)
    await clock.advance(5000)
    expect(answered).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  it('stands still while a key is made', async () => {
    const clock = simulatedClock(start)
    let made = -1
    void webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']).then(() => {
      made = clock.monotonic()
    })
    clock.after(1000, () => undefined)
    await clock.advance(5000)
    expect(made).toBe(0)
  })

  it('tells listeners the time before the timers of that time fire', async () => {
    const clock = simulatedClock(start)
    const order: string[] = []
    clock.onTick(async (now) => {
      await Promise.resolve()
      order.push(`tick ${now - start}`)
    })
    clock.after(100, () => order.push('timer 100'))
    await clock.advance(150)
    expect(order).toEqual(['tick 100', 'timer 100', 'tick 150'])
  })

  it('runs until a condition holds, and says when it cannot', async () => {
    const clock = simulatedClock(start)
    let ticks = 0
    const tick = (): void => {
      ticks++
      clock.after(1000, tick)
    }
    tick()
    await clock.runUntil(() => ticks === 4, { deadlineMs: 10_000 })
    expect(clock.monotonic()).toBe(3000)
    await expect(clock.runUntil(() => ticks === 1000, { deadlineMs: 5000 })).rejects.toThrow(/after 5000 simulated ms/)
    expect(clock.monotonic()).toBe(8000)
    await expect(simulatedClock(start).runUntil(() => false, { deadlineMs: 1 })).rejects.toThrow(/nothing is left to happen/)
  })
})
