import { describe, expect, it } from 'vitest'
import { intend } from '../../../controllers/loadbalancers/intent.ts'
import { wantedOf } from '../../../controllers/loadbalancers/wanted.ts'
import { ALB } from '../../../controllers/shared/annotations.ts'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { arnOf, certificates, context, EMPTY, ingress, SETTINGS, START, view } from '../../support/loadbalancers-world.ts'

type Notes = Readonly<Record<string, string>>
const HOSTS = ['a.example.com', 'b.example.com']
/** Two Ingresses of a group, `a` the older. */
const group = (a: Notes, b: Notes = {}) =>
  view(
    [a, b].map((notes, age) => {
      const name = 'ab'[age]!
      const annotations = Object.fromEntries(Object.entries(notes).map(([key, value]) => [`${ALB}${key}`, value]))
      return ingress(name, { [`${name}.example.com`]: [{ path: '/' }] }, { age, annotations })
    }),
  )
const settled = (a: Notes, b: Notes = {}) => {
  const world = new Simulation(group(a, b), certificates(HOSTS))
  world.settle()
  return world
}
const BOTH = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]' }
const told = (world: Simulation) =>
  world
    .plan()
    .findings.map((item) => `${item.code} ${item.severity} ${item.object.name} ${item.field.split('/')[1]?.slice(0, -1)}`)

