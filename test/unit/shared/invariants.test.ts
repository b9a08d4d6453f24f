import { describe, expect, it } from 'vitest'
import { type ServingWorld, violationsOf } from '../../../controllers/shared/invariants.ts'

const HOST = 'a.example.com'
const rule = { id: 'r', hosts: [HOST], groups: ['tg'] }
const listener = { port: 443, secure: true, certificates: ['cert'], rules: [rule] }
const served: ServingWorld = {
  routes: [{ host: HOST, dnsName: 'lb', ipv6: false }],
  balancers: [{ dnsName: 'lb', active: true, ipv6: false, mayGo: false, listeners: [listener] }],
  healthy: { tg: 2, other: 0, spare: 1 },
  certificates: { cert: [HOST], wild: ['*.example.com'], foreign: ['b.example.com'] },
  plain: [],
  kept: ['games/a'],
  belongings: [{ object: 'games/a', what: 'Secret s' }],
  foreign: ['old.example.com CNAME'],
}
const withListener = (change: Partial<typeof listener>): ServingWorld => ({
  ...served,
  balancers: [{ ...served.balancers[0]!, listeners: [{ ...listener, ...change }] }],
})
const found = (after: ServingWorld, before = served) => violationsOf(before, after).map((item) => item.invariant)

describe('invariants (no clock)', () => {
  it('hold for what serves, and for a replacement that serves', () => {
    expect(found(served)).toEqual([])
    expect(found(withListener({ certificates: ['wild'] }))).toEqual([])
    expect(found(withListener({ rules: [{ ...rule, groups: ['tg', 'other'] }] }))).toEqual([])
    expect(found(withListener({ rules: [{ ...rule, groups: ['spare'] }] }))).toEqual([])
    const marked = { ...served, balancers: [{ ...served.balancers[0]!, mayGo: true }] }
    expect(found({ ...served, routes: [], balancers: [] }, marked)).toEqual([])
    const dual = [{ ...served.balancers[0]!, ipv6: true }]
    expect(found({ ...served, balancers: dual, routes: [{ host: HOST, dnsName: 'lb', ipv6: true }] })).toEqual([])
    expect(found({ ...served, kept: [], belongings: [] })).toEqual([])
    expect(found({ ...served, kept: ['games/a', 'games/b'], foreign: [...served.foreign, 'new'] })).toEqual([])
    expect(found({ ...withListener({ secure: false }), plain: [HOST] })).toEqual([])
  })

  it.each<readonly [string, ServingWorld, string]>([
    ['the load balancer goes while a resolver may send clients there', { ...served, balancers: [] }, 'route-to-live-balancer'],
    [
      'the record comes before the load balancer is active',
      { ...served, balancers: [{ ...served.balancers[0]!, active: false }] },
      'route-to-live-balancer',
    ],
    [
      'people are sent to IPv6 addresses that are not there',
      { ...served, routes: [...served.routes, { host: HOST, dnsName: 'lb', ipv6: true }] },
      'route-to-an-address',
    ],
    ['the certificate is swapped for one of another host', withListener({ certificates: ['foreign'] }), 'host-has-certificate'],
    ['the HTTPS listener goes', withListener({ secure: false }), 'host-has-certificate'],
    ['the rule goes', withListener({ rules: [] }), 'host-has-rule'],
    [
      'the rule turns to a group without healthy targets',
      withListener({ rules: [{ ...rule, groups: ['other'] }] }),
      'rule-keeps-healthy-targets',
    ],
    [
      'the last healthy targets are taken off',
      { ...served, healthy: { ...served.healthy, tg: 0 } },
      'rule-keeps-healthy-targets',
    ],
    ['the group of a rule goes', { ...served, healthy: { other: 0 } }, 'group-in-use-exists'],
    ['the certificate of a listener goes', { ...served, certificates: {} }, 'certificate-in-use-exists'],
    ['a load balancer goes that was not to go yet', { ...served, routes: [], balancers: [] }, 'announced-before-gone'],
    ['an object may go that has something left', { ...served, kept: [] }, 'kept-until-nothing-is-left'],
    ['what is not ours goes', { ...served, foreign: [] }, 'foreign-stays'],
  ])('break when %s', (_what, after, invariant) => expect(found(after)).toContain(invariant))

  it('let a host come up step by step, but not its record first', () => {
    const nothing: ServingWorld = { ...served, routes: [], balancers: [], healthy: {}, certificates: {} }
    const bare: ServingWorld = { ...nothing, balancers: [{ ...served.balancers[0]!, listeners: [] }] }
    expect(found(bare, nothing)).toEqual([])
    expect(found({ ...bare, routes: served.routes }, bare)).toContain('host-has-rule')
  })
})
