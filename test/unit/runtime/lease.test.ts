import { describe, expect, it } from 'vitest'
import { KubernetesError } from '../../../controllers/cluster/errors.ts'
import { LEASES } from '../../../controllers/cluster/kubernetes.ts'
import { type LeadershipEnded, NotLeadingError } from '../../../controllers/runtime/leadership-errors.ts'
import { Lease } from '../../../controllers/runtime/lease.ts'
import type { LeaseObject } from '../../../controllers/runtime/lease-record.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { type SimulatedClock, simulatedClock } from '../../support/simulated-clock.ts'

const AT = { namespace: 'fairlead', name: 'fairlead' }
const REQUEST_MS = 3_000

function given() {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const server = new KubernetesStandin({ clock, namespaces: ['fairlead'] })
  const record = () => server.get<LeaseObject>(LEASES, AT)?.spec
  return { clock, server, record }
}

/** A replica: who leads when, and why it ended. `clock` may be its own, as after a pause. */
function replica(
  server: KubernetesStandin,
  identity: string,
  clock: SimulatedClock,
  options: { drain?: Promise<void>; own?: Partial<SimulatedClock>; requestTimeoutMs?: number } = {},
) {
  const log: string[] = []
  const problems: unknown[] = []
  const client = server.client({ fieldManager: identity })
  const lease = new Lease({
    api: client,
    clock: { ...clock, ...options.own },
    random: () => 0,
    ...AT,
    identity,
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_MS,
    onProblem: (problem) => problems.push(problem),
  })
  const run = lease.run(async (signal) => {
    log.push(`leads at ${clock.monotonic()}`)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    log.push(`${(signal.reason as LeadershipEnded).code} at ${clock.monotonic()}`)
    await options.drain
  })
  const mayWrite = () => {
    try {
      lease.assertLeading()
      return true
    } catch (error) {
      expect(error).toBeInstanceOf(NotLeadingError)
      return false
    }
  }
  return { lease, log, run, client, problems, mayWrite }
}

