import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanceAll } from '../../controllers/dns/advance.ts'
import type { DnsObserved, RecordSet } from '../../controllers/dns/observed.ts'
import { ownedBy, ownedIn, recordsAt } from '../../controllers/dns/owned.ts'
import { dnsPlanner } from '../../controllers/dns/planner.ts'
import { parseRegistryValue, registryName } from '../../controllers/dns/registry.ts'
import type { Change } from '../../controllers/shared/change.ts'
import type { ServingFact } from '../../controllers/shared/facts.ts'
import type { Ingress } from '../../controllers/shared/objects.ts'
import { sizeOf } from '../support/sizes.ts'
import {
  alias,
  contextOf,
  ingress,
  NOW,
  OWNER,
  observedWith,
  plan,
  record,
  serving,
  settings,
  txt,
  upOf,
} from '../unit/dns/fixtures.ts'

const RUNS = sizeOf({ quick: 100, bounded: 300, long: 3000 })
const HOSTS = [
  'www.example.com',
  'a-www.example.com',
  '*.example.com',
  'cname-x.example.com',
  'x.example.com',
  'other.org',
  'example.com',
]
const BALANCERS = ['lb-1.elb.amazonaws.com', 'lb-2.elb.amazonaws.com']
const OBJECTS = ['ingress/games/web', 'ingress/games/old', 'ingress/other/x']

/** What may stand at a host in a zone: ours, somebody's, halves of either. */
const present = fc.record({
  host: fc.constantFrom(...HOSTS),
  zone: fc.constantFrom('ZPUBLIC', 'ZPRIVATE'),
  type: fc.constantFrom('A' as const, 'AAAA' as const),
  kind: fc.constantFrom('ours', 'older', 'untyped', 'theirs', 'bare', 'orphan', 'cname', 'wrong', 'text'),
  /** What others keep in the TXT set that is the ownership record: Route 53 has one set of a name and type. */
  beside: fc.constantFrom([], ['"v=spf1 -all"'], ['"google-site-verification=abc"', '"v=spf1 -all"']),
  dnsName: fc.constantFrom(...BALANCERS),
  object: fc.constantFrom(...OBJECTS),
})
type Present = typeof present extends fc.Arbitrary<infer T> ? T : never

function recordsOf({ beside, ...item }: Present): readonly RecordSet[] {
  return alone(item).map((set) => (set.type === 'TXT' ? { ...set, values: [...set.values, ...beside] } : set))
}

function alone({ host, type, kind, dnsName, object }: Omit<Present, 'beside'>): readonly RecordSet[] {
  switch (kind) {
    case 'ours':
      return [alias(host, type, dnsName), txt(host, type, { object })]
    case 'older':
      return [alias(host, 'A', dnsName), txt(host, 'A', { object, name: `cname-${host}` })]
    case 'untyped':
      return [alias(host, 'A', dnsName), txt(host, 'A', { object, name: host })]
    case 'text':
      return [record(registryName(host, type), 'TXT', { values: ['"somebody\'s own"'] })]
    case 'theirs':
      return [alias(host, type, dnsName), txt(host, type, { object, owner: 'default' })]
    case 'bare':
      return [alias(host, type, dnsName)]
    case 'orphan':
      return [txt(host, type, { object })]
    case 'wrong':
      return [record(host, type, { values: ['192.0.2.1'] }), txt(host, type, { object })]
    default:
      return [record(host, 'CNAME', { values: ['elsewhere.example.net'] })]
  }
}

const world = fc.record({
  present: fc.array(present, { maxLength: 8 }),
  wanted: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 4 }),
  served: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 4 }),
  dnsName: fc.constantFrom(...BALANCERS),
  scheme: fc.constantFrom('internal' as const, 'internet-facing' as const),
  ipAddressType: fc.constantFrom('ipv4' as const, 'dualstack' as const),
  gone: fc.boolean(),
  pin: fc.constantFrom(null, 'ZPUBLIC', 'ZPRIVATE', 'ZNONE'),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function observedOf(items: readonly Present[]): DnsObserved {
  const zones: Record<string, RecordSet[]> = { ZPUBLIC: [], ZPRIVATE: [] }
  for (const item of items) {
    const records = zones[item.zone]!
    // Two that Route 53 could not hold together: the first stays.
    const made = recordsOf(item).filter(
      (set) =>
        !records.some(
          (other) => other.name === set.name && (other.type === set.type || other.type === 'CNAME' || set.type === 'CNAME'),
        ),
    )
    records.push(...made)
  }
  return observedWith(zones)
}

function asked(item: World) {
  const web: readonly Ingress[] = item.gone
    ? []
    : [ingress('web', item.wanted, item.pin === null ? {} : { annotations: { 'fairlead.dev/zone': item.pin } })]
  const { dnsName, scheme, ipAddressType } = item
  const facts: readonly ServingFact[] = item.gone
    ? []
    : item.wanted.filter((host) => item.served.includes(host)).map((host) => serving(host, { dnsName, scheme, ipAddressType }))
  return { context: contextOf(web), up: upOf(facts) }
}

const withoutDone = (changes: readonly Change[], done: ReadonlySet<string>) =>
  changes.filter((item) => !done.has(item.id)).map((item) => ({ ...item, needs: item.needs.filter((need) => !done.has(need)) }))

