import { describe, expect, it } from 'vitest'
import { hostPattern, isAllowedBy } from '../../../controllers/shared/host-pattern.ts'
import { canonicalHost } from '../../../controllers/shared/hosts.ts'
import { HOSTS, PATTERNS } from '../../support/hosts-and-patterns.ts'

describe('patterns of hosts (no clock)', () => {
  it.each([
    ['shop.example.com', 'shop.example.com'],
    [' Shop.Example.COM. ', 'shop.example.com'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['**.Example.com', '**.example.com'],
    ['**.com', '**.com'],
    ['*', '*'],
  ])('%j is %j', (text, pattern) => expect(hostPattern(text)).toBe(pattern))

  it.each(['', 'com', '*.com', '**', '***.example.com', '*.*.example.com', 'http://example.com', 'example.com/x', '*xample.com'])(
    '%j is none',
    (text) => expect(hostPattern(text)).toBeNull(),
  )

  it.each([
    ['shop.example.com', ['shop.example.com']],
    ['*.example.com', ['*.example.com', 'shop.example.com', 'xshop.example.com']],
    [
      '**.example.com',
      [
        '*.example.com',
        '*.shop.example.com',
        '1.2.3.4.example.com',
        'deep.shop.example.com',
        'shop.example.com',
        'very.deep.shop.example.com',
        'xshop.example.com',
      ],
    ],
  ])('%s allows of all hosts only %j', (pattern, hosts) =>
    expect(HOSTS.filter((host) => canonicalHost(host) !== null && isAllowedBy(pattern, host)).sort()).toEqual(hosts),
  )

  it('allow a wildcard only by a pattern that allows whatever it stands for', () => {
    for (const text of PATTERNS) {
      const pattern = hostPattern(text)
      if (pattern === null || !isAllowedBy(pattern, '*.shop.example.com')) continue
      for (const host of ['a.shop.example.com', 'zz.shop.example.com']) expect(isAllowedBy(pattern, host)).toBe(true)
    }
  })
})
