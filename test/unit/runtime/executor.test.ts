import { describe, expect, it } from 'vitest'
import { type ExecutorOptions, execute, PlannerNeverRests } from '../../../controllers/runtime/executor.ts'
import { WritesStopped } from '../../../controllers/runtime/gate.ts'
import { FINALIZER } from '../../../controllers/shared/annotations.ts'
import type { Change } from '../../../controllers/shared/change.ts'
import { compose } from '../../../controllers/shared/compose.ts'
import { ChangeFailed } from '../../../controllers/shared/failure.ts'
import { intended, NOTHING, toyContext, toyPlanners } from '../../support/toy-planners.ts'

const CERTIFICATE = 'certificates:create:CertificateManager.Certificate:c'
const BALANCER = 'loadbalancers:create:ElasticLoadBalancingV2.LoadBalancer:b'
const RECORD = 'dns:create:Route53.RecordSet:r'

/** A world in which applying a change is remembering it; `fails` says how one goes wrong. */
function world(overrides: Partial<ExecutorOptions> = {}, waits = {}, fails: (item: Change) => ChangeFailed | null = () => null) {
  let observed = NOTHING
  const applied: string[] = []
  const failed: string[] = []
  const context = toyContext({ finalizers: [FINALIZER] })
  const options: ExecutorOptions = {
    plan: () => compose(toyPlanners, context, intended(true, waits), observed).plan,
    applierOf: () => async (changes) => {
      for (const item of changes) {
        const failure = fails(item)
        if (failure) throw failure
        const controller = item.controller as keyof typeof observed
        observed = { ...observed, [controller]: toyPlanners[controller].advance(observed[controller], item, {}, 0) }
      }
    },
    allowed: (changes) => changes,
    held: () => false,
    onApplied: (item) => applied.push(item.id),
    onFailed: (item) => failed.push(item.id),
    concurrency: 4,
    ...overrides,
  }
  return { run: (signal = new AbortController().signal) => execute(options, signal), applied, failed }
}

const failure = (changes: readonly string[]) => new ChangeFailed({ code: 'X', kind: 'transient', message: 'no', changes })

describe('the executor (no clock)', () => {
  it('applies what has its needs met, then what needed that, and ends with an empty plan', async () => {
    const { run, applied } = world()
    expect((await run()).changes).toEqual([])
    expect(applied).toEqual([CERTIFICATE, BALANCER, RECORD])
  })

  it('leaves what waits, and all behind it, in the plan', async () => {
    const wait = { kind: 'load-balancer-active' as const, of: 'b', seconds: 1 }
    const { run, applied } = world({}, { loadbalancers: wait })
    expect((await run()).changes.map((item) => item.id)).toEqual([BALANCER, RECORD])
    expect(applied).toEqual([CERTIFICATE])
  })

  it('does not try a failed change again in the same pass', async () => {
    const { run, applied, failed } = world({}, {}, (item) => (item.id === BALANCER ? failure([BALANCER]) : null))
    await run()
    expect(applied).toEqual([CERTIFICATE])
    expect(failed).toEqual([BALANCER])
  })

  it('leaves alone what policies filter and what is held back', async () => {
    const filtered = world({ allowed: (changes) => changes.filter((item) => item.controller !== 'loadbalancers') })
    await filtered.run()
    expect(filtered.applied).toEqual([CERTIFICATE])
    const held = world({ held: (item) => item.id === CERTIFICATE })
    await held.run()
    expect(held.applied).toEqual([])
  })

  it('asks about the whole plan what may be made, also when writes were stopped half-way', async () => {
    const asked: (readonly string[])[] = []
    let stopped = false
    const { run, failed } = world({
      applierOf: () => async () => {
        stopped = true
        throw new WritesStopped('all writes are frozen')
      },
      allowed: (changes) => {
        asked.push(changes.map((item) => item.id))
        return stopped ? [] : changes
      },
    })
    const { changes } = await run()
    expect(failed).toEqual([])
    expect(asked.length).toBeGreaterThan(2)
    expect(new Set(asked.map(String))).toEqual(new Set([changes.map((item) => item.id).join()]))
  })

  it('begins nothing once told to stop', async () => {
    const { run, applied } = world()
    await run(AbortSignal.abort())
    expect(applied).toEqual([])
  })

  it('stops a planner that plans what was just applied, instead of calling for ever', async () => {
    const { run } = world({ applierOf: () => async () => undefined })
    await expect(run()).rejects.toThrow(PlannerNeverRests)
  })
})
