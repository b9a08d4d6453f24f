import { describe, expect, it } from 'vitest'
import { ownedIn, ownedRecord } from '../../../controllers/dns/owned.ts'
import { recordName } from '../../../controllers/dns/record-name.ts'
import { parseRegistryValue, registryFault, registryName, registryValue } from '../../../controllers/dns/registry.ts'
import { alias, OWNER, PUBLIC, record, txt } from './fixtures.ts'

const object = { kind: 'Ingress', namespace: 'games', name: 'web' }

describe('ownership in the format of external-dns (no clock)', () => {
  it('is written as external-dns 0.22 writes it', () => {
    expect(registryName('www.example.com', 'A')).toBe('a-www.example.com')
    expect(registryName('www.example.com', 'AAAA')).toBe('aaaa-www.example.com')
    expect(registryName('*.example.com', 'A')).toBe('a-*.example.com')
    expect(registryValue('me', object)).toBe(
      '"heritage=external-dns,external-dns/owner=me,external-dns/resource=ingress/games/web"',
    )
  })

  it('reads its own values, and takes nothing else for one', () => {
    expect(parseRegistryValue(registryValue('me', object))).toEqual({ owner: 'me', resource: 'ingress/games/web' })
    expect(parseRegistryValue('"v=spf1 -all"')).toBeNull()
    expect(parseRegistryValue('"heritage=other,external-dns/owner=me"')).toBeNull()
    expect(parseRegistryValue(undefined)).toBeNull()
  })

  it.each([
    ['today', 'a-www.example.com'],
    ['before 0.22', 'cname-www.example.com'],
    ['before 0.12', 'www.example.com'],
  ])('is read in the generation of %s', (_when, name) => {
    const records = [alias('www.example.com', 'A'), txt('www.example.com', 'A', { name })]
    expect(ownedIn(records, OWNER).map((owned) => `${owned.host} ${owned.type}`)).toEqual(['www.example.com A'])
    expect(ownedRecord(records, 'www.example.com', 'A', OWNER)?.record).toEqual(records[0])
  })

  it('never proves an AAAA by an entry without a type', () => {
    const records = [alias('www.example.com', 'AAAA'), txt('www.example.com', 'A', { name: 'www.example.com' })]
    expect(ownedRecord(records, 'www.example.com', 'AAAA', OWNER)).toBeNull()
  })

  it('does not take the entry of HOST for one of a-HOST', () => {
    const records = [alias('a-www.example.com', 'A'), txt('www.example.com', 'A')]
    expect(ownedRecord(records, 'a-www.example.com', 'A', OWNER)).toBeNull()
  })

  it("is nobody else's where two entries name two owners", () => {
    const records = [
      alias('www.example.com', 'A'),
      txt('www.example.com', 'A'),
      txt('www.example.com', 'A', { owner: 'default', name: 'cname-www.example.com' }),
    ]
    expect(ownedIn(records, OWNER)).toEqual([])
  })

  it('speaks of a CNAME where there is one', () => {
    const records = [
      record('www.example.com', 'CNAME', { values: ['x'] }),
      txt('www.example.com', 'A', { name: 'cname-www.example.com' }),
    ]
    expect(ownedIn(records, OWNER)).toEqual([])
  })

  it.each([
    ['the name of the zone', 'example.com', ['A'], /outside the zone/],
    ['a label of 62', `${'x'.repeat(62)}.example.com`, ['A'], /64 characters, and DNS allows 63/],
    ['a label of 61 with AAAA', `${'x'.repeat(61)}.example.com`, ['A', 'AAAA'], /66 characters/],
  ] as const)('is refused for %s', (_what, host, types, why) => expect(registryFault(host, types, PUBLIC)).toMatch(why))

  it.each([
    [`${'x'.repeat(61)}.example.com`, ['A']],
    [`${'x'.repeat(58)}.example.com`, ['A', 'AAAA']],
    ['*.example.com', ['A', 'AAAA']],
  ] as const)('can be written for %s', (host, types) => expect(registryFault(host, types, PUBLIC)).toBeNull())

  it('reads names as Route 53 answers them', () => {
    expect(recordName('\\052.Example.com.')).toBe('*.example.com')
    expect(recordName('a-\\052.example.com.')).toBe('a-*.example.com')
  })
})
