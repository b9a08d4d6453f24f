import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { change } from '../../controllers/shared/change.ts'
import { canonicalJson } from '../../controllers/shared/names.ts'
import { type AwsCall, type StartedAws, startAws } from '../support/aws.ts'
import {
  clusterId,
  importCertificate,
  makeWorld,
  nothingWanted,
  options,
  quickAws,
  stateOf,
  viewOf,
  type World,
} from './loadbalancers-world.ts'

const READ = /^(Describe|Get|List|Assume)/

function countsOf(calls: readonly AwsCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

describe('load balancers against the AWS stand-in (real clock)', () => {
  let standIn: StartedAws
  let world: World
  beforeAll(async () => {
    standIn = await startAws({ config: quickAws })
  })
  afterAll(() => standIn[Symbol.asyncDispose]())
  beforeEach(async () => {
    world = await makeWorld(standIn)
  })

  it('creates everything one host and N services need, in 2N+3 writes and the registrations', async () => {
    const calls = await standIn.callsDuring(() => world.settle())
    const writes = calls.filter((call) => call.service === 'elbv2' && !READ.test(call.operation))
    expect(countsOf(writes)).toEqual({
      CreateLoadBalancer: 1,
      CreateListener: 2,
      CreateTargetGroup: 2,
      CreateRule: 2,
      RegisterTargets: 2,
    })
    expect(calls.filter((call) => call.status !== 200 && !call.errorCode?.endsWith('NotFound'))).toEqual([])
    const { loadBalancers, listeners, rules, targetGroups, securityGroups } = world.observed()
    expect([loadBalancers, listeners, rules, targetGroups, securityGroups].map((list) => list.length)).toEqual([1, 2, 2, 2, 1])
    expect(targetGroups.flatMap((group) => group.Targets.map((target) => target.State))).toContain('healthy')
  })

  it('observes after a restart and by a sweep what it had advanced to', async () => {
    await world.settle()
    const known = world.observed()
    await world.refresh('sweep')
    expect(normal(world.observed())).toEqual(normal(known))
    world.restart()
    await world.refresh('missing')
    expect(normal(world.observed())).toEqual(normal(known))
    expect(world.plan().changes).toEqual([])
  })

  it('costs nothing when nothing changed, and a sweep 6 + listeners + target groups', async () => {
    await world.settle()
    expect(await standIn.callsDuring(() => world.refresh('missing'))).toEqual([])
    const sweep = await standIn.callsDuring(() => world.refresh('sweep'))
    expect(countsOf(sweep)).toEqual({
      DescribeLoadBalancers: 1,
      DescribeListeners: 1,
      DescribeListenerCertificates: 1,
      DescribeTargetGroups: 1,
      DescribeTags: 1,
      DescribeSecurityGroups: 1,
      DescribeRules: 2,
      DescribeTargetHealth: 2,
    })
  })

  it('costs the same beside 300 foreign target groups, after a restart too', async () => {
    await world.settle()
    const sweep = async () => countsOf(await standIn.callsDuring(() => world.refresh('sweep')))
    const first = async () => {
      world.restart()
      return countsOf(
        await standIn.callsDuring(async () => {
          await world.effects.inventory(options.signal)
          await world.refresh('missing')
        }),
      )
    }
    const alone = [await sweep(), await first()]
    const elbv2 = world.aws.elbv2(world.where)
    for (let index = 0; index < 300; index++) {
      const input = { Name: `foreign-${index}`, Protocol: 'HTTP', Port: 80, VpcId: world.seeded.vpcId, TargetType: 'ip' } as const
      await elbv2.createTargetGroup(input, options)
    }
    expect([await sweep(), await first()]).toEqual(alone)
  })

  it('reads no more than the wait is about', async () => {
    await standIn.config({ albActiveSeconds: 3600 })
    await world.pass()
    expect(world.waits().map((wait) => wait.kind)).toContain('load-balancer-active')
    expect(countsOf(await standIn.callsDuring(() => world.lookAtWaits()))).toEqual({
      DescribeLoadBalancers: 1,
      DescribeTargetHealth: 2,
    })
    await standIn.config({ albActiveSeconds: quickAws.albActiveSeconds })
  })

  it('sees by a sweep what was taken away behind its back, and puts it back', async () => {
    await world.settle()
    const elbv2 = world.aws.elbv2(world.where)
    const { rules, targetGroups, listeners } = world.observed()
    const second = await importCertificate(world.aws, 'other.example.com')
    const https = listeners.find((item) => item.Protocol === 'HTTPS')!
    await elbv2.addListenerCertificates({ ListenerArn: https.ListenerArn, Certificates: [{ CertificateArn: second }] }, options)
    await elbv2.deleteRule({ RuleArn: rules[0]!.RuleArn }, options)
    const group = targetGroups.at(-1)!
    const Targets = group.Targets.map(({ Id, Port }) => ({ Id, Port }))
    await elbv2.deregisterTargets({ TargetGroupArn: group.TargetGroupArn, Targets }, options)
    expect(world.plan().changes).toEqual([])
    await world.refresh('sweep')
    expect(world.observed().rules).toHaveLength(1)
    expect(world.observed().listeners.find((item) => item.Protocol === 'HTTPS')?.Certificates).toEqual([second])
    expect(world.plan().changes.map((item) => item.calls[0])).toEqual(expect.arrayContaining(['CreateRule', 'RegisterTargets']))
    await world.settle()
    expect(world.observed().rules).toHaveLength(2)
  })

  it('makes a load balancer again that somebody deleted', async () => {
    await world.settle()
    const [balancer] = world.observed().loadBalancers
    await world.aws.elbv2(world.where).deleteLoadBalancer({ LoadBalancerArn: balancer!.LoadBalancerArn }, options)
    await world.refresh('sweep')
    expect(world.observed()).toMatchObject({ loadBalancers: [], listeners: [], rules: [] })
    await world.settle()
    expect(world.observed().loadBalancers[0]?.LoadBalancerArn).not.toBe(balancer?.LoadBalancerArn)
    expect(world.observed().rules).toHaveLength(2)
  })

  it('takes everything down to nothing', async () => {
    await world.settle()
    world.view = nothingWanted
    await world.settle()
    await expectNothingLeft()
  })

  it('takes down what only the tag index still knows', async () => {
    await world.settle()
    await makeLeftovers()
    world.restart()
    world.view = nothingWanted
    const deadline = performance.now() + 5000
    const listed = async () => (await world.aws.tagging(world.where).getResources({}, options)).ResourceTagMappingList ?? []
    while (
      (await listed()).filter((item) => item.ResourceARN?.includes('/fl-left-over/')).length < 2 &&
      performance.now() < deadline
    );
    expect(await world.effects.inventory(options.signal)).toEqual(['ingress/games/game'])
    await world.settle()
    await expectNothingLeft()
  })

  it('does not call AWS about what was never proven to be its own', async () => {
    await world.settle()
    const elbv2 = world.aws.elbv2(world.where)
    const made = await elbv2.createTargetGroup({ Name: 'theirs', Protocol: 'HTTP', Port: 9, VpcId: world.seeded.vpcId }, options)
    const TargetGroupArn = made.TargetGroups![0]!.TargetGroupArn!
    const theirs = change({
      controller: 'loadbalancers',
      action: 'delete',
      type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      target: TargetGroupArn,
      account: world.where.account,
      region: world.where.region,
      object: { kind: 'Ingress', namespace: 'games', name: 'game' },
      before: { TargetGroupArn },
      reason: 'a planner that errs',
      calls: ['DeleteTargetGroup'],
    })
    const calls = await standIn.callsDuring(() =>
      expect(world.effects.apply(world.context(), [theirs], options.signal)).rejects.toMatchObject({ code: 'NotProvenOurs' }),
    )
    expect(calls).toEqual([])
  })

  it('leaves alone what its tags do not prove, and says so', async () => {
    const wanted = await firstCreate('CreateTargetGroup')
    const elbv2 = world.aws.elbv2(world.where)
    await elbv2.createTargetGroup(
      { Name: wanted, Protocol: 'HTTP', Port: 9, VpcId: world.seeded.vpcId, TargetType: 'ip' },
      options,
    )
    const [failure] = await world.pass()
    expect(failure).toMatchObject({ code: 'NotOurs', kind: 'refused', finding: { code: 'NotOurs', severity: 'blocking' } })
    expect(world.observed().targetGroups.map((item) => item.TargetGroupName)).not.toContain(wanted)
  })

  it('does not let AWS answer with somebody else’s load balancer of the same name', async () => {
    const name = await firstCreate('CreateLoadBalancer')
    const elbv2 = world.aws.elbv2(world.where)
    const Subnets = world.seeded.subnets.public.map((subnet) => subnet.id)
    const made = await elbv2.createLoadBalancer({ Name: name, Subnets }, options)
    world.restart()
    const calls = await standIn.callsDuring(async () => {
      expect((await world.pass()).map((failure) => failure.code)).toContain('NotOurs')
    })
    expect(countsOf(calls).CreateLoadBalancer).toBeUndefined()
    expect(world.observed().loadBalancers).toEqual([])
    expect(
      (await elbv2.describeListeners({ LoadBalancerArn: made.LoadBalancers![0]!.LoadBalancerArn }, options)).Listeners,
    ).toEqual([])
  })

  it('stops touching what lost its tags', async () => {
    await world.settle()
    const [balancer] = world.observed().loadBalancers
    const ResourceArns = [balancer!.LoadBalancerArn]
    await world.aws.elbv2(world.where).removeTags({ ResourceArns, TagKeys: ['fairlead.dev/cluster'] }, options)
    await world.refresh('sweep')
    expect(world.observed()).toMatchObject({ loadBalancers: [], listeners: [], rules: [] })
  })

  it('registers the good targets when AWS refuses one among them', async () => {
    const view = viewOf(1, world.seeded)
    const [slice] = view.endpointSlices
    const addresses = ['10.0.48.10', '8.8.8.8', '10.0.48.12', '10.0.48.13', '10.0.48.14']
    const endpoints = addresses.map((address) => ({ addresses: [address], conditions: { ready: true, serving: true } }))
    world.view = { ...view, endpointSlices: [{ ...slice!, endpoints }] }
    const failures = await world.pass()
    expect(failures[0]).toMatchObject({ kind: 'refused' })
    expect(failures[0]?.finding?.read).toBe('[{"Id":"8.8.8.8","Port":8080}]')
    const registered = world.observed().targetGroups[0]?.Targets.map((target) => target.Id)
    expect(registered?.toSorted()).toEqual(addresses.filter((address) => address !== '8.8.8.8'))
  })

  it('names the annotation to look at when a certificate does not exist', async () => {
    await world.aws.acm(world.where).deleteCertificate({ CertificateArn: world.certificateArn }, options)
    const failures = await world.pass()
    const failure = failures.find((item) => item.changes.some((id) => id.includes('Listener')))
    expect(failure?.finding).toMatchObject({
      code: 'CertificateNotFound',
      field: 'metadata.annotations[alb.ingress.kubernetes.io/certificate-arn]',
      object: { namespace: 'games', name: 'game' },
    })
    expect(failure?.finding?.message).toContain(world.certificateArn)
  })

  it('does not delete a load balancer that is protected from it, and tells who can', async () => {
    await world.settle()
    const [balancer] = world.observed().loadBalancers
    await world.aws
      .elbv2(world.where)
      .modifyLoadBalancerAttributes(
        { LoadBalancerArn: balancer!.LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] },
        options,
      )
    world.view = nothingWanted
    await world.pass()
    await world.refresh('missing')
    expect(world.observed().loadBalancers[0]?.Attributes).toMatchObject({ 'deletion_protection.enabled': 'true' })
  })

  /** The name of the first resource that the plan would create by this call. */
  async function firstCreate(operation: string): Promise<string> {
    await world.refresh('missing')
    const found = world.plan().changes.find((item) => item.calls[0] === operation)
    return String(found?.after?.Name)
  }

  /** What an intent that is no more had made under other names. */
  async function makeLeftovers(): Promise<void> {
    const elbv2 = world.aws.elbv2(world.where)
    const Tags = Object.entries(world.observed().loadBalancers[0]!.Tags).map(([Key, Value]) => ({ Key, Value }))
    const Subnets = world.seeded.subnets.public.map((subnet) => subnet.id)
    await elbv2.createLoadBalancer({ Name: 'fl-left-over', Subnets, Tags }, options)
    await elbv2.createTargetGroup({ Name: 'fl-left-over', Protocol: 'HTTP', Port: 9, VpcId: world.seeded.vpcId, Tags }, options)
  }

  async function expectNothingLeft(): Promise<void> {
    expect(await stateOf(standIn)).toMatchObject({ loadBalancers: [], targetGroups: [] })
    const Filters = [{ Name: 'tag:fairlead.dev/cluster', Values: [clusterId] }]
    expect((await world.aws.ec2(world.where).describeSecurityGroups({ Filters }, options)).SecurityGroups).toEqual([])
  }
})

/** What does not depend on when it was read; health and the addresses left in subnets are among what does. */
function normal({ network: _, targetGroups, ...lists }: ReturnType<World['observed']>) {
  const groups = targetGroups.map((group) => ({ ...group, Targets: group.Targets.map(({ Id, Port }) => [Id, Port]) }))
  const text = (item: object) => canonicalJson({ ...item, seenAt: 0, activeSeenAt: 0 })
  return [groups, ...Object.values(lists)].map((list) => list.map(text).sort())
}
