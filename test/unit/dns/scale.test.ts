import { describe, expect, it } from 'vitest'
import { DnsCache } from '../../../controllers/dns/cache.ts'
import { filedClaims } from '../../../controllers/dns/claims.ts'
import type { Claim, DnsObserved, RecordSet } from '../../../controllers/dns/observed.ts'
import { dnsPlanner } from '../../../controllers/dns/planner.ts'
import { inOrderOfNeeds } from '../../../controllers/shared/plan.ts'
import { alias, contextOf, ingress, NOW, observedWith, PUBLIC, serving, txt, upOf } from './fixtures.ts'

const COUNT = 500
const host = (index: number) => `h${index}.example.com`
const ingresses = Array.from({ length: COUNT }, (_, index) => ingress(`web${index}`, [host(index)]))
const contextFor = (index: number) => contextOf([ingresses[index]!], { unit: `ingress/games/web${index}` })

/** The same, telling each time one of its fields is read. */
function watched<T extends object>(item: T, field: keyof T, onRead: () => void): T {
  return Object.defineProperty({ ...item }, field, {
    enumerable: true,
    get: () => {
      onRead()
      return item[field]
    },
  })
}

function planned(index: number, observed: DnsObserved) {
  const context = contextFor(index)
  const { intent } = dnsPlanner.intend(context)
  const up = upOf([serving(host(index), { object: { kind: 'Ingress', namespace: 'games', name: `web${index}` } })])
  const built = dnsPlanner.build(context, intent, observed, up)
  return inOrderOfNeeds([...built.changes, ...dnsPlanner.retire(context, intent, observed, up, {})])
}

describe('planning one unit of many (no clock)', () => {
  it('reads each ownership record once, and each claim no more for every unit than for one', () => {
    let parsed = 0
    let claimed = 0
    const records = ingresses.flatMap((_item, index): readonly RecordSet[] => [
      alias(host(index), 'A'),
      watched(txt(host(index), 'A', { object: `ingress/games/web${index}` }), 'values', () => parsed++),
    ])
    const claims = ingresses.map((_item, index): Claim => {
      const object = { kind: 'Ingress', namespace: 'games', name: `web${index}` }
      const unit = `ingress/games/web${index}`
      const claim: Claim = { object, unit, hosts: [host(index)], age: '', live: true, serves: true }
      return watched(claim, 'hosts', () => claimed++)
    })
    const observed = observedWith({ ZPUBLIC: records }, { claims })
    expect(planned(0, observed)).toEqual([])
    expect(parsed).toBeLessThanOrEqual(COUNT + 10)
    expect(claimed).toBeLessThanOrEqual(COUNT + 10)
    for (let index = 1; index < 50; index++) expect(planned(index, observed)).toEqual([])
    expect(parsed).toBeLessThanOrEqual(COUNT + 10 * 50)
    expect(claimed).toBeLessThanOrEqual(COUNT + 10 * 50)
  })

  it('gives every unit the same claims while no Ingress has changed', () => {
    const list = [...ingresses]
    const cache = new DnsCache({ now: NOW, ingresses: () => [...list] })
    const { claims } = cache.observed(contextFor(0))
    expect(cache.observed(contextFor(1)).claims).toBe(claims)
    list[7] = ingress('web7', ['other.example.com'])
    const later = cache.observed(contextFor(1)).claims
    expect(later).not.toBe(claims)
    expect(later[7]?.hosts).toEqual(['other.example.com'])
    expect(later[8]).toBe(claims[8])
  })

  it('does not read ownership again that was read before somebody else was written', () => {
    let parsed = 0
    const records = ingresses.flatMap((_item, index): readonly RecordSet[] => [
      alias(host(index), 'A'),
      watched(txt(host(index), 'A', { object: `ingress/games/web${index}` }), 'values', () => parsed++),
    ])
    const cache = new DnsCache({ now: NOW, ingresses: () => ingresses.slice(0, COUNT - 1) })
    cache.putZones([PUBLIC], NOW)
    cache.putZone('ZPUBLIC', records, NOW)
    const last = contextOf([], { unit: `ingress/games/web${COUNT - 1}` })
    const changes = dnsPlanner.retire(last, dnsPlanner.intend(last).intent, cache.observed(last), upOf([]), {})
    expect(changes.map((item) => item.action)).toEqual(['delete'])
    const before = parsed
    cache.wrote(changes, { ChangeInfo: { Id: 'C1' } }, NOW)
    expect(planned(0, cache.observed(contextFor(0)))).toEqual([])
    expect(parsed - before).toBeLessThan(10)
  })

  it('files what was written, and who asks for what, without filing the rest of the zone or the cluster again', () => {
    let read = 0
    const records = ingresses.flatMap((_item, index): readonly RecordSet[] => [
      alias(host(index), 'A'),
      watched(txt(host(index), 'A', { object: `ingress/games/web${index}` }), 'setIdentifier', () => read++),
    ])
    const list = [...ingresses]
    const cache = new DnsCache({ now: NOW, ingresses: () => [...list] })
    cache.putZones([PUBLIC], NOW)
    cache.putZone('ZPUBLIC', records, NOW)
    expect(planned(0, cache.observed(contextFor(0)))).toEqual([])
    const claims = cache.observed(contextFor(0)).claims
    const others = filedClaims(claims).byHost.get(host(9))
    list[7] = ingress('web7', [host(7), 'new.example.com'])
    const context = contextOf([list[7]], { unit: 'ingress/games/web7' })
    const observed = cache.observed(context)
    expect(filedClaims(observed.claims).byHost.get('new.example.com')?.[0]?.object.name).toBe('web7')
    // The very array that was filed before.
    expect(filedClaims(observed.claims).byHost.get(host(9))).toBe(others)
    const up = upOf([serving('new.example.com', { object: { kind: 'Ingress', namespace: 'games', name: 'web7' } })])
    const { changes } = dnsPlanner.build(context, dnsPlanner.intend(context).intent, observed, up)
    expect(changes.map((item) => item.target)).toEqual(['new.example.com A'])
    const before = read
    cache.wrote(changes, { ChangeInfo: { Id: 'C1' } }, NOW)
    expect(planned(1, cache.observed(contextFor(1)))).toEqual([])
    expect(read - before).toBeLessThan(10)
  })
})
