import { describe, expect, it } from 'vitest'
import { BoundedCache } from '../../../controllers/api/bounded-cache.ts'
import { clientKey } from '../../../controllers/api/client-key.ts'
import { RateLimits } from '../../../controllers/api/rate-limits.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'
import { apiFixture, codeOf, FILE_TOKEN } from './fixtures.ts'

const rates = { requestsPerSecond: 5, refusalsPerSecond: 1 }

describe('limits of a client (simulated clock)', () => {
  it('let twice the rate through at once, and the rate from then on', async () => {
    const clock = simulatedClock(0)
    const limits = new RateLimits({ clock, ...rates })
    const passed = () => Array.from({ length: 20 }, () => limits.request('a').waitSeconds).filter((wait) => wait === 0).length
    expect(passed()).toBe(10)
    await clock.advance(1_000)
    expect(passed()).toBe(5)
    // Whoever is held up for a while does not save up more than that.
    await clock.advance(3_600_000)
    expect(passed()).toBe(10)
  })

  it('say how long to wait, and once that somebody has to', async () => {
    const clock = simulatedClock(0)
    const limits = new RateLimits({ clock, requestsPerSecond: 0.125, refusalsPerSecond: 1 })
    expect(limits.request('a')).toEqual({ waitSeconds: 0, first: false })
    expect(limits.request('a')).toEqual({ waitSeconds: 8, first: true })
    await clock.advance(4_000)
    expect(limits.request('a')).toEqual({ waitSeconds: 4, first: false })
    await clock.advance(4_000)
    expect(limits.request('a')).toEqual({ waitSeconds: 0, first: false })
  })

  it('hold up who is refused ten times, and nobody else', async () => {
    const clock = simulatedClock(0)
    const limits = new RateLimits({ clock, requestsPerSecond: 1000, refusalsPerSecond: 1 })
    for (let count = 0; count < 10; count++) {
      expect(limits.request('a').waitSeconds).toBe(0)
      limits.refused('a')
    }
    expect(limits.request('a')).toEqual({ waitSeconds: 1, first: true })
    expect(limits.request('b').waitSeconds).toBe(0)
    await clock.advance(1_000)
    expect(limits.request('a').waitSeconds).toBe(0)
  })

  it('remember no more clients than they are told to, and those that asked last', () => {
    const limits = new RateLimits({ clock: simulatedClock(0), requestsPerSecond: 0.5, refusalsPerSecond: 1, most: 100 })
    limits.request('stays')
    for (let count = 0; count < 1_000; count++) {
      limits.request(`client-${count}`)
      expect(limits.request('stays').waitSeconds).toBeGreaterThan(0)
    }
    expect(limits.size).toBe(100)
  })

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('take %s for the client %s', (address, key) => {
    expect(clientKey(address)).toBe(key)
  })
})

describe('limits of the API (simulated clock)', () => {
  it('answer 429 with Retry-After, by client, and never a probe', async () => {
    await using api = await apiFixture({ requestsPerSecond: 1 })
    for (let count = 0; count < 2; count++) expect((await api.ask('/metrics', { token: FILE_TOKEN })).status).toBe(200)
    const held = await api.ask('/metrics', { token: FILE_TOKEN })
    expect([held.status, held.headers.get('retry-after'), await codeOf(held)]).toEqual([429, '1', 'too_many_requests'])
    expect((await api.ask('/metrics', { token: FILE_TOKEN, client: '10.0.0.2' })).status).toBe(200)
    for (let count = 0; count < 100; count++) expect((await api.ask('/healthz')).status).toBe(200)
    await api.clock.advance(1_000)
    expect((await api.ask('/metrics', { token: FILE_TOKEN })).status).toBe(200)
    expect(api.lines.filter((line) => line.includes('too many requests'))).toHaveLength(1)
  })

  it('hold up who guesses tokens before anybody is asked about the next one', async () => {
    await using api = await apiFixture({ requestsPerSecond: 1000 })
    const statuses: number[] = []
    for (let count = 0; count < 30; count++) statuses.push((await api.ask('/status', { token: `guess-${count}` })).status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(20)
    expect(api.review.state.asked).toHaveLength(10)
    // A right one from there has to wait as well: it may be the next guess.
    expect((await api.ask('/metrics', { token: FILE_TOKEN })).status).toBe(429)
  })

  it.each([
    ['/nowhere', {}],
    ['/status', { method: 'POST' }],
    ['/metrics', { token: 'token-of-games' }],
    ['/status?limit=0', { token: 'token-of-admin' }],
    ['/status', { headers: { 'content-length': '99999999' } }],
  ])('count %s with %j as refused', async (path, options) => {
    await using api = await apiFixture({ requestsPerSecond: 1000 })
    for (let count = 0; count < 10; count++) expect((await api.ask(path, options)).status).not.toBe(429)
    expect((await api.ask(path, options)).status).toBe(429)
  })

  it('do not count what is not there for who may look', async () => {
    await using api = await apiFixture({ requestsPerSecond: 1000 })
    for (let count = 0; count < 50; count++)
      expect((await api.ask('/status/games/Ingress/none', { token: 'token-of-admin' })).status).toBe(404)
  })
})

describe('answers that are kept (simulated clock)', () => {
  it('are asked for once while they hold, by however many', async () => {
    const clock = simulatedClock(0)
    const cache = new BoundedCache<number>({ clock, ttlMs: 1_000, most: 10 })
    let asked = 0
    const get = () => cache.get('key', async () => ++asked)
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1])
    await clock.advance(999)
    expect(await get()).toBe(1)
    await clock.advance(1)
    expect(await get()).toBe(2)
  })

  it('are not kept when they failed', async () => {
    const cache = new BoundedCache<number>({ clock: simulatedClock(0), ttlMs: 1_000, most: 10 })
    await expect(cache.get('key', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await cache.get('key', async () => 1)).toBe(1)
  })

  it('are no more than were agreed; those used last stay', async () => {
    const cache = new BoundedCache<number>({ clock: simulatedClock(0), ttlMs: 1_000, most: 3 })
    let made = 0
    for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await cache.get(key, async () => ++made)
    expect([cache.size, made]).toEqual([3, 5])
  })
})
