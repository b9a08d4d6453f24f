import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nothingObserved, type ObservedRule } from '../../controllers/loadbalancers/observed.ts'
import { observedConditions } from '../../controllers/loadbalancers/rule-conditions.ts'
import { matchRule } from '../../controllers/loadbalancers/rule-match.ts'
import { takesAllOf } from '../../controllers/loadbalancers/rule-shadow.ts'
import { ruleFor, sample } from '../support/loadbalancers-routing.ts'
import { sizeOf } from '../support/sizes.ts'

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com', '*.b.example.com'] as const
const PATHS = ['/', '/*', '/a', '/a/*', '/a?', '/a*b', '/*/c', '/a/b.c'] as const
const conditions = fc.record({
  Hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 2 }),
  Paths: fc.uniqueArray(fc.constantFrom(...PATHS), { maxLength: 2 }),
})
const rules = fc.array(conditions, { maxLength: 8 })
const request = fc.record({
  host: fc.constantFrom('a.example.com', 'b.example.com', 'x.b.example.com', 'other.example.net'),
  path: fc.oneof(fc.constantFrom(...PATHS).map(sample), fc.constantFrom('/c', '/x/c', '/aab', '/a/bxc')),
})
const listener = { ListenerArn: 'listener', LoadBalancerArn: 'balancer', Port: 443 } as never
const numRuns = sizeOf({ quick: 500, bounded: 3000, long: 100_000 })

function observed(given: readonly { readonly Hosts: string[]; readonly Paths: string[] }[]): readonly ObservedRule[] {
  return given.map((item, index) => ({
    ...item,
    RuleArn: String(index),
    ListenerArn: 'listener',
    Priority: index + 1,
    Other: '',
    Actions: [],
    Tags: {},
    seenAt: 0,
  }))
}

const asked = ({ host, path }: { readonly host: string; readonly path: string }) =>
  ({ host, path, method: 'GET', query: '', headers: [], sourceIp: null }) as const
const shapes = (rule: ObservedRule) => observedConditions(rule) as never

describe('the rule of a request (no clock)', () => {
  it('is the one that the router of the tests chooses', () => {
    fc.assert(
      fc.property(rules, request, (given, asks) => {
        const all = observed(given)
        const world = { ...nothingObserved, listeners: [listener], rules: all }
        const found = all.find((rule) => matchRule(shapes(rule), asked(asks)) === true)
        expect(found?.RuleArn).toBe(ruleFor(world, 'balancer', { port: 443, ...asks })?.RuleArn)
      }),
      { numRuns },
    )
  })

  it('is never one that another takes all of', () => {
    fc.assert(
      fc.property(rules, request, (given, asks) => {
        const all = observed(given)
        const found = all.find((rule) => matchRule(shapes(rule), asked(asks)) === true)
        if (found === undefined) return
        const before = all.slice(0, all.indexOf(found))
        expect(before.some((rule) => takesAllOf(shapes(rule), shapes(found)))).toBe(false)
      }),
      { numRuns },
    )
  })
})
