import { describe, expect, it } from 'vitest'
import type { Elbv2 } from '../../../controllers/aws/elbv2.ts'
import { UnitCache } from '../../../controllers/loadbalancers/cache-unit.ts'
import { subnetFrom } from '../../../controllers/loadbalancers/from-ec2.ts'
import type { Look } from '../../../controllers/loadbalancers/look.ts'
import { whatExists } from '../../../controllers/loadbalancers/observe-calls.ts'
import { readTags } from '../../../controllers/loadbalancers/observe-tags.ts'
import { isOfUnit, slotPattern } from '../../../controllers/loadbalancers/proof.ts'
import { refusal } from '../../../controllers/loadbalancers/refusal.ts'
import { EVERY_PART, Stale } from '../../../controllers/loadbalancers/stale.ts'
import { actsUpon } from '../../../controllers/loadbalancers/touched.ts'
import { change } from '../../../controllers/shared/change.ts'
import { ownershipTags, slotName } from '../../../controllers/shared/names.ts'

const object = { kind: 'Ingress', namespace: 'games', name: 'game' }

describe('proof (no clock)', () => {
  it('is a tag of this cluster with a slot of this unit', () => {
    const tags = ownershipTags('c1', object, slotName('ingress/games/game', 'listener/80'))
    expect(isOfUnit(tags, 'c1', 'ingress/games/game')).toBe(true)
    expect(isOfUnit(tags, 'c2', 'ingress/games/game')).toBe(false)
    expect(isOfUnit(tags, 'c1', 'ingress/games/gam')).toBe(false)
    expect(isOfUnit({}, 'c1', 'ingress/games/game')).toBe(false)
  })

  it('holds for a unit whose key alone is longer than a tag', () => {
    const unit = `ingress/games/${'g'.repeat(253)}`
    const { 'fairlead.dev/slot': slot, ...rest } = ownershipTags('c1', object, slotName(unit, 'listener/80'))
    expect(slot).toHaveLength(256)
    expect(isOfUnit({ ...rest, 'fairlead.dev/slot': slot! }, 'c1', unit)).toBe(true)
    expect(slot?.startsWith(slotPattern(unit).slice(0, -1))).toBe(true)
  })
})

describe('reading what may be gone (no clock)', () => {
  const notFound = Object.assign(new Error('gone'), { name: 'LoadBalancerNotFoundException' })

  it('asks in halves for what is left when one of many is gone', async () => {
    const there = new Set(Array.from({ length: 16 }, (_, index) => `a${index}`))
    let calls = 0
    const describeAll = async (keys: readonly string[]) => {
      calls++
      if (!keys.every((key) => there.has(key))) throw notFound
      return keys
    }
    const asked = [...there, 'gone']
    expect((await whatExists(asked, describeAll)).toSorted()).toEqual([...there].toSorted())
    expect(calls).toBeLessThan(12)
  })

  it('does not take another error for absence', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDenied' })
    await expect(whatExists(['a'], () => Promise.reject(denied))).rejects.toBe(denied)
  })
})

describe('tags (no clock)', () => {
  it('reads all once, then one call a sweep, the load balancer always and the others in turns', async () => {
    const asked: (readonly string[])[] = []
    const elbv2 = {
      describeTags: async ({ ResourceArns }: { ResourceArns: string[] }) => {
        asked.push(ResourceArns)
        return { TagDescriptions: ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] })) }
      },
    } as unknown as Elbv2
    const state = new UnitCache().of('ingress/games/game')
    const look = (ticks: number): Look =>
      ({
        calls: { elbv2, options: { signal: new AbortController().signal } },
        state,
        stale: new Stale(),
        whole: true,
        ticks,
      }) as unknown as Look
    const arns = Array.from({ length: 50 }, (_, index) => `arn${index}`)
    let known = await readTags(look(0), new Map(), arns, ['arn0'])
    expect(known.size).toBe(50)
    expect(asked.map((call) => call.length)).toEqual([20, 20, 10])
    for (const sweep of [1, 2, 3]) known = await readTags(look(sweep), known, arns, ['arn0'])
    const sweeps = asked.slice(3)
    expect(sweeps.map((call) => call.length)).toEqual([20, 20, 20])
    expect(sweeps.every((call) => call.includes('arn0'))).toBe(true)
    expect(new Set(sweeps.flat()).size).toBe(50)
    await readTags(look(4), known, arns.slice(0, 30), ['arn0'])
    expect([...state.tagsReadAt.keys()].toSorted()).toEqual(arns.slice(0, 30).toSorted())
  })
})

describe('what a failure leaves to be read (no clock)', () => {
  it('is stale once: taken out while it is read, put back when reading failed', () => {
    const stale = new Stale()
    stale.add('rules', 'listener-1')
    expect([stale.has('rules', 'listener-1'), stale.has('rules', 'listener-2')]).toEqual([true, false])
    const taken = stale.take()
    expect(stale.empty).toBe(true)
    stale.add('targets')
    stale.putBack(taken)
    expect([stale.has('rules', 'listener-1'), stale.has('targets', 'any')]).toEqual([true, true])
    stale.addAll()
    expect(EVERY_PART.every((part) => stale.has(part))).toBe(true)
  })
})

describe('a change (no clock)', () => {
  it('acts upon everything its call names as changed or as parent', () => {
    expect(actsUpon({ LoadBalancerArn: 'lb', Protocol: 'HTTP' })).toEqual(['lb'])
    expect(actsUpon({ ResourceArns: ['a', 'b'], Tags: [] })).toEqual(['a', 'b'])
    expect(actsUpon({ RulePriorities: [{ RuleArn: 'r', Priority: 1 }] })).toEqual(['r'])
    expect(actsUpon({ Name: 'x', SecurityGroups: ['sg-theirs'] })).toEqual([])
  })

  it('that AWS refuses becomes a finding on its object, in words', () => {
    const item = change({
      controller: 'loadbalancers',
      action: 'create',
      type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      target: 'fl-game',
      account: '1',
      region: 'r',
      object,
      reason: '',
      calls: ['CreateLoadBalancer'],
    })
    const subnets = { Subnets: ['subnet-1'] }
    expect(refusal('InvalidSubnet', 'refused', 'Not enough IP space', item, subnets)).toMatchObject({
      field: 'metadata.annotations[alb.ingress.kubernetes.io/subnets]',
      read: '["subnet-1"]',
    })
    expect(refusal('TooManyLoadBalancers', 'quota', 'full', item, {})).toMatchObject({ code: 'QuotaExceeded', object })
    expect(refusal('Throttling', 'transient', 'slow down', item, {})).toBeNull()
  })
})

describe('subnets (no clock)', () => {
  it('are public by their own route table, else by the main one', () => {
    const tables = [
      { Associations: [{ SubnetId: 'subnet-own' }], Routes: [{ GatewayId: 'local' }] },
      { Associations: [{ Main: true }], Routes: [{ GatewayId: 'igw-1', State: 'active' as const }] },
    ]
    expect(subnetFrom({ SubnetId: 'subnet-own' }, tables).Public).toBe(false)
    expect(subnetFrom({ SubnetId: 'subnet-other' }, tables).Public).toBe(true)
    expect(subnetFrom({ SubnetId: 'subnet-own' }, null).Public).toBeNull()
  })
})
