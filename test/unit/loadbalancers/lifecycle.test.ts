import { describe, expect, it } from 'vitest'
import { ALB, FAIRLEAD } from '../../../controllers/shared/annotations.ts'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { arnOf, certificate, certificates, ingress, slice, view } from '../../support/loadbalancers-world.ts'

const calls = (changes: readonly { readonly calls: readonly string[] }[]) => changes.flatMap((item) => item.calls)
const count = (changes: readonly { readonly calls: readonly string[] }[]) => {
  const counts: Record<string, number> = {}
  for (const call of calls(changes)) counts[call] = (counts[call] ?? 0) + 1
  return counts
}
const services = (n: number) => Array.from({ length: n }, (_, i) => ({ path: `/s${i}`, service: `s${i}` }))

describe('a load balancer over its life (simulated clock)', () => {
  it.each([1, 2, 10])('is created for %i services in 2N+3 writes and then has nothing to do', (n) => {
    const world = new Simulation(view([ingress('a', { 'a.example.com': services(n) })]), certificates(['a.example.com']))
    expect(count(world.settle())).toEqual({
      CreateSecurityGroup: 1,
      AuthorizeSecurityGroupIngress: 1,
      CreateLoadBalancer: 1,
      CreateListener: 2,
      CreateTargetGroup: n,
      RegisterTargets: n,
      CreateRule: n,
    })
    expect(world.records.has('a.example.com')).toBe(true)
  })

  it('goes as a whole when nobody wants it, and leaves nothing', () => {
    const world = new Simulation(view([ingress('a', { 'a.example.com': services(2) })]), certificates(['a.example.com']))
    world.settle()
    world.cluster = view([])
    expect(calls(world.settle())).toEqual([
      'AddTags',
      'DeleteLoadBalancer',
      'DeleteTargetGroup',
      'DeleteTargetGroup',
      'DeleteSecurityGroup',
    ])
    expect(world.observed).toMatchObject({ loadBalancers: [], listeners: [], rules: [], targetGroups: [], securityGroups: [] })
  })

  it('stays until its record is gone for everybody', () => {
    const world = new Simulation(view([ingress('a', { 'a.example.com': services(1) })]), certificates(['a.example.com']))
    world.settle()
    world.cluster = view([])
    const removal = world.plan().changes.find((item) => item.calls[0] === 'DeleteLoadBalancer')
    expect(removal?.waits.map((wait) => wait.kind)).toEqual(['record-insync', 'not-before'])
    expect(removal?.needs).toHaveLength(1)
  })

  it('gets a new rule in one write, and a new path on top of 99 in two at most', () => {
    const paths = Array.from({ length: 98 }, (_, i) => ({ path: `/p${String(i).padStart(3, '0')}`, service: 's' }))
    const world = new Simulation(view([ingress('a', { 'a.example.com': paths })]), certificates(['a.example.com']))
    world.rush()
    for (const extra of ['/a-much-longer-path-that-comes-first', '/p0500']) {
      world.cluster = view([ingress('a', { 'a.example.com': [...paths, { path: extra, service: 's' }] })])
      const made = calls(world.settle()).filter((call) => call !== 'DeleteRule')
      expect(made).toContain('CreateRule')
      expect(made.length).toBeLessThanOrEqual(2)
    }
  })

  it('leaves a shared load balancer with its own rules, groups and certificate only', () => {
    const both = [
      ingress('a', { 'a.example.com': [{ path: '/' }] }),
      ingress('b', { 'b.example.com': [{ path: '/', service: 'other' }] }, { age: 1 }),
    ]
    const world = new Simulation(view(both), certificates(['a.example.com', 'b.example.com']))
    world.settle()
    world.cluster = view(both.slice(1))
    world.certificates = { current: [certificate('b.example.com')], retiring: [certificate('a.example.com')] }
    expect(calls(world.settle()).sort()).toEqual(['DeleteRule', 'DeleteTargetGroup', 'DeregisterTargets', 'ModifyListener'])
    expect(world.observed.rules.map((rule) => rule.Hosts)).toEqual([['b.example.com']])
    expect([...world.records.keys()]).toEqual(['b.example.com'])
  })

  it('replaces a certificate without a gap: default ones in one call, others by add and remove', () => {
    const hosts = { 'a.example.com': [{ path: '/' }], 'b.example.com': [{ path: '/' }] }
    const world = new Simulation(view([ingress('a', hosts)]), certificates(['a.example.com', 'b.example.com']))
    world.settle()
    const [a, b] = [certificate('a.example.com'), certificate('b.example.com')]
    world.certificates = { current: [certificate('a.example.com', arnOf('a', 2)), b], retiring: [a] }
    expect(calls(world.settle())).toEqual(['ModifyListener'])
    world.certificates = {
      current: [certificate('a.example.com', arnOf('a', 2)), certificate('b.example.com', arnOf('b', 2))],
      retiring: [a, b],
    }
    expect(calls(world.settle())).toEqual(['AddListenerCertificates', 'RemoveListenerCertificates'])
  })

  it('adds what else is needed before it replaces a default certificate that still serves somebody', () => {
    const at = (...hosts: readonly string[]) =>
      view([ingress('i', Object.fromEntries(hosts.map((host) => [host, [{ path: '/' }]])))])
    const world = new Simulation(at('c.example.com'), certificates(['c.example.com']))
    world.settle()
    world.cluster = at('a.example.com', 'c.example.com')
    const old = certificate('c.example.com')
    world.certificates = { current: [certificate('a.example.com'), certificate('c.example.com', arnOf('c', 2))], retiring: [old] }
    world.pick = (count) => count - 1
    const made = calls(world.settle())
    expect(made.indexOf('AddListenerCertificates')).toBeLessThan(made.indexOf('ModifyListener'))
    expect(made).toContain('ModifyListener')
  })

  it('switches a rule to another target group only once that is healthy', () => {
    const at = (type: string) =>
      ingress('a', { 'a.example.com': [{ path: '/' }] }, { annotations: { [`${ALB}target-type`]: type } })
    const world = new Simulation(view([at('ip')]), certificates(['a.example.com']))
    world.settle()
    world.cluster = view([at('instance')])
    expect(calls(world.settle())).toEqual([
      'CreateTargetGroup',
      'RegisterTargets',
      'ModifyRule',
      'ModifyRule',
      'DeregisterTargets',
      'DeleteTargetGroup',
    ])
  })

  it('never takes over with a target group that stays unhealthy', () => {
    const at = (type: string) =>
      ingress('a', { 'a.example.com': [{ path: '/' }] }, { annotations: { [`${ALB}target-type`]: type } })
    const world = new Simulation(view([at('ip')]), certificates(['a.example.com']))
    world.settle()
    const good = world.observed.targetGroups[0]!.TargetGroupArn
    world.cluster = view([at('instance')])
    for (let round = 0; round < 5; round++) {
      for (const item of world.plan().changes.filter((one) => one.needs.length === 0 && one.waits.length === 0))
        world.apply(item, world.plan())
    }
    expect(world.observed.rules[0]!.Actions).toMatchObject([
      { TargetGroups: [{ TargetGroupArn: good, Weight: 1 }, { Weight: 0 }] },
    ])
  })

  it('moves to a new load balancer for another scheme, the old one serving until nobody has its address', () => {
    const at = (scheme: string) =>
      ingress('a', { 'a.example.com': [{ path: '/' }] }, { annotations: { [`${ALB}scheme`]: scheme } })
    const world = new Simulation(view([at('internal')]), certificates(['a.example.com']))
    world.settle()
    const old = world.records.get('a.example.com')
    world.cluster = view([at('internet-facing')])
    const made = calls(world.settle())
    expect(made.indexOf('DeleteLoadBalancer')).toBeGreaterThan(made.indexOf('AddTags'))
    expect(made.indexOf('AddTags')).toBeGreaterThan(made.indexOf('CreateRule'))
    expect(world.observed.loadBalancers).toHaveLength(1)
    expect(world.observed.targetGroups).toHaveLength(1)
    expect(world.observed.securityGroups).toHaveLength(1)
    expect(world.records.get('a.example.com')).not.toBe(old)
  })

  it('registers new targets before it takes off old ones', () => {
    const only = [ingress('a', { 'a.example.com': [{ path: '/' }] })]
    const world = new Simulation(view(only), certificates(['a.example.com']))
    world.settle()
    world.cluster = view(only, { endpointSlices: [slice('web', ['10.0.9.9'])] })
    expect(calls(world.settle())).toEqual(['RegisterTargets', 'DeregisterTargets'])
  })

  it('changes from HTTP to HTTPS with the redirect last, and back', () => {
    const at = (wish: string) =>
      ingress('a', { 'a.example.com': [{ path: '/' }] }, { annotations: { [`${FAIRLEAD}certificate`]: wish } })
    const world = new Simulation(view([at('none')]), certificates([]))
    world.settle()
    world.cluster = view([at('vault')])
    world.certificates = certificates(['a.example.com'])
    expect(calls(world.settle())).toEqual([
      'AuthorizeSecurityGroupIngress',
      'CreateListener',
      'CreateRule',
      'ModifyListener',
      'DeleteRule',
    ])
    world.cluster = view([at('none')])
    const back = calls(world.settle())
    expect(back.slice(-2)).toEqual(['DeleteListener', 'RevokeSecurityGroupIngress'])
  })

  it('publishes without a healthy target after a while, with a warning', () => {
    const world = new Simulation(view([ingress('a', { 'a.example.com': [{ path: '/' }] })]), certificates(['a.example.com']))
    world.healthy = false
    world.settle()
    expect(world.records.has('a.example.com')).toBe(true)
    expect(world.plan().findings.map((item) => item.code)).toEqual(['NoHealthyTargets'])
  })

  it('keeps serving what a broken Ingress had, and refuses to delete what is protected', () => {
    const world = new Simulation(view([ingress('a', { 'a.example.com': [{ path: '/' }] })]), certificates(['a.example.com']))
    world.settle()
    world.cluster = view([ingress('a', { 'a.example.com': [{ path: '/x' }] }, { annotations: { [`${ALB}scheme`]: 'intern' } })])
    expect(world.plan().changes).toEqual([])
    expect(world.plan().serving.map((fact) => fact.host)).toEqual(['a.example.com'])
    world.cluster = view([ingress('a', { 'a.example.com': [{ path: '/' }] })], { services: [] })
    expect(world.plan().changes).toEqual([])
    expect(world.plan().findings.map((item) => item.code)).toEqual(['ServiceNotFound'])
    world.cluster = view([])
    world.observed = {
      ...world.observed,
      loadBalancers: world.observed.loadBalancers.map((item) => ({
        ...item,
        Attributes: { 'deletion_protection.enabled': 'true' },
      })),
    }
    expect(calls(world.plan().changes)).not.toContain('DeleteLoadBalancer')
    expect(world.plan().findings.map((item) => item.code)).toEqual(['DeletionProtected'])
  })
})
