import { describe, expect, it } from 'vitest'
import { callOf } from '../../../controllers/loadbalancers/changes.ts'
import { loadBalancersEvents } from '../../../controllers/loadbalancers/events.ts'
import { intend } from '../../../controllers/loadbalancers/intent.ts'
import { nothingObserved } from '../../../controllers/loadbalancers/observed.ts'
import { loadBalancersPermissions } from '../../../controllers/loadbalancers/permissions.ts'
import { build } from '../../../controllers/loadbalancers/plan.ts'
import { ALB, FAIRLEAD } from '../../../controllers/shared/annotations.ts'
import { unknown, WORLD } from '../../../controllers/shared/known.ts'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import {
  arnOf,
  certificate,
  certificates,
  context,
  EMPTY,
  ingress,
  SETTINGS,
  START,
  view,
} from '../../support/loadbalancers-world.ts'

const root = { 'a.example.com': [{ path: '/' }] }
const one = ingress('a', root)

describe('plans without a world (no clock)', () => {
  it('say what only AWS could tell is unknown, and need nobody to look', () => {
    const offline = context(view([one]), START, { ...SETTINGS, vpcId: null })
    const { changes, facts } = build(offline, intend(offline).intent, nothingObserved, {
      certificates: certificates(['a.example.com']),
    })
    const creates = changes.filter((item) => item.action === 'create')
    expect(creates.find((item) => item.calls[0] === 'CreateLoadBalancer')?.after?.Subnets).toEqual(unknown(WORLD, 'SubnetIds'))
    expect(creates.find((item) => item.calls[0] === 'CreateTargetGroup')?.after?.VpcId).toEqual(unknown(WORLD, 'VpcId'))
    expect(creates.find((item) => item.calls[0] === 'CreateRule')?.needs).toHaveLength(3)
    expect(facts.serving[0]?.publishable.waits.map((wait) => wait.kind)).toEqual(['load-balancer-active', 'targets-healthy'])
    expect(facts.serving[0]?.publishable.needs).toEqual(
      expect.arrayContaining(creates.filter((item) => item.calls[0] === 'CreateRule').map((item) => item.id)),
    )
  })

  it('hang a certificate that is still to come on the change that brings it', () => {
    const coming = { ...certificate('a.example.com'), arn: unknown('certificates:create:x', 'CertificateArn') }
    const around = context(view([one]))
    const { changes } = build(around, intend(around).intent, EMPTY, { certificates: { current: [coming], retiring: [] } })
    expect(changes.find((item) => item.after?.Protocol === 'HTTPS' && item.after?.Port === 443)?.needs).toContain(
      'certificates:create:x',
    )
  })

  it('make nothing without subnets, and say so', () => {
    const around = context(view([one]))
    const empty = { ...EMPTY, network: { VpcId: 'vpc-1', Subnets: [] } }
    const { changes, findings, facts } = build(around, intend(around).intent, empty, {
      certificates: certificates(['a.example.com']),
    })
    expect([changes, facts.serving]).toEqual([[], []])
    expect(findings.map((item) => `${item.code} ${item.severity}`)).toEqual(['NoSubnets blocking'])
  })

  it('make nothing for a host without a certificate', () => {
    const around = context(view([one]))
    const { changes, findings } = build(around, intend(around).intent, EMPTY, { certificates: certificates([]) })
    expect(changes).toEqual([])
    expect(findings.map((item) => item.code)).toEqual(['NoCertificateForHost'])
  })
})

