import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../controllers/shared/change.ts'
import { remainsIn } from '../support/model-world.ts'
import { pair, type State } from '../support/scenario.ts'
import { converge, endOf, nowhere } from '../support/scenario-run.ts'
import { sizeOf } from '../support/sizes.ts'
import { unexplained } from '../support/walk.ts'

const RUNS = sizeOf({ quick: 60, bounded: 250, long: 10_000 })

const KINDS = ['replacement', 'addresses', 'certificate change', 'target switch', 'group change', 'deletion'] as const
type Kind = (typeof KINDS)[number]

/** What was really done on the way from one state to another, in the words of the histogram. */
function kindsOf(applied: readonly Change[], before: State, after: State): ReadonlySet<Kind> {
  const kinds = new Set<Kind>()
  const left = before.sites.filter((site) => site.inGroup && after.sites.some((item) => item.name === site.name && !item.inGroup))
  const did = (action: Change['action'], type: string) =>
    applied.some((item) => item.action === action && item.type === `AWS::ElasticLoadBalancingV2::${type}`)
  if (did('create', 'LoadBalancer') && did('delete', 'LoadBalancer')) kinds.add('replacement')
  for (const item of applied) {
    if (item.controller === 'certificates' && item.type.startsWith('AWS::')) kinds.add('certificate change')
    if (item.calls[0] === 'SetIpAddressType') kinds.add('addresses')
    if (item.calls[0] === 'ModifyRule' && !item.id.endsWith(':join')) kinds.add('target switch')
    if (item.id.endsWith(':remove-finalizer')) kinds.add('deletion')
    // What was its own in the group is taken away there.
    if (item.action === 'delete' && left.some((site) => site.name === item.object.name)) kinds.add('group change')
  }
  return kinds
}

describe('plans over all controllers (simulated clock)', () => {
  it(`break no promise at any step, in any order, and are what was printed first, over ${RUNS} pairs of states`, {
    timeout: 3_600_000,
  }, () => {
    const histogram: Partial<Record<Kind, number>> = {}
    let steps = 0
    fc.assert(
      fc.property(pair, fc.nat(), ({ before, after }, seed) => {
        const up = converge(before, nowhere, seed)
        expect(up.violations).toEqual([])
        expect(up.strays).toEqual([])
        const on = converge(after, endOf(up), seed + 1)
        expect(on.violations).toEqual([])
        expect(on.strays).toEqual([])
        expect(unexplained(on).map((item) => item.id)).toEqual([])
        if (after.sites.every((site) => site.deleted && site.inGroup)) expect(remainsIn(on.world)).toEqual([])
        steps += up.applied.length + on.applied.length
        for (const kind of kindsOf(on.applied, before, after)) histogram[kind] = (histogram[kind] ?? 0) + 1
      }),
      { numRuns: RUNS, seed: 20261124 },
    )
    const share = (kind: Kind) => (histogram[kind] ?? 0) / RUNS
    const shown = KINDS.map((kind) => `${kind} ${(100 * share(kind)).toFixed(1)} %`)
    process.stdout.write(`pairs of states: ${RUNS}; steps: ${steps}; ${shown.join(', ')}\n`)
    for (const kind of KINDS) expect(share(kind), kind).toBeGreaterThanOrEqual(0.05)
  })
})
