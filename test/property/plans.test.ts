import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../controllers/shared/change.ts'
import { pair, type State } from '../support/scenario.ts'
import { converge, endOf, nowhere } from '../support/scenario-run.ts'
import { unexplained } from '../support/walk.ts'

const RUNS = process.env.FAIRLEAD_LONG === '1' ? 10_000 : 250

type Kind = 'replacement' | 'certificate change' | 'target switch' | 'group change' | 'deletion'
/** What a walk did, in the words of its histogram. */
function kindsOf(applied: readonly Change[], before: State, after: State): readonly Kind[] {
  const did = (action: string, type: string) => applied.some((item) => item.action === action && item.type.endsWith(type))
  const kinds: Kind[] = []
  if (did('create', 'LoadBalancer') && did('delete', 'LoadBalancer')) kinds.push('replacement')
  if (applied.some((item) => item.controller === 'certificates')) kinds.push('certificate change')
  if (did('update', 'ListenerRule')) kinds.push('target switch')
  if (after.sites.some((site, index) => !site.inGroup && before.sites[index]?.inGroup)) kinds.push('group change')
  if (after.sites.some((site) => site.deleted)) kinds.push('deletion')
  return kinds
}

describe('plans over all controllers (simulated clock)', () => {
  it(`break no promise at any step, in any order, over ${RUNS} pairs of states`, { timeout: 3_600_000 }, () => {
    const histogram: Record<string, number> = {}
    fc.assert(
      fc.property(pair, fc.nat(), ({ before, after }, seed) => {
        const up = converge(before, nowhere, seed)
        expect(up.violations).toEqual([])
        expect(up.strays).toEqual([])
        const on = converge(after, endOf(up), seed + 1)
        expect(on.violations).toEqual([])
        expect(on.strays).toEqual([])
        expect(unexplained(on).map((item) => item.id)).toEqual([])
        for (const kind of kindsOf(on.applied, before, after)) histogram[kind] = (histogram[kind] ?? 0) + 1
      }),
      { numRuns: RUNS, seed: 20261124 },
    )
    const share = (kind: Kind) => (histogram[kind] ?? 0) / RUNS
    const lines = Object.keys(histogram)
      .sort()
      .map((kind) => `${kind} ${((100 * histogram[kind]!) / RUNS).toFixed(1)} %`)
    process.stdout.write(`pairs of states: ${RUNS}; ${lines.join(', ')}\n`)
    for (const kind of ['replacement', 'certificate change', 'target switch', 'group change', 'deletion'] as const)
      expect(share(kind), kind).toBeGreaterThanOrEqual(0.05)
  })
})
