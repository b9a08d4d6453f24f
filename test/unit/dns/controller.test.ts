import { describe, expect, it } from 'vitest'
import type { Aws } from '../../../controllers/aws/aws.ts'
import { DnsCache } from '../../../controllers/dns/cache.ts'
import { dnsEffects } from '../../../controllers/dns/controller.ts'
import type { Clock } from '../../../controllers/runtime/clock.ts'
import { contextOf, ingress, NOW, plan, serving, settings, txt, upOf } from './fixtures.ts'

const signal = new AbortController().signal
const HOSTS = Array.from({ length: 5 }, (_, index) => `h${index}.example.com`)
const web = ingress('web', HOSTS)

/** Route 53 with one zone, empty but for its own records; `onPage` runs while a page is being read. */
function process(onPage: (page: number) => Promise<void> | void = () => undefined, sharedSweepMs?: number) {
  const calls: string[] = []
  let pages = 0
  let now = NOW
  let refusal: string | null = null
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined }
  const route53 = {
    listHostedZones: async () => {
      calls.push('zones')
      return { HostedZones: [{ Id: '/hostedzone/ZPUBLIC', Name: 'example.com.' }] }
    },
    listResourceRecordSets: async () => {
      calls.push('page')
      // Taken before whatever is written while it is on its way.
      pages++
      const answer = { ResourceRecordSets: [{ Name: 'example.com.', Type: 'NS', TTL: pages }], IsTruncated: false }
      await onPage(pages)
      return answer
    },
    changeResourceRecordSets: async () => {
      calls.push('change')
      if (refusal !== null)
        throw Object.assign(new Error('[Tried to create resource record set, but it already exists]'), { name: refusal })
      return { ChangeInfo: { Id: '/change/C1' } }
    },
    getChange: async () => ({ ChangeInfo: { Status: 'INSYNC' } }),
  }
  const aws = { route53: () => route53 } as unknown as Aws
  const effects = dnsEffects({
    aws,
    clock,
    settings,
    ingresses: () => [web],
    ...(sharedSweepMs === undefined ? {} : { sharedSweepMs }),
  })
  const context = () => contextOf([web], { now })
  const up = upOf(HOSTS.map((host) => serving(host)))
  const planned = () => plan(context(), effects.observed(context()), up)
  const refresh = (kind: 'missing' | 'sweep') =>
    effects.refresh(
      context(),
      { wishes: { w: { hosts: HOSTS, zone: null, leftToOthers: false } }, formerHosts: [] },
      { kind },
      signal,
    )
  const write = (host: string) =>
    effects.apply(
      context(),
      planned().changes.filter((item) => item.target.startsWith(`${host} `)),
      signal,
    )
  const advance = (ms: number) => {
    now += ms
  }
  const refuse = (code: string | null) => {
    refusal = code
  }
  return { effects, calls, context, planned, refresh, write, advance, refuse }
}

describe('sweeps of units that share a zone (simulated clock)', () => {
  it('read it once, however many units are swept, until half a period is over', async () => {
    const one = process(undefined, 300_000)
    await one.refresh('sweep')
    expect(one.calls).toEqual(['zones', 'page'])
    for (let unit = 0; unit < 10; unit++) {
      one.advance(29_000)
      await one.refresh('sweep')
    }
    expect(one.calls).toEqual(['zones', 'page'])
    one.advance(11_000)
    await one.refresh('sweep')
    expect(one.calls).toEqual(['zones', 'page', 'zones', 'page'])
  })
})