describe('quotas (no clock)', () => {
  const members = Array.from({ length: 4 }, (_, i) =>
    ingress(`i${i}`, { [`h${i}.example.com`]: [{ path: '/', service: `s${i}` }] }, { age: i }),
  )
  const hosts = members.map((_, i) => `h${i}.example.com`)
  it.each<[string, Partial<typeof SETTINGS.quotas>, string]>([
    ['rules', { rulesPerLoadBalancer: 2 }, 'TooManyRules'],
    ['target groups', { targetGroupsPerLoadBalancer: 2 }, 'TooManyTargetGroups'],
    ['certificates', { certificatesPerLoadBalancer: 1 }, 'TooManyCertificates'],
  ])('of %s are kept by serving the oldest', (_name, quotas, code) => {
    const settings = { ...SETTINGS, quotas: { ...SETTINGS.quotas, ...quotas } }
    const around = context(view(members), START, settings)
    const { changes, findings } = build(around, intend(around).intent, EMPTY, { certificates: certificates(hosts) })
    expect(changes.filter((item) => item.calls[0] === 'CreateRule').map((item) => item.object.name)).toEqual(['i0', 'i1'])
    expect(findings.map((item) => `${item.code} ${item.severity} ${item.object.name}`)).toEqual([
      `${code} blocking i2`,
      `${code} blocking i3`,
    ])
  })

  it('count certificates over all ports of the load balancer, as AWS does, but no default one', () => {
    const ports = { [`${ALB}listen-ports`]: '[{"HTTPS":443},{"HTTPS":8443}]' }
    const three = Array.from({ length: 3 }, (_, i) =>
      ingress(`i${i}`, { [`h${i}.example.com`]: [{ path: '/' }] }, { age: i, annotations: ports }),
    )
    const settings = { ...SETTINGS, quotas: { ...SETTINGS.quotas, certificatesPerLoadBalancer: 3 } }
    const around = context(view(three), START, settings)
    const { changes, findings } = build(around, intend(around).intent, EMPTY, { certificates: certificates(hosts) })
    // Two default ones, and one more on each port; of the fourth, one port alone has room.
    expect(changes.filter((item) => item.calls[0] === 'AddListenerCertificates')).toHaveLength(3)
    expect(findings.map((item) => `${item.code} ${item.severity} ${item.object.name} ${item.read}`)).toEqual([
      'TooManyCertificates blocking i2 h2.example.com/',
    ])
  })

  it('never take away what is served for an older one', () => {
    const settings = { ...SETTINGS, quotas: { ...SETTINGS.quotas, rulesPerLoadBalancer: 2 } }
    const world = new Simulation(view(members.slice(2)), certificates(hosts), settings)
    world.settle()
    world.cluster = view(members)
    expect(world.plan().changes).toEqual([])
    expect(world.plan().findings.map((item) => item.object.name)).toEqual(['i0', 'i1'])
  })
})

