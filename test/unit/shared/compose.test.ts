import { describe, expect, it } from 'vitest'
import { FINALIZER } from '../../../controllers/shared/annotations.ts'
import { type Change, isReady } from '../../../controllers/shared/change.ts'
import { compose } from '../../../controllers/shared/compose.ts'
import { inOrderOfNeeds, PlanCycleError } from '../../../controllers/shared/plan.ts'
import { EVERYTHING, intended, NOTHING, toyContext, toyPlanners } from '../../support/toy-planners.ts'

const types = (changes: readonly Change[]) => changes.map((item) => `${item.action} ${item.type.split('::').at(-1)}`)

describe('compose (no clock)', () => {
  it('prints the whole chain up, what is not known yet as a reference to what will make it', () => {
    const { plan } = compose(toyPlanners, toyContext(), intended(true), NOTHING)
    expect(types(plan.changes)).toEqual(['update Ingress', 'create Certificate', 'create LoadBalancer', 'create RecordSet'])
    const [finalizer, certificate, balancer, record] = plan.changes
    expect(balancer?.needs).toEqual([certificate?.id, finalizer?.id].sort())
    expect(record?.after).toEqual({ Target: { unknown: { change: balancer?.id, field: 'Arn' } } })
    expect(plan.changes.filter(isReady)).toEqual([finalizer])
  })

  it('takes down in the reverse order, the mark before the record, the finalizer last', () => {
    const context = toyContext({ finalizers: [FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' })
    const { plan } = compose(toyPlanners, context, intended(false), EVERYTHING)
    expect(types(plan.changes)).toEqual([
      'update LoadBalancer',
      'delete RecordSet',
      'delete LoadBalancer',
      'delete Certificate',
      'update Ingress',
    ])
    expect(plan.changes.filter(isReady).map((item) => item.id)).toEqual([
      'loadbalancers:update:ElasticLoadBalancingV2.LoadBalancer:b:retire',
    ])
    expect(plan.changes.at(-1)?.needs).toHaveLength(4)
    expect(plan.changes.at(-1)?.after).toEqual({ finalizers: [] })
  })

  it('plans nothing when all is as wanted', () => {
    expect(compose(toyPlanners, toyContext({ finalizers: [FINALIZER] }), intended(true), EVERYTHING).plan.changes).toEqual([])
    expect(compose(toyPlanners, toyContext(), intended(true), EVERYTHING).plan.changes).toEqual([])
  })

  it('keeps a finalizer while anything of the object is left', () => {
    const context = toyContext({ finalizers: [FINALIZER, 'other'], deletionTimestamp: '2026-01-01T00:00:00Z' })
    const { plan } = compose(toyPlanners, context, intended(false), NOTHING)
    expect(types(plan.changes)).toEqual(['update Ingress'])
    expect(plan.changes[0]?.after).toEqual({ finalizers: ['other'] })
  })

  it('refuses changes that wait for each other, naming them', () => {
    const [one, two] = compose(toyPlanners, toyContext(), intended(true), NOTHING).plan.changes
    const cycle = () =>
      inOrderOfNeeds([
        { ...one!, needs: [two!.id] },
        { ...two!, needs: [one!.id] },
      ])
    expect(cycle).toThrow(PlanCycleError)
  })
})