/** What no plan may touch: everything that the registry does not prove ours alone, and every text that is not its entry. */
function foreign(observed: DnsObserved): readonly string[] {
  return Object.entries(observed.records).flatMap(([zone, records]) => {
    const ours = new Set(
      ownedIn(records, OWNER).flatMap((owned) => [...owned.registry, ...(owned.record === null ? [] : [owned.record])]),
    )
    return records.filter((set) => !ours.has(set)).map((set) => `${zone} ${JSON.stringify(set)}`)
  })
}

const texts = (observed: DnsObserved): readonly string[] =>
  Object.entries(observed.records).flatMap(([zone, records]) =>
    records
      .filter((set) => set.type === 'TXT')
      .flatMap(({ name, values }) => values.map((value) => ({ name, value })))
      .filter(({ value }) => parseRegistryValue(value)?.owner !== OWNER)
      .map(({ name, value }) => `${zone} ${name} ${value}`),
  )

describe('records, any world (no clock)', () => {
  it('come to rest in one plan, and each plan on the way is what is left of the first', () => {
    fc.assert(
      fc.property(world, (item) => {
        const { context, up } = asked(item)
        let observed = observedOf(item.present)
        const first = plan(context, observed, up).changes
        const done = new Set<string>()
        for (const change of first) {
          expect(plan(context, observed, up).changes).toEqual(withoutDone(first, done))
          observed = dnsPlanner.advance(observed, change, {}, NOW)
          done.add(change.id)
        }
        expect(plan(context, observed, up).changes).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  it('never change what is not proven ours', () => {
    fc.assert(
      fc.property(world, (item) => {
        const { context, up } = asked(item)
        const before = observedOf(item.present)
        const after = plan(context, before, up).changes.reduce(
          (observed, change) => dnsPlanner.advance(observed, change, {}, NOW),
          before,
        )
        const left = new Set(
          Object.entries(after.records).flatMap(([zone, records]) => records.map((set) => `${zone} ${JSON.stringify(set)}`)),
        )
        for (const set of foreign(before)) expect(left).toContain(set)
        expect([...texts(after)].sort()).toEqual([...texts(before)].sort())
      }),
      { numRuns: RUNS },
    )
  })

  it('always stand with exactly one proof each', () => {
    fc.assert(
      fc.property(world, (item) => {
        const { context, up } = asked(item)
        const before = observedOf(item.present)
        const changes = plan(context, before, up).changes
        const after = changes.reduce((observed, change) => dnsPlanner.advance(observed, change, {}, NOW), before)
        for (const change of changes) {
          const { HostedZoneId, Name, Type } = (change.after ?? change.before)!
          const records = after.records[String(HostedZoneId)] ?? []
          const there = recordsAt(records, String(Name)).filter((set) => set.type === Type)
          const owned = ownedIn(records, OWNER).filter((one) => one.host === Name && one.type === Type)
          expect([there.length, owned.flatMap((one) => one.registry).length]).toEqual(
            change.action === 'delete' ? [0, 0] : [1, 1],
          )
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('leave every name filed as if the zone were read anew', () => {
    const all = (records: readonly RecordSet[]) => {
      const names = HOSTS.flatMap((host) => [host, ...['a', 'aaaa', 'cname'].map((type) => `${type}-${host}`)])
      const owners = [OWNER, 'default']
      return {
        at: names.map((name) => recordsAt(records, name)),
        owned: owners.map((owner) =>
          ownedIn(records, owner)
            .map(({ host, type }) => `${host} ${type}`)
            .sort(),
        ),
        by: owners.map((owner) => OBJECTS.map((object) => new Set(ownedBy(records, owner, object.replace('ingress/', ''))))),
      }
    }
    fc.assert(
      fc.property(world, fc.array(fc.nat(), { maxLength: 6 }), (item, picks) => {
        const { context, up } = asked(item)
        let observed = observedOf(item.present)
        for (const pick of picks) {
          // Filed before it is changed, or there is nothing to carry over.
          for (const records of Object.values(observed.records)) all(records)
          const { changes } = plan(context, observed, up)
          const some = changes.slice(pick % (changes.length + 1))
          const before = observed.records
          const filed = Object.values(before).map((records) => all([...records]))
          observed = pick % 2 === 0 ? advanceAll(observed, some, {}, NOW) : advanceAll(observed, some.slice(0, 1), {}, NOW)
          for (const records of Object.values(observed.records)) expect(all(records)).toEqual(all([...records]))
          // Who still holds what was, reads what was.
          expect(Object.values(before).map(all)).toEqual(filed)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('say of everything that points somewhere whether it goes', () => {
    fc.assert(
      fc.property(world, (item) => {
        const { context, up } = asked(item)
        const before = observedOf(item.present)
        const { changes, pointing } = plan(context, before, up)
        const ids = new Set(changes.map((change) => change.id))
        for (const fact of pointing) for (const need of fact.gone?.needs ?? []) expect(ids).toContain(need)
        const after = changes.reduce((observed, change) => dnsPlanner.advance(observed, change, {}, NOW), before)
        const later = { ...context, now: NOW + (settings.waits.propagationSeconds + settings.waits.aliasTtlSeconds + 10) * 1000 }
        expect(plan(later, after, up).pointing.filter((fact) => fact.gone !== null)).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})