describe('facts of load balancers (simulated clock)', () => {
  it('tell what serves a host, and which certificates stay', () => {
    const world = new Simulation(view([one]), certificates(['a.example.com', 'unused.example.com']))
    world.settle()
    const around = context(world.cluster, world.now)
    const up = { certificates: world.certificates }
    const { facts } = build(around, intend(around).intent, world.observed, up)
    expect(facts.serving).toMatchObject([
      {
        host: 'a.example.com',
        scheme: 'internet-facing',
        certificateArn: arnOf('a.example.com'),
        publishable: { needs: [], waits: [] },
      },
    ])
    expect(facts.uses).toEqual([{ arn: arnOf('a.example.com'), stays: true, until: { needs: [], waits: [] } }])
    const gone = context(view([]), world.now)
    const after = build(gone, intend(gone).intent, world.observed, up).facts
    expect(after.serving).toEqual([])
    expect(after.uses).toMatchObject([{ stays: false, until: { needs: [expect.stringContaining(':delete:')] } }])
  })

  it('keep a fixed name, and say that another scheme needs another', () => {
    const at = (scheme: string) =>
      ingress('a', root, { annotations: { [`${ALB}scheme`]: scheme, [`${ALB}load-balancer-name`]: 'mine' } })
    const world = new Simulation(view([at('internal')]), certificates(['a.example.com']))
    world.settle()
    expect(world.observed.loadBalancers[0]?.LoadBalancerName).toBe('mine')
    world.cluster = view([at('internet-facing')])
    expect(world.plan().changes).toEqual([])
    expect(world.plan().findings.map((item) => item.code)).toEqual(['ReplacementNeedsAnotherName'])
  })

  it('take a load balancer that is wanted again off the way out', () => {
    const world = new Simulation(view([one]), certificates(['a.example.com']))
    world.settle()
    world.cluster = view([])
    const planned = world.plan()
    world.apply(planned.changes.find((item) => item.id.endsWith(':retire'))!, planned)
    world.cluster = view([one])
    expect(world.settle().flatMap((item) => item.calls)).toEqual(['RemoveTags'])
  })

  it('mend what somebody changed behind our back', () => {
    const world = new Simulation(view([one]), certificates(['a.example.com']))
    world.settle()
    const { observed } = world
    world.observed = {
      ...observed,
      rules: observed.rules.map((rule) => ({ ...rule, Paths: ['/hacked'] })),
      securityGroups: observed.securityGroups.map((group) => ({
        ...group,
        Ingress: [...group.Ingress.slice(1), { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, Cidr: '0.0.0.0/0' }],
      })),
      listeners: observed.listeners.map((item) =>
        item.Protocol === 'HTTPS' ? { ...item, SslPolicy: 'ELBSecurityPolicy-2015-05' } : item,
      ),
    }
    expect(
      world
        .settle()
        .flatMap((item) => item.calls)
        .sort(),
    ).toEqual(['AuthorizeSecurityGroupIngress', 'ModifyListener', 'ModifyRule', 'RevokeSecurityGroupIngress'])
  })

  it('hold every change to one call that its permissions name', () => {
    const world = new Simulation(
      view([one, ingress('b', { 'b.example.com': [{ path: '/' }] }, { annotations: { [`${FAIRLEAD}certificate`]: 'vault' } })]),
      certificates(['a.example.com', 'b.example.com']),
    )
    world.settle()
    world.cluster = view([])
    world.settle()
    const allowed = loadBalancersPermissions.aws.flatMap((item) => item.actions.map((action) => action.split(':')[1]))
    for (const item of world.made) {
      expect(item.calls).toHaveLength(1)
      expect(allowed).toContain(callOf(item).operation)
      expect(Object.values(callOf(item).input)).not.toContain(undefined)
      expect(item.reason).not.toBe('')
    }
    expect(Object.keys(loadBalancersEvents)).toContain('NoSubnets')
  })
})

describe('who may connect (simulated clock)', () => {
  const open = (a: string, b: string) => {
    const members = [
      ingress('a', root, { annotations: { [`${ALB}inbound-cidrs`]: a } }),
      ingress('b', { 'b.example.com': [{ path: '/' }] }, { age: 1, annotations: { [`${ALB}inbound-cidrs`]: b } }),
    ]
    const world = new Simulation(view(members), certificates(['a.example.com', 'b.example.com']))
    world.settle()
    return world
  }

  it.each([
    ['10.0.0.0/8,10.1.2.3/8', '10.9.9.9/8', ['10.0.0.0/8']],
    ['2001:DB8:0::/48', '2001:db8::1/48', ['2001:db8::/48']],
    ['::0/0', '0.0.0.0/0', ['0.0.0.0/0', '::/0']],
  ])('%s and %s: each range once per port, and nothing more to do when EC2 shows it', (a, b, cidrs) => {
    const world = open(a, b)
    const ports = new Map<number, string[]>()
    for (const { FromPort, Cidr } of world.observed.securityGroups[0]!.Ingress)
      ports.set(FromPort, [...(ports.get(FromPort) ?? []), Cidr])
    expect([...ports.values()].map((list) => list.sort())).toEqual([cidrs, cidrs])
    expect(world.plan().changes).toEqual([])
  })

  it('takes no CIDR with a zone, or with a length that the address does not have', () => {
    for (const wrong of ['fe80::1%eth0/64', '10.0.0.0/33', '::/129', '10.0.0.0', '10.0.0.0/8/8']) {
      const { findings } = intend(context(view([ingress('a', root, { annotations: { [`${ALB}inbound-cidrs`]: wrong } })])))
      expect(findings.map((item) => `${item.code} ${item.read}`)).toEqual([`InvalidAnnotation ${wrong}`])
    }
  })
})
