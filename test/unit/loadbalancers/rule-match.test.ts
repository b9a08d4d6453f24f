import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchRule, type RoutedRequest } from '../../../controllers/loadbalancers/rule-match.ts'
import { fitsPattern, patternCovers } from '../../../controllers/loadbalancers/rule-pattern.ts'
import { takesAllOf } from '../../../controllers/loadbalancers/rule-shadow.ts'

const request = (given: Partial<RoutedRequest>): RoutedRequest => ({
  method: 'GET',
  host: 'www.example.com',
  path: '/',
  query: '',
  headers: [],
  sourceIp: null,
  ...given,
})
const host = (...Values: string[]): RuleCondition => ({ Field: 'host-header', HostHeaderConfig: { Values } })
const path = (...Values: string[]): RuleCondition => ({ Field: 'path-pattern', PathPatternConfig: { Values } })
const header = (HttpHeaderName: string, ...Values: string[]): RuleCondition => ({
  Field: 'http-header',
  HttpHeaderConfig: { HttpHeaderName, Values },
})
const query = (Value: string, Key?: string): RuleCondition => ({
  Field: 'query-string',
  QueryStringConfig: { Values: [{ Value, ...(Key === undefined ? {} : { Key }) }] },
})
const method = (...Values: string[]): RuleCondition => ({ Field: 'http-request-method', HttpRequestMethodConfig: { Values } })
const source = (...Values: string[]): RuleCondition => ({ Field: 'source-ip', SourceIpConfig: { Values } })
const regex: RuleCondition = { Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/v[0-9]+$'] } }

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html, section by section.
const TABLE: readonly (readonly [
  what: string,
  conditions: readonly RuleCondition[],
  request: Partial<RoutedRequest>,
  boolean | null,
])[] = [
  ['a host', [host('example.com')], { host: 'example.com' }, true],
  ['a host in another case', [host('Example.COM')], { host: 'eXample.com' }, true],
  ['a wildcard host', [host('*.example.com')], { host: 'test.example.com' }, true],
  ['a wildcard host, two labels', [host('*.example.com')], { host: 'a.b.example.com' }, true],
  ['not the name above a wildcard', [host('*.example.com')], { host: 'example.com' }, false],
  ['one character of a host', [host('?.example.com')], { host: 'ab.example.com' }, false],
  ['a dot that is only a dot', [host('a.example.com')], { host: 'axexample.com' }, false],
  ['any value of a condition', [host('a.example.com', 'b.example.com')], { host: 'b.example.com' }, true],
  ['the older form of a condition', [{ Field: 'host-header', Values: ['a.example.com'] }], { host: 'a.example.com' }, true],
  ['a path', [path('/img/*')], { path: '/img/picture.jpg' }, true],
  ['a path and what is below', [path('/img/*/pics')], { path: '/img/a/b/pics' }, true],
  ['not a path in another case', [path('/IMG/*')], { path: '/img/x' }, false],
  ['a path pattern with nothing for its star', [path('/img*')], { path: '/img' }, true],
  ['not a path without its slash', [path('/img/*')], { path: '/img' }, false],
  ['one character of a path', [path('/?')], { path: '/' }, false],
  ['the path alone, not the query', [path('/a')], { path: '/a', query: 'b' }, true],
  [
    'a header, by name and value in any case',
    [header('User-Agent', '*Chrome*')],
    { headers: [['user-agent', 'x CHROME y']] },
    true,
  ],
  ['not a header that is not there', [header('User-Agent', '*')], {}, false],
  [
    'any of a header given twice',
    [header('X-A', 'two')],
    {
      headers: [
        ['X-A', 'one'],
        ['X-A', 'two'],
      ],
    },
    true,
  ],
  ['a literal star in a header', [header('X-A', 'a\\*')], { headers: [['X-A', 'a*']] }, true],
  ['a literal star is no wildcard', [header('X-A', 'a\\*')], { headers: [['X-A', 'ab']] }, false],
  ['a method', [method('GET', 'HEAD')], { method: 'HEAD' }, true],
  ['not a method in another case', [method('GET')], { method: 'get' }, false],
  ['a pair of a query, in any case', [query('v1', 'version')], { query: 'x=1&VERSION=V1' }, true],
  ['not the value of another key', [query('v1', 'version')], { query: 'x=v1' }, false],
  ['a value of any key', [query('*example*')], { query: 'x=an-example' }, true],
  ['an address', [source('192.0.2.0/24')], { sourceIp: '192.0.2.9' }, true],
  ['not another address', [source('192.0.2.0/24')], { sourceIp: '192.0.3.9' }, false],
  ['an IPv6 address', [source('2001:db8::/32')], { sourceIp: '2001:db8::1' }, true],
  ['not an address of another family', [source('0.0.0.0/0')], { sourceIp: '2001:db8::1' }, false],
  ['all conditions', [host('a.example.com'), path('/x')], { host: 'a.example.com', path: '/y' }, false],
  ['no condition: the default rule', [], {}, true],
  ['nothing that a regular expression decides', [regex], { path: '/v1' }, null],
  ['what another condition excludes, whatever the expression', [regex, host('a.example.com')], { host: 'b.example.com' }, false],
  ['nothing about an address that nobody gave', [source('192.0.2.0/24')], {}, null],
]

describe('the rule of a request (no clock)', () => {
  it.each(TABLE)('matches %s', (_what, conditions, given, expected) => {
    expect(matchRule(conditions, request(given))).toBe(expected)
  })

  it('takes a pattern with many stars in a moment', () => {
    expect(fitsPattern('***a***********b', 'a'.repeat(100))).toBe(false)
  })
})

const SHADOWS: readonly (readonly [what: string, first: readonly RuleCondition[], second: readonly RuleCondition[], boolean])[] =
  [
    ['the same', [host('a.example.com'), path('/x')], [host('a.example.com'), path('/x')], true],
    ['any path of the host', [host('a.example.com')], [host('a.example.com'), path('/x')], true],
    ['the other way round', [host('a.example.com'), path('/x')], [host('a.example.com')], false],
    ['any host', [path('/*')], [host('a.example.com'), path('/x')], true],
    ['a wider path', [path('/a*')], [path('/a', '/a/*')], true],
    ['not all paths of it', [path('/a*')], [path('/a', '/b')], false],
    ['a wildcard host', [host('*.EXAMPLE.com')], [host('a.example.com')], true],
    ['a longer wildcard is narrower', [host('*.a.example.com')], [host('*.example.com')], false],
    ['one character is not many', [path('/?')], [path('/*')], false],
    ['some methods', [method('GET')], [method('GET', 'POST')], false],
    ['a header that the second does not ask for', [header('X', 'y')], [], false],
  ]

describe('a rule that never matches (no clock)', () => {
  it.each(SHADOWS)('knows %s', (_what, first, second, expected) => {
    expect(takesAllOf(first, second)).toBe(expected)
  })

  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 6 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 })
  it('covers only what it takes', () => {
    fc.assert(
      fc.property(pattern, pattern, text, (one, other, given) => {
        if (patternCovers(one, other) && fitsPattern(other, given)) expect(fitsPattern(one, given)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})
