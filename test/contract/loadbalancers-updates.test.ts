import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Ingress } from '../../controllers/shared/objects.ts'
import { type StartedAws, startAws } from '../support/aws.ts'
import { importCertificate, makeWorld, nothingWanted, options, quickAws, viewOf, type World } from './loadbalancers-world.ts'

const PREFIX = 'alb.ingress.kubernetes.io/'
const READ = /^(Describe|Get|List|Assume)/

/** With the controller's own role and policy: each of these is a permission that nothing else needs. */
describe('what is there is made to be what is asked for (real clock)', () => {
  let standIn: StartedAws
  let world: World
  beforeAll(async () => {
    standIn = await startAws({ config: quickAws })
  })
  afterAll(() => standIn[Symbol.asyncDispose]())
  beforeEach(async () => {
    world = await makeWorld(standIn)
    await world.settle()
  })

  /** Settles with further annotations, or after whatever has happened; the writes that it took. */
  async function writes(annotations: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const asked = Object.entries(annotations).map(([name, value]) => [`${PREFIX}${name}`, value])
    const ingresses = world.view.ingresses.map((ingress) => ({
      ...ingress,
      metadata: { ...ingress.metadata, annotations: { ...ingress.metadata.annotations, ...Object.fromEntries(asked) } },
    }))
    world.view = { ...world.view, ingresses }
    const calls = await standIn.callsDuring(async () => expect(await world.settle()).toEqual([]))
    expect(world.plan().changes).toEqual([])
    return calls.map((call) => call.operation).filter((operation) => !READ.test(operation))
  }
  const balancer = () => world.observed().loadBalancers[0]!
  const https = () => world.observed().listeners.find((item) => item.Protocol === 'HTTPS')!

  it.each([
    [
      'attributes of the load balancer',
      { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=120' },
      ['ModifyLoadBalancerAttributes'],
    ],
    ['its address type', { 'ip-address-type': 'dualstack' }, ['AuthorizeSecurityGroupIngress', 'SetIpAddressType']],
    ['health checks', { 'healthcheck-path': '/ready' }, ['ModifyTargetGroup', 'ModifyTargetGroup']],
    [
      'attributes of target groups',
      { 'target-group-attributes': 'deregistration_delay.timeout_seconds=30' },
      ['ModifyTargetGroupAttributes', 'ModifyTargetGroupAttributes'],
    ],
    ['the TLS policy', { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-3-2021-06' }, ['ModifyListener']],
    ['tags', { tags: 'team=games' }, ['AddTags']],
    ['who may come in', { 'inbound-cidrs': '10.0.0.0/8' }, ['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress']],
    ['listeners', { 'listen-ports': '[{"HTTPS":443}]' }, ['DeleteListener', 'RevokeSecurityGroupIngress']],
  ])('%s', async (_, annotations, expected) => {
    expect([...(await writes(annotations))].sort()).toEqual(expected)
  })

  it('a certificate for a further host', async () => {
    const host = 'other.example.com'
    const arn = await importCertificate(world.aws, host)
    world.certificates = [...world.certificates, { ...world.certificates[0]!, slot: 'other', hosts: [host], arn }]
    world.view = { ...world.view, ingresses: world.view.ingresses.map((ingress) => withHost(ingress, host)) }
    expect([...(await writes())].sort()).toEqual(['AddListenerCertificates', 'CreateRule', 'CreateRule'])
    expect(https().Certificates).toEqual([arn])
  })

  it('subnets', async () => {
    const ids = world.seeded.subnets.public.slice(0, 2).map((subnet) => subnet.id)
    expect(balancer().Subnets).toHaveLength(3)
    expect(await writes({ subnets: ids.join(',') })).toEqual(['SetSubnets'])
    expect(balancer().Subnets).toEqual([...ids].sort())
  })

  it('security groups of others, and its own again', async () => {
    const made = await world.aws
      .ec2(world.where)
      .createSecurityGroup({ GroupName: 'theirs', Description: 'theirs', VpcId: world.seeded.vpcId }, options)
    expect(await writes({ 'security-groups': made.GroupId! })).toEqual(['SetSecurityGroups', 'DeleteSecurityGroup'])
    expect(balancer().SecurityGroups).toEqual([made.GroupId])
  })

  it('rules that somebody has changed, or put in another order', async () => {
    const elbv2 = world.aws.elbv2(world.where)
    const rules = world.observed().rules.filter((rule) => rule.ListenerArn === https().ListenerArn)
    const [one, two] = rules.map(({ RuleArn, Priority }) => ({ RuleArn, Priority }))
    const swapped = [
      { RuleArn: one!.RuleArn, Priority: two!.Priority },
      { RuleArn: two!.RuleArn, Priority: one!.Priority },
    ]
    await elbv2.setRulePriorities({ RulePriorities: swapped }, options)
    await world.refresh('sweep')
    expect(await writes()).toEqual(['SetRulePriorities'])
    const Conditions = [{ Field: 'path-pattern', Values: ['/elsewhere'] }]
    await elbv2.modifyRule({ RuleArn: one!.RuleArn, Conditions }, options)
    await world.refresh('sweep')
    expect(await writes()).toEqual(['ModifyRule'])
  })

  it('a load balancer that was to go and is wanted again', async () => {
    const wanted = world.view
    world.view = nothingWanted
    const mark = world.plan().changes.filter((item) => item.calls[0] === 'AddTags')
    await world.effects.apply(world.context(), mark, options.signal)
    expect(balancer().Tags).toHaveProperty(['fairlead.dev/retire-after'])
    world.view = wanted
    expect(await writes()).toEqual(['RemoveTags'])
    expect(balancer().Tags).not.toHaveProperty(['fairlead.dev/retire-after'])
  })

  it('subnets by their routes where no tag says which are for load balancers', async () => {
    world.view = nothingWanted
    await world.settle()
    const { public: open, private: closed } = world.seeded.subnets
    const Tags = [{ Key: 'kubernetes.io/role/elb' }, { Key: 'kubernetes.io/role/internal-elb' }]
    await world.aws.ec2(world.where).deleteTags({ Resources: [...open, ...closed].map((subnet) => subnet.id), Tags }, options)
    world.restart()
    world.view = viewOf(2, world.seeded)
    const calls = await standIn.callsDuring(() => writes())
    expect(calls.map((call) => call.operation)).toContain('DescribeRouteTables')
    expect(balancer().Subnets).toEqual(open.map((subnet) => subnet.id).sort())
  })
})

/** The same paths for one more host. */
function withHost(ingress: Ingress, host: string): Ingress {
  const rules = ingress.spec.rules ?? []
  return { ...ingress, spec: { ...ingress.spec, rules: [...rules, { ...rules[0]!, host }] } }
}