describe('a new term (simulated clock)', () => {
  it('reads again what was read just now, and waits in full again for what left before it', async () => {
    const one = process()
    await one.refresh('missing')
    await one.write(HOSTS[0]!)
    one.advance(1000)
    one.calls.length = 0
    await one.refresh('sweep')
    expect(one.calls).toEqual([])
    one.effects.reset()
    await one.refresh('missing')
    expect(one.calls).toEqual(['zones', 'page'])
    const { since, pending } = one.effects.observed(one.context())
    expect([since, pending]).toEqual([NOW + 1000, []])
  })

  it('takes nothing from a read that the earlier one began', async () => {
    const held = Promise.withResolvers<void>()
    const one = process((page) => (page === 1 ? held.promise : undefined))
    const earlier = one.refresh('missing')
    await expect.poll(() => one.calls).toEqual(['zones', 'page'])
    one.effects.reset()
    await one.refresh('missing')
    await one.write(HOSTS[0]!)
    held.resolve()
    await earlier
    expect(one.calls.slice(2)).toEqual(['zones', 'page', 'change'])
    expect(one.effects.observed(one.context()).records.ZPUBLIC?.[0]?.ttl).toBe(2)
    expect(one.planned().changes.map((item) => item.target)).toEqual(HOSTS.slice(1).map((host) => `${host} A`))
  })

  it('keeps what left, as if it had left now', () => {
    const cache = new DnsCache({ now: NOW, ingresses: () => [] })
    const left = { host: HOSTS[0]!, type: 'A', zoneId: 'ZPUBLIC', dnsName: 'lb', changeId: 'C1', submittedAt: NOW, insyncAt: NOW }
    cache.remember([left])
    cache.reset(NOW + 600_000)
    const { pending, since } = cache.observed(contextOf([]))
    expect(since).toBe(NOW + 600_000)
    expect(pending).toEqual([{ ...left, changeId: null, submittedAt: NOW + 600_000, insyncAt: null }])
  })
})

describe('hosts that Route 53 refused (no clock)', () => {
  it('are forgotten when nothing wants them and nothing of them is left', () => {
    let ingresses = [ingress('web', ['bad.example.com'])]
    const cache = new DnsCache({ now: NOW, ingresses: () => ingresses })
    cache.putZone('ZPUBLIC', [txt('left.example.com', 'A')], NOW)
    for (const host of ['bad', 'left', 'none']) cache.quarantine('ZPUBLIC', `${host}.example.com`, true)
    expect(cache.observed(contextOf([])).quarantined).toEqual(['ZPUBLIC bad.example.com', 'ZPUBLIC left.example.com'])
    ingresses = []
    expect(cache.observed(contextOf([])).quarantined).toEqual(['ZPUBLIC left.example.com'])
  })
})

describe('a zone list (simulated clock)', () => {
  it('is read again when a zone turned out to be gone', async () => {
    const one = process()
    await one.refresh('missing')
    one.refuse('NoSuchHostedZone')
    await one.write(HOSTS[0]!).catch(() => undefined)
    one.calls.length = 0
    await one.refresh('missing')
    expect(one.calls).toContain('zones')
  })
})

describe('a zone that is written while it is read (simulated clock)', () => {
  it('is read once, and what was written meanwhile is known', async () => {
    const one = process((page) => (page > 1 && page - 2 < HOSTS.length ? one.write(HOSTS[page - 2]!) : undefined))
    await one.refresh('missing')
    one.advance(60_000)
    one.calls.length = 0
    await one.refresh('sweep')
    expect(one.calls).toEqual(['zones', 'page', 'change'])
    expect(one.planned().changes.map((item) => item.target)).toEqual(HOSTS.slice(1).map((host) => `${host} A`))
  })

  it('is read once more, not for ever, where a write found it to be another than we believed', async () => {
    const one = process((page) => (page > 1 ? one.write(HOSTS[0]!).catch(() => undefined) : undefined))
    await one.refresh('missing')
    one.refuse('InvalidChangeBatch')
    one.advance(60_000)
    await one.refresh('sweep')
    expect(one.calls.filter((call) => call === 'page')).toHaveLength(3)
    one.refuse(null)
    await one.refresh('missing')
    expect(one.calls.filter((call) => call === 'page').length).toBeGreaterThan(3)
  })
})
