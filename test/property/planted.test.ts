import { describe, expect, it } from 'vitest'
import type { Invariant, Violation } from '../../controllers/shared/invariants.ts'
import type { modelPlanners } from '../support/model-world.ts'
import { FOREIGN, forgetful, plantedBugs } from '../support/planted.ts'
import { type Site, type State, siteAt } from '../support/scenario.ts'
import { converge, endOf, nowhere, type Start } from '../support/scenario-run.ts'

const state = (...sites: readonly Site[]): State => ({ sites, pods: { web: 2, api: 2, img: 1 }, movedPods: [] })

const one = siteAt('one', ['a.example.com'])
const two = siteAt('two', ['b.example.com'], { paths: { '/': 'api' } })
const start = state(one, two)
/** What people do to two Ingresses of one group that serve. */
const afterwards: Readonly<Record<string, State>> = {
  'another scheme': state({ ...one, scheme: 'internet-facing' }, { ...two, scheme: 'internet-facing' }),
  'IPv6 addresses': state({ ...one, ipAddressType: 'dualstack' }, { ...two, ipAddressType: 'dualstack' }),
  'another kind of key': state({ ...one, profile: 'ec' }, { ...two, profile: 'ec' }),
  'other hosts': state({ ...one, hosts: ['c.example.com'] }, two),
  'another Service': state(one, { ...two, paths: { '/': 'img' } }),
  'fewer pods': { ...start, pods: { web: 1, api: 1, img: 1 } },
  'one deleted': state({ ...one, deleted: true }, two),
  'both deleted': state({ ...one, deleted: true }, { ...two, deleted: true }),
}
const SEEDS = [1, 2, 3, 4]

/** Serves the start with the real planners, then goes on to each state with those given; what was broken on the way. */
function broken(planners?: typeof modelPlanners): readonly Violation[] {
  const found: Violation[] = []
  const more = { onViolation: (violation: Violation) => found.push(violation), ...(planners === undefined ? {} : { planners }) }
  const served = endOf(converge(start, withForeign(nowhere), 1))
  const dual = endOf(converge(afterwards['IPv6 addresses']!, served, 1))
  const runs: readonly (readonly [State, Start])[] = [
    [start, withForeign(nowhere)],
    [start, dual],
    ...Object.values(afterwards).map((after) => [after, served] as const),
  ]
  for (const [at, from] of runs)
    for (const seed of SEEDS) {
      try {
        converge(at, from, seed, more)
      } catch (error) {
        // A broken planner may also never come to rest; that alone does not count as found.
        if (planners === undefined) throw error
      }
    }
  return found
}

function withForeign(from: Start): Start {
  const { dns } = from.world
  return { ...from, world: { ...from.world, dns: { ...dns, records: { Z1: [...(dns.records.Z1 ?? []), FOREIGN] } } } }
}

describe('the checker of invariants (simulated clock)', () => {
  it('finds nothing wrong with the planners as they are', () => {
    expect(broken()).toEqual([])
  })

  it.each(plantedBugs.map((bug) => [bug.name, bug] as const))('finds when %s', (_name, { planners, breaks }) => {
    const invariants: ReadonlySet<Invariant> = new Set(broken(planners).map((item) => item.invariant))
    expect([...invariants]).toContain(breaks)
  })

  it('sees a change that was not printed first', () => {
    const { strays } = converge(start, nowhere, 1, { planners: forgetful })
    expect(strays.join('\n')).toMatch(/^new loadbalancers:create:ElasticLoadBalancingV2.ListenerRule:/m)
    expect(converge(start, nowhere, 1).strays).toEqual([])
  })

  it('was tried with ten planted bugs at least, and with every invariant', () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(10)
    expect(new Set(plantedBugs.map((bug) => bug.breaks)).size).toBe(10)
  })
})
