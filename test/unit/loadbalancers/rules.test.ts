import { describe, expect, it } from 'vitest'
import { type PathType, pathValues } from '../../../controllers/loadbalancers/paths.ts'
import { assignPriorities } from '../../../controllers/loadbalancers/priorities.ts'
import { byPrecedence, shadowed } from '../../../controllers/loadbalancers/rule-order.ts'

const rule = (text: string, order = 0) => {
  const [host = '', path = '', type = 'Prefix'] = text.split(' ')
  return { host: host === 'any' ? '' : host, path, pathType: type as PathType, order, text }
}

describe('the order of rules (no clock)', () => {
  it('is by group.order, then host, then path, the more specific first', () => {
    const expected = [
      rule('z.example.com / Prefix', -1),
      rule('a.example.com /api/v1 Exact'),
      rule('a.example.com /api Exact'),
      rule('a.example.com /api/v1 Prefix'),
      rule('a.example.com /api/* ImplementationSpecific'),
      rule('a.example.com /api Prefix'),
      rule('a.example.com / Prefix'),
      rule('b.example.com / Prefix'),
      rule('*.a.example.com / Prefix'),
      rule('*.example.com /very/long Exact'),
      rule('any /very/long Exact'),
      rule('any / Prefix'),
      rule('any  Default'),
    ]
    for (const shuffled of [[...expected].reverse(), [...expected].sort((a, b) => (a.text < b.text ? -1 : 1))])
      expect(shuffled.sort(byPrecedence).map((item) => item.text)).toEqual(expected.map((item) => item.text))
  })

  it('tells which rule nothing reaches', () => {
    const object = { kind: 'Ingress', namespace: 'n', name: 'i' }
    const of = (host: string, path: string, paths: readonly string[]) => ({
      ...rule(`${host} ${path}`),
      object,
      field: 'f',
      paths,
    })
    const all = of('*.example.com', '/', ['/*'])
    expect(shadowed([all, of('a.example.com', '/api', ['/api', '/api/*'])]).map((item) => item.code)).toEqual(['ShadowedRule'])
    expect(shadowed([of('a.example.com', '/api', ['/api', '/api/*']), all, of('example.com', '/', ['/*'])])).toEqual([])
  })
})

describe('path patterns (no clock)', () => {
  it.each<[string, PathType, readonly string[] | 'wrong']>([
    ['/', 'Prefix', ['/*']],
    ['/foo', 'Prefix', ['/foo', '/foo/*']],
    ['/foo/', 'Prefix', ['/foo', '/foo/*']],
    ['/foo', 'Exact', ['/foo']],
    ['/', 'Exact', ['/']],
    ['/foo*bar?', 'ImplementationSpecific', ['/foo*bar?']],
    ['/foo*', 'Exact', 'wrong'],
    ['/foo?', 'Prefix', 'wrong'],
    ['foo', 'Prefix', 'wrong'],
    ['/fünf', 'Exact', 'wrong'],
    [`/${'x'.repeat(128)}`, 'Exact', 'wrong'],
    ['', 'Default', []],
  ])('%s %s', (path, type, expected) => {
    const result = pathValues(path, type)
    expect('values' in result ? result.values : 'wrong').toEqual(expected)
  })
})

describe('priorities (no clock)', () => {
  const assign = (order: string, existing: Record<string, number> = {}, occupied: readonly number[] = []) => {
    const { of, moved } = assignPriorities([...order], new Map(Object.entries(existing)), new Set(occupied))
    return [[...of.entries()].map(([slot, at]) => `${slot}${at}`).join(' '), moved.join('')]
  }
  it.each<[string, Record<string, number>, readonly number[], string, string]>([
    ['abc', {}, [], 'a100 b200 c300', ''],
    ['axb', { a: 100, b: 200 }, [], 'a100 x110 b200', ''],
    ['xab', { a: 100, b: 200 }, [], 'x10 a100 b200', ''],
    ['abx', { a: 100, b: 200 }, [], 'a100 b200 x300', ''],
    ['axyb', { a: 100, b: 200 }, [], 'a100 x110 y120 b200', ''],
    ['axb', { a: 100, b: 200 }, [110], 'a100 x111 b200', ''],
    // No room: all are spread, around what is not ours to move.
    ['axb', { a: 1, b: 2 }, [], 'a100 x200 b300', 'ab'],
    ['axb', { a: 1, b: 2 }, [200], 'a100 x201 b300', 'ab'],
    // One out of order moves, the others stay.
    ['cab', { a: 100, b: 200, c: 300 }, [], 'c10 a100 b200', 'c'],
    // What was left of abc after b was made, or a.
    ['abc', { b: 200 }, [], 'a100 b200 c300', ''],
    ['abc', { a: 100 }, [], 'a100 b200 c300', ''],
    ['xy', {}, [100], 'x101 y200', ''],
    ['xy', { x: 101 }, [100], 'x101 y200', ''],
    // Of xyz between a and b, whatever came first.
    ['axyzb', { a: 100, b: 200 }, [], 'a100 x110 y120 z130 b200', ''],
    ['axyzb', { a: 100, y: 120, b: 200 }, [], 'a100 x110 y120 z130 b200', ''],
    ['axyzb', { a: 100, z: 130, b: 200 }, [], 'a100 x110 y120 z130 b200', ''],
    ['axyb', { a: 100, b: 110 }, [], 'a100 x101 y102 b110', ''],
    ['axyb', { a: 100, y: 102, b: 110 }, [], 'a100 x101 y102 b110', ''],
  ])('%s with %o', (order, existing, occupied, expected, moved) => {
    expect(assign(order, existing, occupied)).toEqual([expected, moved])
  })

  it('are within what AWS allows for any number of rules', () => {
    const order = Array.from({ length: 2000 }, (_, i) => `r${i}`)
    const all = [...assignPriorities(order, new Map(), new Set()).of.values()]
    expect(Math.max(...all)).toBeLessThanOrEqual(50_000)
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b))
  })
})
