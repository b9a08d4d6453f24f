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

  it('stops one of whose changes each undoes the other, after a few calls', async () => {
    const pattern = compose(toyPlanners, toyContext({ finalizers: [FINALIZER] }), intended(true, {}), NOTHING).plan
    let turn = 0
    // The time in a mark is another each time, and makes no other mark of it.
    const after = () => ({ retireAfter: new Date(Date.UTC(2026, 0, 1) + 1000 * turn).toISOString() })
    const { run, applied } = world({
      plan: () => {
        const id = turn % 2 === 0 ? 'mark' : 'unmark'
        return { ...pattern, changes: [{ ...pattern.changes[0]!, id, after: after(), needs: [] }] }
      },
      applierOf: () => async () => {
        turn++
      },
    })
    await expect(run()).rejects.toThrow(PlannerNeverRests)
    expect(applied.length).toBeGreaterThan(2)
    expect(applied.length).toBeLessThan(12)
  })

  it('stops one that plans the same with two contents by turns', async () => {
    const pattern = compose(toyPlanners, toyContext({ finalizers: [FINALIZER] }), intended(true, {}), NOTHING).plan
    let turn = 0
    const { run, applied } = world({
      plan: () => ({ ...pattern, changes: [{ ...pattern.changes[0]!, reason: String(turn % 2), needs: [] }] }),
      applierOf: () => async () => {
        turn++
      },
    })
    await expect(run()).rejects.toThrow(PlannerNeverRests)
    expect(applied.length).toBeLessThan(12)
  })

  it('lets the world undo what was done, as long as it does not go on for ever', async () => {
    const pattern = compose(toyPlanners, toyContext({ finalizers: [FINALIZER] }), intended(true, {}), NOTHING).plan
    const again = { ...pattern.changes[0]!, needs: [] }
    // In the plan, out of it, and in it again, four times.
    const plans = [again, null, again, null, again, null, again, null]
    const other = { ...pattern.changes[0]!, id: 'other', needs: [] }
    let step = 0
    const { run, applied } = world({
      plan: () => {
        const now = plans[step]
        return { ...pattern, changes: now === undefined ? [] : now === null ? [{ ...other, reason: String(step) }] : [now] }
      },
      applierOf: () => async () => {
        step++
      },
    })
    await run()
    expect(applied.filter((id) => id === again.id)).toHaveLength(4)
  })
})