describe('what an Ingress of a group says and nobody can read (simulated clock)', () => {
  it.each<[string, Notes, string, Notes?]>([
    ['scheme', { scheme: 'internal' }, 'intrnal'],
    ['ip-address-type', { 'ip-address-type': 'dualstack' }, 'dualstak'],
    ['security-groups', { 'security-groups': 'sg-0abcabc0' }, 'sg_0abcabc0'],
    ['load-balancer-name', { 'load-balancer-name': 'my-alb' }, 'my_alb'],
    ['subnets', { subnets: 'subnet-a-elb,subnet-b-elb' }, ','],
    ['load-balancer-attributes', { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=30' }, 'idle_timeout'],
    ['ssl-policy', { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-3-2021-06' }, ''],
    ['ssl-redirect', { ...BOTH, 'ssl-redirect': '443' }, '44e', BOTH],
    ['ssl-redirect', { ...BOTH, 'ssl-redirect': '443' }, '8443', BOTH],
    ['listen-ports', { 'listen-ports': '[{"HTTPS":443},{"HTTPS":8443}]' }, '443'],
    ['inbound-cidrs', { 'inbound-cidrs': '10.0.0.0/8' }, '10.0.0.0', { 'inbound-cidrs': '10.0.0.0/8' }],
    ['certificate-arn', { 'certificate-arn': arnOf('named') }, 'arn:aws:acm', {}],
    ['tags', { tags: 'team=a' }, 'team', { tags: 'team=b' }],
  ])('%s: the load balancer stays as it is, and the other member is served on', (key, a, wrong, b = {}) => {
    const world = settled(a, b)
    const before = world.plan().serving.filter((fact) => fact.host === HOSTS[1])
    world.cluster = group({ ...a, [key]: wrong }, b)
    expect(world.plan().changes).toEqual([])
    expect(told(world)).toContain(`InvalidAnnotation blocking a ${key}`)
    expect(world.plan().serving.filter((fact) => fact.host === HOSTS[1])).toEqual(before)
    // Nor does it stand in the way of the other's changes.
    world.cluster = { ...world.cluster, ingresses: [...world.cluster.ingresses, ...group({}).ingresses.slice(1)].slice(0, 2) }
    const more = ingress(
      'b',
      { 'b.example.com': [{ path: '/' }], 'c.example.com': [{ path: '/' }] },
      {
        age: 1,
        annotations: Object.fromEntries(Object.entries(b).map(([name, value]) => [`${ALB}${name}`, value])),
      },
    )
    world.cluster = view([world.cluster.ingresses[0]!, more])
    world.certificates = certificates([...HOSTS, 'c.example.com'])
    world.settle()
    expect([...world.records.keys()].sort()).toEqual([...HOSTS, 'c.example.com'])
  })

  it.each<[string, Notes, string, Notes]>([
    ['scheme', { scheme: 'internet-facing' }, 'internet', { scheme: 'internal' }],
    ['ip-address-type', { 'ip-address-type': 'dualstack' }, 'dual', { 'ip-address-type': 'ipv4' }],
    ['security-groups', { 'security-groups': 'sg-0abcabc0' }, 'abc', { 'security-groups': 'sg-0defdef0' }],
    ['load-balancer-name', { 'load-balancer-name': 'my-alb' }, 'my_alb', { 'load-balancer-name': 'other' }],
    ['ssl-policy', { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-3-2021-06' }, '', { 'ssl-policy': 'ELBSecurityPolicy-2016-08' }],
  ])(
    '%s: a younger one that states another value than what stands does not get its way, nor is it served',
    (key, a, wrong, b) => {
      const world = settled(a, b)
      expect(told(world)).toEqual([`GroupConflict blocking b ${key}`])
      world.cluster = group({ ...a, [key]: wrong }, b)
      expect(world.plan().changes).toEqual([])
      expect(told(world).sort()).toEqual([`GroupConflict blocking b ${key}`, `InvalidAnnotation blocking a ${key}`])
      expect(world.plan().serving.map((fact) => fact.host)).toEqual([HOSTS[0]])
    },
  )

  it('does not decide where an older one has decided', () => {
    const world = settled({ scheme: 'internal' }, { scheme: 'internal' })
    world.cluster = group({ scheme: 'internal' }, { scheme: 'intrnal' })
    expect(world.plan().changes).toEqual([])
    const fresh = new Simulation(world.cluster, certificates(HOSTS))
    fresh.settle()
    expect(fresh.observed.loadBalancers.map((item) => item.Scheme)).toEqual(['internal'])
  })

  it('keeps the redirect and the protocol that a refused member has on a port', () => {
    const world = settled({}, { 'listen-ports': '[{"HTTP":80}]' })
    world.cluster = group({ scheme: 'x' }, { 'listen-ports': '[{"HTTP":80}]' })
    expect(world.plan().changes).toEqual([])
    const other = settled({ 'listen-ports': '[{"HTTPS":8080}]' }, { 'listen-ports': '[{"HTTP":8080}]' })
    other.cluster = group({ 'listen-ports': '8080' }, { 'listen-ports': '[{"HTTP":8080}]' })
    expect(other.plan().changes).toEqual([])
    expect(told(other).sort()).toEqual(['GroupConflict blocking b listen-ports', 'InvalidAnnotation blocking a listen-ports'])
  })
})

describe('a group of which nobody knows what it is to be, after a restart (simulated clock)', () => {
  it.each<[string, Notes, string]>([
    ['scheme', { scheme: 'internal' }, 'intrnal'],
    ['load-balancer-name', { scheme: 'internal' }, 'my_alb'],
  ])('%s: the load balancer is looked for by every name it could have', (key, a, wrong) => {
    const world = settled(a)
    world.cluster = group({ ...a, [key]: wrong })
    const around = context(world.cluster)
    const { loadBalancerNames } = wantedOf(around, intend(around).intent, EMPTY)
    expect(loadBalancerNames).toContain(world.observed.loadBalancers[0]?.LoadBalancerName)
  })

  it('is looked for under the name that it was given without one, though a younger one states another', () => {
    const world = settled({})
    const around = context(group({ 'load-balancer-name': 'my_alb' }, { 'load-balancer-name': 'other' }))
    const { loadBalancerNames } = wantedOf(around, intend(around).intent, EMPTY)
    expect(loadBalancerNames).toEqual(['other', world.observed.loadBalancers[0]?.LoadBalancerName])
  })

  it.each<[string, string]>([
    ['scheme', 'internet-facin'],
    ['load-balancer-name', 'my_alb'],
    ['security-groups', 'sg_0abcabc0'],
  ])('%s: none is made where none is found, nothing goes, and the other members are told why', (key, wrong) => {
    const world = settled({})
    const { securityGroups, targetGroups } = world.observed
    world.observed = { ...EMPTY, securityGroups, targetGroups }
    world.cluster = group({ [key]: wrong })
    const { changes, findings, serving } = world.plan()
    expect([changes, serving]).toEqual([[], []])
    const finding = findings.find((item) => item.code === 'GroupNotReadable')
    expect(finding).toMatchObject({ severity: 'blocking', object: { name: 'b' }, field: `metadata.annotations[${ALB}${key}]` })
    expect(finding?.message).toContain(`${ALB}${key}`)
    expect(finding?.message).not.toContain(wrong)
  })

  it('takes what a younger one states when nothing stands under either name', () => {
    const fresh = new Simulation(group({ scheme: 'x' }, { scheme: 'internal' }), certificates(HOSTS))
    fresh.settle()
    expect(fresh.observed.loadBalancers.map((item) => item.Scheme)).toEqual(['internal'])
    expect(
      wantedOf(context(fresh.cluster, START, SETTINGS), intend(context(fresh.cluster)).intent, EMPTY).loadBalancerNames,
    ).toHaveLength(2)
  })
})
