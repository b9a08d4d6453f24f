import { describe, expect, it } from 'vitest'
import { type LimitedCall, type LimiterConfig, limiter } from '../../../controllers/aws/limiter.ts'
import type { CallOptions } from '../../../controllers/aws/operation.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const start = Date.UTC(2026, 0, 1)
const { signal } = new AbortController()
const importCertificate: LimitedCall = { service: 'acm', operation: 'ImportCertificate', account: 'home', region: 'eu-west-1' }
const createRule: LimitedCall = { service: 'elbv2', operation: 'CreateRule', account: 'home', region: 'eu-west-1' }

function bench(config: LimiterConfig = {}) {
  const clock = simulatedClock(start)
  const limits = limiter(clock, config)
  const served: { readonly name: string; readonly at: number }[] = []
  const ask = (name: string, call: LimitedCall, options: Partial<CallOptions> = {}) =>
    limits.turn(call, { signal, ...options }).then((turn) => {
      served.push({ name, at: clock.monotonic() })
      return turn
    })
  return { clock, limits, served, ask, names: () => served.map(({ name }) => name) }
}

/** The most calls in any window, against what AWS would have let through in it. */
function exceeds(times: readonly number[], capacity: number, perSecond: number): boolean {
  return times.some((from, first) =>
    times.slice(first).some((to, more) => more + 1 > capacity + ((to - from) / 1000) * perSecond + 1e-9),
  )
}

describe('limiter (simulated clock)', () => {
  it('serves what the buckets hold at once, and the rest as they fill', async () => {
    const { clock, served, ask } = bench()
    for (let n = 0; n < 30; n++) void ask(`${n}`, createRule)
    await clock.settle()
    expect(served).toHaveLength(14)
    await clock.advance(10_000)
    // 70 % of 3 a second.
    expect(served).toHaveLength(30)
    expect(served.at(-1)?.at).toBeGreaterThanOrEqual((16 / 2.1) * 1000)
    expect(served.at(-1)?.at).toBeLessThan((16 / 2.1) * 1000 + 50)
  })

  it('takes its share only, in every bucket a call falls into', async () => {
    const { clock, limits, served, ask } = bench()
    const operations = ['CreateRule', 'DescribeRules', 'RegisterTargets', 'CreateLoadBalancer', 'DescribeTags']
    for (let n = 0; n < 200; n++)
      void ask(operations[n % operations.length]!, { ...createRule, operation: operations[n % operations.length]! })
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 600_000 })
    const times = (wanted: (name: string) => boolean) => served.filter(({ name }) => wanted(name)).map(({ at }) => at)
    expect(
      exceeds(
        times(() => true),
        28,
        7,
      ),
    ).toBe(false)
    expect(
      exceeds(
        times((name) => name === 'CreateRule'),
        14,
        2.1,
      ),
    ).toBe(false)
    expect(
      exceeds(
        times((name) => name === 'RegisterTargets'),
        14,
        2.8,
      ),
    ).toBe(false)
    expect(
      exceeds(
        times((name) => name === 'CreateLoadBalancer'),
        7,
        0.14,
      ),
    ).toBe(false)
    expect(
      exceeds(
        times((name) => name.startsWith('Describe')),
        28,
        7,
      ),
    ).toBe(false)
  })

  it('keeps accounts and regions apart, but not the regions of a global service', async () => {
    const { clock, served, ask } = bench()
    for (const region of ['eu-west-1', 'us-east-1'])
      for (const account of ['home', 'other']) void ask('acm', { ...importCertificate, region, account })
    for (let n = 0; n < 20; n++) {
      void ask('dns', {
        service: 'route53',
        operation: 'ChangeResourceRecordSets',
        account: 'home',
        region: n % 2 ? 'eu-west-1' : 'us-east-1',
      })
    }
    await clock.settle()
    expect(served.filter(({ name }) => name === 'acm')).toHaveLength(4)
    expect(served.filter(({ name }) => name === 'dns')).toHaveLength(3)
  })

  it('serves a change before a wait before a sweep', async () => {
    const { clock, limits, ask, names } = bench()
    void ask('first', importCertificate, { priority: 'sweep' })
    for (const priority of ['sweep', 'wait', 'change'] as const) void ask(priority, importCertificate, { priority })
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 60_000 })
    expect(names()).toEqual(['first', 'change', 'wait', 'sweep'])
  })

  it('serves the certificate that expires soonest first', async () => {
    const { clock, limits, ask, names } = bench()
    void ask('first', importCertificate)
    for (const days of [30, 2, 90, 11]) void ask(`${days}`, importCertificate, { urgency: start + days * 86_400_000 })
    void ask('whenever', importCertificate)
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 60_000 })
    expect(names()).toEqual(['first', '2', '11', '30', '90', 'whenever'])
  })

  it('lets nobody starve: a sweep is served while changes keep coming', async () => {
    const { clock, limits, ask, names } = bench()
    let more = true
    const flood = (): void => {
      if (more) void ask('change', importCertificate).then(flood)
    }
    for (let n = 0; n < 3; n++) flood()
    await clock.settle()
    void ask('sweep', importCertificate, { priority: 'sweep' })
    await clock.runUntil(() => names().includes('sweep'), { deadlineMs: 120_000 })
    more = false
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 60_000 })
  })

  it('does not hold up calls of another bucket', async () => {
    const { clock, served, ask } = bench()
    for (let n = 0; n < 20; n++) void ask('import', importCertificate)
    void ask('describe', { ...importCertificate, operation: 'DescribeCertificate' }, { priority: 'sweep' })
    await clock.settle()
    expect(served.map(({ name }) => name)).toEqual(['import', 'describe'])
  })

  it('halves its share when throttled, once for all calls under way, and takes a minute to get it back', async () => {
    const { clock, limits, served, ask } = bench()
    const turns = await Promise.all(Array.from({ length: 14 }, () => ask('burst', createRule)))
    await clock.advance(100)
    for (const turn of turns) turn.throttled()
    served.length = 0
    for (let n = 0; n < 300; n++) void ask('after', createRule)
    await clock.advance(10_000)
    // Between 1.05 and 2.1 a second; 2.1 would have given 21, a second halving less than 11.
    expect(served.length).toBeGreaterThan(10)
    expect(served.length).toBeLessThan(14)
    await clock.advance(60_000)
    const before = served.length
    await clock.advance(20_000)
    expect(served.length - before).toBeGreaterThanOrEqual(41)
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 200_000 })
  })

  it('lets who gives up go, and serves the others', async () => {
    const { clock, limits, ask, names } = bench()
    const given = new AbortController()
    void ask('first', importCertificate)
    const lost = ask('lost', importCertificate, { signal: given.signal })
    void ask('last', importCertificate)
    given.abort(new Error('enough'))
    await expect(lost).rejects.toThrow('enough')
    await clock.runUntil(() => limits.waiting() === 0, { deadlineMs: 60_000 })
    expect(names()).toEqual(['first', 'last'])
    expect(clock.monotonic()).toBeLessThan(1500)
  })

  it('takes other numbers from the configuration', async () => {
    const { clock, served, ask } = bench({ share: 1, overrides: { 'acm.ImportCertificate': [5, 5] } })
    for (let n = 0; n < 20; n++) void ask('import', importCertificate)
    await clock.settle()
    expect(served).toHaveLength(5)
  })
})
