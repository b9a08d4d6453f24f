import { describe, expect, it } from 'vitest'
import { type Site, type State, siteAt } from '../support/scenario.ts'
import { converge, endOf, nowhere } from '../support/scenario-run.ts'
import { unexplained } from '../support/walk.ts'

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed)
const A = 'a.example.com'
const B = 'b.example.com'
const C = 'c.example.com'
const ANY = '*.example.com'

const state = (sites: readonly Site[], img = 1): State => ({ sites, pods: { web: 2, api: 2, img }, movedPods: [] })
const site = (name: string, hosts: readonly string[], paths: Site['paths'] = { '/': 'web' }, more: Partial<Site> = {}): Site =>
  siteAt(name, hosts, { paths, ...more })

/** Pairs of states in which random walks found a planner wrong, each with what it had done. */
const FOUND: readonly (readonly [string, State, State])[] = [
  [
    'took off the certificate of a dropped host while its record and rule were there',
    state([site('one', [C, A]), site('two', [B], { '/api': 'api' })]),
    state([site('one', [C, A]), site('two', [A], { '/api': 'api' })]),
  ],
  [
    'took off a certificate before the one that another Ingress got for the host was issued again with it',
    state([site('one', [B]), site('two', [C, ANY], { '/api': 'api' }), site('three', [C], { '/x': 'api' })]),
    state([site('one', [ANY]), site('two', [C, ANY], { '/api': 'api' }), site('three', [C], { '/x': 'api' })]),
  ],
  [
    'changed its mind about which certificate becomes the default one',
    state([site('one', [B, C]), site('two', [C], { '/api': 'web' }), site('three', [ANY, C], { '/img/x': 'img' })]),
    state([site('one', [ANY]), site('two', [C], { '/api': 'web' }), site('three', [ANY, C], { '/img/x': 'img' })]),
  ],
  [
    'let the deletion of one Ingress wait for the targets of another that took over its rule and has none',
    state([site('one', [ANY]), site('two', [ANY], { '/': 'img', '/x': 'web' })]),
    state([site('one', [ANY], { '/': 'web' }, { deleted: true }), site('two', [ANY], { '/': 'img', '/x': 'web' })], 0),
  ],
  [
    'let the deletion of a rule wait for another rule of the host to go where no targets are',
    state([site('one', [B, C], { '/api': 'web', '/': 'api' }), site('two', [B, C], { '/x': 'web', '/': 'img' })], 0),
    state(
      [site('one', [B, C], { '/api': 'web', '/': 'api' }, { deleted: true }), site('two', [B, C], { '/x': 'web', '/': 'img' })],
      0,
    ),
  ],
  [
    'waited for the record of a host that was left in tls alone, which nobody removed',
    state([site('one', [A, B])]),
    state([site('one', [A], { '/': 'web' }, { tls: [A, B] })]),
  ],
  [
    'counted on targets that only a rule which leaves had checked',
    state([site('one', [C], { '/': 'img' }), site('two', [C], { '/': 'web' }, { certificate: 'none' })]),
    state([site('one', [B], { '/': 'img' }, { profile: 'ec' }), site('two', [C], { '/': 'web' }, { certificate: 'none' })]),
  ],
]

describe('pairs of states that were found by walking (simulated clock)', () => {
  it.each(FOUND)('are walked by planners of which one once %s', (_what, before, after) => {
    for (const seed of SEEDS) {
      const up = converge(before, nowhere, seed)
      const on = converge(after, endOf(up), seed)
      expect([...up.violations, ...on.violations]).toEqual([])
      expect([...up.strays, ...on.strays]).toEqual([])
      expect(unexplained(on).map((item) => item.id)).toEqual([])
    }
  })
})
