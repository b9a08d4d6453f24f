import { describe, expect, it } from 'vitest'
import { elementsOf, fitting, groupsOf } from '../../../controllers/dns/batch.ts'
import { isStaleRefusal, refusalOf } from '../../../controllers/dns/refusal.ts'
import { alias, contextOf, ingress, observedWith, plan, serving, txt, upOf } from './fixtures.ts'

const changesFor = (hosts: readonly string[], observed = observedWith({ ZPUBLIC: [], ZPRIVATE: [] })) =>
  plan(contextOf([ingress('web', hosts)]), observed, upOf(hosts.map((host) => serving(host, { ipAddressType: 'dualstack' }))))
    .changes

describe('a batch of Route 53 (no clock)', () => {
  it('claims by CREATE of record and ownership together', () => {
    const [group] = groupsOf(changesFor(['www.example.com']))
    expect(
      elementsOf(group!).map((item) => `${item.Action} ${item.ResourceRecordSet?.Name} ${item.ResourceRecordSet?.Type}`),
    ).toEqual([
      'CREATE www.example.com A',
      'CREATE a-www.example.com TXT',
      'CREATE www.example.com AAAA',
      'CREATE aaaa-www.example.com TXT',
    ])
  })

  it('updates by DELETE of exactly what was seen, its ownership too, and CREATE', () => {
    const seen = [alias('www.example.com', 'A', 'old.elb.amazonaws.com'), txt('www.example.com', 'A')]
    const [group] = groupsOf(changesFor(['www.example.com'], observedWith({ ZPUBLIC: seen, ZPRIVATE: [] })))
    const elements = elementsOf(group!)
    expect(elements.map((item) => `${item.Action} ${item.ResourceRecordSet?.Name}`).slice(0, 4)).toEqual([
      'DELETE www.example.com',
      'DELETE a-www.example.com',
      'CREATE www.example.com',
      'CREATE a-www.example.com',
    ])
    expect(elements[0]?.ResourceRecordSet?.AliasTarget?.DNSName).toBe('old.elb.amazonaws.com')
    expect(elements[1]?.ResourceRecordSet).toMatchObject({ TTL: 300, ResourceRecords: [{ Value: seen[1]?.values[0] }] })
  })

  it('keeps a host whole and stays below the limits', () => {
    const groups = groupsOf(changesFor(Array.from({ length: 400 }, (_, index) => `h${index}.example.com`)))
    const count = fitting(groups)
    const elements = groups.slice(0, count).flatMap(elementsOf)
    const characters = elements
      .flatMap((item) => item.ResourceRecordSet?.ResourceRecords ?? [])
      .reduce((sum, item) => sum + (item.Value?.length ?? 0), 0)
    expect(elements.length).toBeLessThanOrEqual(1000)
    expect(characters).toBeLessThanOrEqual(32_000)
    const more = groups.slice(0, count + 1).flatMap(elementsOf)
    const moreCharacters = more
      .flatMap((item) => item.ResourceRecordSet?.ResourceRecords ?? [])
      .reduce((sum, item) => sum + (item.Value?.length ?? 0), 0)
    expect(more.length > 1000 || moreCharacters > 32_000).toBe(true)
  })
})

describe('what Route 53 says of a batch (no clock)', () => {
  const [www, star] = groupsOf(changesFor(['www.example.com', '*.example.com']))
  const exists = "Tried to create resource record set [name='www.example.com.', type='A'] but it already exists"
  const wildcard = "Tried to create resource record set [name='\\052.example.com.', type='A'] but it already exists"
  const ownership = "Tried to delete resource record set [name='a-www.example.com.', type='TXT'] but it was not found"
  const alone =
    'RRSet of type A with DNS name www.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com.'

  it.each([
    ['one host', `[${exists}]`, exists, ''],
    ['a wildcard', `[${wildcard}]`, '', wildcard],
    ['both', `[${exists}, ${wildcard}]`, exists, wildcard],
    ['an ownership record', `[${ownership}]`, ownership, ''],
    ['a conflict of types', `[${alone}]`, alone, ''],
    ['nobody', '[FATAL problem: DomainLabelEmpty]', '', ''],
    [
      'another host that ends alike',
      "[Tried to create resource record set [name='x-www.example.com.', type='A'] but it already exists]",
      '',
      '',
    ],
  ])('names %s', (_what, message, first, second) =>
    expect([refusalOf(message, www!), refusalOf(message, star!)]).toEqual([first, second]),
  )

  it.each([
    [exists, true],
    [ownership, true],
    ['Tried to delete resource record set … but the values provided do not match the current values', true],
    [
      'Tried to create an alias that targets t., type A in zone Z, but the alias target name does not lie within the target zone',
      false,
    ],
  ])('%s', (text, stale) => expect(isStaleRefusal(text)).toBe(stale))
})