describe('lease (simulated clock)', () => {
  it('is taken at once when there is none, and renewed every two seconds with one write', async () => {
    const { clock, server, record } = given()
    const one = replica(server, 'one', clock)
    await clock.settle()
    expect(one.log).toEqual(['leads at 0'])
    expect(record()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 })
    server.calls.length = 0
    await clock.advance(60_000)
    expect(server.calls.map((call) => call.verb)).toEqual(Array(30).fill('replace'))
    expect(record()?.renewTime).toBe('2026-01-01T00:01:00.000000Z')
    expect(one.mayWrite()).toBe(true)
  })

  it('is released on stop, after the leader has ended, and taken by the next without a wait', async () => {
    const { clock, server, record } = given()
    const drained = Promise.withResolvers<void>()
    const one = replica(server, 'one', clock, { drain: drained.promise })
    const two = replica(server, 'two', clock)
    await clock.advance(30_000)
    one.lease.stop()
    await clock.advance(20_000)
    // It still renews, so that what is under way may end; nobody else leads meanwhile.
    expect(two.log).toEqual([])
    expect(one.mayWrite()).toBe(true)
    drained.resolve()
    await one.run
    expect(record()?.holderIdentity).toBe('')
    await clock.advance(2_000)
    expect(two.log).toEqual(['leads at 52000'])
    expect(record()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
    expect(one.mayWrite()).toBe(false)
  })

  it('is taken from a dead holder only after it has not changed for its duration, plus one request timeout', async () => {
    const { clock, server } = given()
    const one = replica(server, 'one', clock)
    const two = replica(server, 'two', clock)
    await clock.advance(21_000)
    one.client.cut()
    await clock.advance(40_000)
    const led = Number(/\d+/.exec(two.log[0] ?? '')?.[0])
    // The last renewal was at 20 s, and seen at 20 or 22.
    expect(led).toBeGreaterThanOrEqual(20_000 + 15_000 + REQUEST_MS)
    expect(led).toBeLessThanOrEqual(22_000 + 15_000 + 2_000 + REQUEST_MS)
  })

  it('does not trust the time others wrote', async () => {
    const { clock, server } = given()
    const spec = {
      holderIdentity: 'elsewhere',
      leaseDurationSeconds: 15,
      renewTime: '1999-01-01T00:00:00.000000Z',
      leaseTransitions: 3,
    }
    server.apply(LEASES, { metadata: AT, spec })
    const one = replica(server, 'one', clock)
    await clock.advance(14_000)
    expect(one.log).toEqual([])
    await clock.advance(10_000)
    expect(one.log).toHaveLength(1)
  })

  it('ends the leader at the renew deadline even while the request hangs, before anyone else can lead', async () => {
    const { clock, server } = given()
    const one = replica(server, 'one', clock)
    await clock.advance(10_000)
    server.fail({ on: (call) => call.verb === 'replace', mode: 'hang', times: 100 })
    await clock.advance(10_500)
    expect(one.log).toEqual(['leads at 0', 'LEASE_LOST at 20000'])
    expect(one.mayWrite()).toBe(false)
  })

  it('survives renewals that fail for less than the deadline, one of them done but not answered', async () => {
    const { clock, server } = given()
    const one = replica(server, 'one', clock)
    await clock.advance(10_000)
    const error = () => new KubernetesError({ code: 'KUBERNETES_CONNECTION', what: 'test' })
    server.fail({ on: (call) => call.verb === 'replace', mode: 'after', error })
    server.fail({ on: (call) => call.verb === 'replace', mode: 'before', error, times: 2 })
    await clock.advance(30_000)
    expect(one.log).toEqual(['leads at 0'])
    expect(one.problems).toHaveLength(3)
  })

  it('refuses a write that might end after the lease does', async () => {
    // The leader is told at 10 s after its last renewal; what takes 8 s must not begin after 7.
    for (const [requestTimeoutMs, last] of [
      [REQUEST_MS, 9],
      [8_000, 6],
    ] as const) {
      const { clock, server } = given()
      const one = replica(server, 'one', clock, { requestTimeoutMs })
      await clock.advance(2_000)
      const writable: number[] = []
      server.fail({ on: (call) => call.verb === 'replace', mode: 'before', times: 100 })
      for (let second = 1; second <= 16; second++) {
        await clock.advance(1_000)
        if (one.mayWrite()) writable.push(second)
      }
      expect(writable.at(-1)).toBe(last)
    }
  })

  it('knows on waking from a pause that its lease is over, before any timer has told it', async () => {
    const { clock, server } = given()
    let paused = 0
    const timers: (() => void)[] = []
    const own: Partial<SimulatedClock> = {
      monotonic: () => clock.monotonic() + paused,
      after: (ms, run) => clock.after(ms, () => (paused > 0 ? timers.push(run) : run())),
    }
    const one = replica(server, 'one', clock, { own })
    await clock.advance(5_000)
    expect(one.mayWrite()).toBe(true)
    paused = 60_000
    expect(one.mayWrite()).toBe(false)
    await clock.advance(3_000)
    server.calls.length = 0
    for (const run of timers.splice(0)) run()
    await clock.settle()
    expect(one.log.at(-1)).toMatch(/^LEASE_LOST/)
    // It does not renew, it competes: reads first whether somebody else has it.
    expect(server.calls.map((call) => call.verb)).toEqual(['get', 'replace'])
  })

  it('is competed for again by who lost it', async () => {
    const { clock, server, record } = given()
    const one = replica(server, 'one', clock)
    await clock.advance(5_000)
    const spec = { ...record(), holderIdentity: 'thief', renewTime: '2026-01-01T00:00:05.000000Z' }
    server.apply(LEASES, { metadata: AT, spec })
    await clock.advance(3_000)
    expect(one.log.at(-1)).toMatch(/^LEASE_LOST/)
    await clock.advance(30_000)
    expect(one.log.at(-1)).toMatch(/^leads at/)
    expect(record()).toMatchObject({ holderIdentity: 'one', leaseTransitions: 1 })
  })

  it('is left to another, who waits as after a holder that died; without another it is taken again later', async () => {
    const { clock, server, record } = given()
    const one = replica(server, 'one', clock)
    await clock.settle()
    const two = replica(server, 'two', clock)
    await clock.advance(5_000)
    one.lease.yield(20_000)
    expect(one.mayWrite()).toBe(false)
    await clock.settle()
    expect(record()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 1 })
    await clock.advance(10_000)
    expect(one.log.at(-1)).toBe('LEASE_YIELDED at 5000')
    // A second for the lease, at most two until it is looked at, one request timeout.
    expect(two.log).toEqual([expect.stringMatching(/^leads at (9|10|11)\d{3}$/)])
    two.lease.yield(20_000)
    await clock.advance(30_000)
    expect(one.log.at(-1)).toMatch(/^leads at/)
    one.lease.yield(20_000)
    await clock.advance(1_000)
    await two.lease.stop()
    await clock.advance(30_000)
    expect(one.log.filter((line) => line.startsWith('leads'))).toHaveLength(3)
  })

  it('never has two leaders, whoever is cut off', async () => {
    const { clock, server } = given()
    const replicas = ['one', 'two', 'three'].map((name) => replica(server, name, clock))
    const most = { leaders: 0 }
    for (let second = 0; second < 300; second++) {
      if (second % 60 === 59) {
        const leader = replicas.find((candidate) => candidate.lease.leading)
        server.fail({ on: (call) => call.verb === 'replace' && leader !== undefined, mode: 'before', times: 12 })
      }
      await clock.advance(1_000)
      const writers = replicas.filter((candidate) => candidate.mayWrite()).length
      most.leaders = Math.max(most.leaders, writers)
    }
    expect(most.leaders).toBe(1)
  })

  it('ends when the leader ends, passes its failure on, and is free again', async () => {
    const { clock, server, record } = given()
    const lease = new Lease({
      api: server.client({ fieldManager: 'one' }),
      clock,
      random: () => 0,
      ...AT,
      identity: 'one',
      requestTimeoutMs: REQUEST_MS,
    })
    await expect(lease.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(record()?.holderIdentity).toBe('')
    expect(clock.timers()).toBe(0)
  })

  it('refuses periods that could not keep it', () => {
    const { clock, server } = given()
    const make = (options: object) => () =>
      new Lease({
        api: server.client({ fieldManager: 'x' }),
        clock,
        random: () => 0,
        ...AT,
        identity: 'x',
        requestTimeoutMs: 1_000,
        ...options,
      })
    expect(make({ durationMs: 10_000, renewDeadlineMs: 10_000 })).toThrow(RangeError)
    expect(make({ retryMs: 10_000 })).toThrow(RangeError)
    expect(make({ requestTimeoutMs: 14_000 })).toThrow(RangeError)
  })
})
