import { describe, expect, it } from 'vitest'
import { change, isReady } from '../../../controllers/shared/change.ts'
import { isUnknown, unknown, unknownsIn, WORLD } from '../../../controllers/shared/known.ts'

const draft = {
  controller: 'loadbalancers' as const,
  action: 'create' as const,
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  target: 'web:443',
  account: '111111111111',
  region: 'us-east-1',
  object: { kind: 'Ingress', namespace: 'default', name: 'web' },
  reason: 'the Ingress asks for it',
  calls: ['CreateListener'],
}

describe('unknown values (no clock)', () => {
  it('are found however deep they stand', () => {
    const shape = { a: [{ b: unknown('one', 'Arn') }], c: unknown('two', 'Arn'), d: unknown('one', 'Name') }
    expect(unknownsIn(shape)).toEqual(['one', 'two'])
    expect(isUnknown(shape.c)).toBe(true)
    expect(isUnknown({ unknown: 'text' })).toBe(false)
  })

  it('make a change need what will tell them', () => {
    const made = change({ ...draft, after: { LoadBalancerArn: unknown('balancer', 'LoadBalancerArn') } })
    expect(made.needs).toEqual(['balancer'])
    expect(isReady(made)).toBe(false)
  })

  it('that only the world can tell are no need, and still hold the change back', () => {
    const made = change({ ...draft, after: { Subnets: unknown(WORLD, 'SubnetIds') } })
    expect(made.needs).toEqual([])
    expect(isReady(made)).toBe(false)
  })

  it('gives the same transition the same id, and another detail another', () => {
    expect(change(draft).id).toBe('loadbalancers:create:ElasticLoadBalancingV2.Listener:web:443')
    expect(change({ ...draft, detail: 'x' }).id).not.toBe(change(draft).id)
    expect(isReady(change(draft))).toBe(true)
  })
})
