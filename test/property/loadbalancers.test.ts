import fc from 'fast-check'
import { describe, it } from 'vitest'
import { intend } from '../../controllers/loadbalancers/intent.ts'
import { wantedOf } from '../../controllers/loadbalancers/wanted.ts'
import { ALB, FAIRLEAD } from '../../controllers/shared/annotations.ts'
import type { CertificateFacts } from '../../controllers/shared/facts.ts'
import type { Ingress } from '../../controllers/shared/objects.ts'
import { Simulation } from '../support/loadbalancers-simulation.ts'
import { arnOf, certificate, context, EMPTY, ingress, slice, view } from '../support/loadbalancers-world.ts'
import { sizeOf } from '../support/sizes.ts'

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com', 'c.example.org', ''] as const
const runs = sizeOf({ quick: 25, bounded: 100, long: 3000 })

const path = fc.record({
  path: fc.constantFrom('/', '/api', '/api/v2', '/static', '/x', '/y', '/z/1', '/a*b'),
  type: fc.constantFrom('Exact' as const, 'Prefix' as const, 'Prefix' as const, 'ImplementationSpecific' as const),
  service: fc.constantFrom('web', 'api', 'static'),
})
/** What members say of the load balancer that they share, with a value that nobody can read; mostly nothing. */
const SHARED: Readonly<Record<string, { readonly right: readonly string[]; readonly wrong: string }>> = {
  scheme: { right: ['internal', 'internet-facing'], wrong: 'intrnal' },
  'ip-address-type': { right: ['ipv4', 'dualstack'], wrong: 'dualstak' },
  'security-groups': { right: ['sg-0abc', 'sg-0abc,sg-0def'], wrong: 'sg_0abc' },
  'load-balancer-name': { right: ['my-alb'], wrong: 'my_alb' },
  'load-balancer-attributes': { right: ['idle_timeout.timeout_seconds=30'], wrong: 'idle' },
  subnets: { right: ['subnet-a-elb,subnet-b-elb'], wrong: ',' },
  'ssl-policy': { right: ['ELBSecurityPolicy-2016-08'], wrong: '' },
  'ssl-redirect': { right: ['443'], wrong: '44e' },
  'listen-ports': { right: ['[{"HTTP":80},{"HTTPS":443}]', '[{"HTTPS":443},{"HTTPS":8443}]'], wrong: '443' },
  'inbound-cidrs': { right: ['10.0.0.0/8', '2001:DB8::/48'], wrong: '10.0.0.0' },
  tags: { right: ['team=games', 'team=shop,env=test'], wrong: 'aws:x=1' },
}
const seldom = (name: string) => fc.constantFrom(...Array(9).fill(undefined), ...SHARED[name]!.right, SHARED[name]!.wrong)
const annotations = fc
  .record(
    {
      [`${FAIRLEAD}certificate`]: fc.constantFrom('vault', 'vault', 'none'),
      [`${ALB}target-type`]: fc.constantFrom('ip', 'instance'),
      [`${ALB}healthcheck-path`]: fc.constantFrom('/', '/healthz'),
      [`${ALB}listen-ports`]: fc.constantFrom('[{"HTTPS":443}]', '[{"HTTP":80},{"HTTPS":443}]', '[{"HTTPS":8443}]', 'nonsense'),
      [`${ALB}group.order`]: fc.constantFrom('-1', '0', '5'),
      [`${ALB}inbound-cidrs`]: fc.constantFrom(
        '10.0.0.0/8',
        '10.0.0.0/8,10.1.2.3/8',
        '10.1.2.3/16,192.168.0.0/16',
        '2001:DB8:0::/48,2001:db8::1/48',
        '::0/0',
      ),
      ...Object.fromEntries(
        ['ip-address-type', 'security-groups', 'load-balancer-name', 'ssl-policy', 'ssl-redirect'].map((name) => [
          ALB + name,
          seldom(name),
        ]),
      ),
      [`${ALB}scheme`]: fc.constantFrom(undefined, undefined, undefined, 'intrnal'),
      [`${ALB}tags`]: fc.constantFrom('team=games', 'team=shop,env=test', 'fairlead.dev/cluster=other', 'aws:x=1', 'team=a&b'),
    },
    { requiredKeys: [] },
  )
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<string, string>)
const member = fc.record({
  hosts: fc.dictionary(fc.constantFrom(...HOSTS), fc.array(path, { minLength: 1, maxLength: 7 }), { minKeys: 1, maxKeys: 3 }),
  annotations,
})
/** One state of the world: Ingresses by name, the scheme of their group, which certificates there are, which Services. */
const state = fc.record({
  members: fc.dictionary(fc.constantFrom('i1', 'i2', 'i3'), member, { maxKeys: 3 }),
  scheme: fc.constantFrom('internal', 'internet-facing', undefined),
  generation: fc.constantFrom(1, 1, 2),
  wildcard: fc.boolean(),
  missing: fc.constantFrom(undefined, undefined, 'api'),
  endpoints: fc.constantFrom(1, 2, 3),
})
type State = typeof state extends fc.Arbitrary<infer T> ? T : never

function clusterOf({ members, scheme, missing, endpoints }: State) {
  const ingresses = Object.entries(members).map(([name, { hosts, annotations: own }]): Ingress => {
    const shared: Record<string, string> = scheme === undefined ? {} : { [`${ALB}scheme`]: scheme }
    return ingress(name, hosts, { annotations: { ...shared, ...own }, age: Number(name.slice(1)) })
  })
  const whole = view(ingresses)
  const services = whole.services.filter((item) => item.metadata.name !== missing)
  const addresses = (name: string) => Array.from({ length: endpoints }, (_, i) => `10.1.${name.length}.${i + 1}`)
  return { ...whole, services, endpointSlices: services.map((item) => slice(item.metadata.name, addresses(item.metadata.name))) }
}

/** Certificates for every host by its own name, or one wildcard for those it covers; those of before are retiring. */
function certificatesOf({ generation, wildcard }: State, before: CertificateFacts | null): CertificateFacts {
  const own = HOSTS.filter((host) => host !== '' && (!wildcard || host === '*.example.com' || host === 'c.example.org'))
  const current = own.map((host) => certificate(host, arnOf(host, generation)))
  const old = [...(before?.current ?? []), ...(before?.retiring ?? [])]
  return { current, retiring: old.filter((fact) => !current.some((item) => item.arn === fact.arn)) }
}

/** The simulation itself fails on a broken invariant, a plan that is not the remainder of the one before, or one that does not end. */
describe('plans for load balancers (simulated clock)', () => {
  it('converge from any state to any other, and to nothing, without breaking an invariant on the way', {
    timeout: 3_600_000,
  }, () => {
    fc.assert(
      fc.property(state, state, fc.boolean(), fc.nat(1000), (first, other, alike, seed) => {
        // Half of the time only some Ingresses change.
        const second = alike ? { ...other, scheme: first.scheme, members: { ...first.members, ...other.members } } : other
        const world = new Simulation(clusterOf(first), certificatesOf(first, null))
        // What is ready is made in any order.
        let turn = seed
        world.pick = (count) => (turn++ * 7919) % count
        world.settle()
        world.cluster = clusterOf(second)
        world.certificates = certificatesOf(second, world.certificates)
        world.settle()
        world.cluster = view([])
        world.settle()
        const { loadBalancers, listeners, rules, targetGroups, securityGroups } = world.observed
        const left = [loadBalancers, listeners, rules, targetGroups, securityGroups].flat()
        if (left.length > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
      }),
      { numRuns: runs },
    )
  })

  it('leave what is shared as it is when a value that somebody stated cannot be read any more, also after a restart', {
    timeout: 3_600_000,
  }, () => {
    const says = fc.record(
      Object.fromEntries(Object.entries(SHARED).map(([name, { right }]) => [ALB + name, fc.constantFrom(...right)])),
      { requiredKeys: [] },
    )
    const members = fc.array(fc.record({ says, certificate: fc.constantFrom('vault', 'vault', 'none') }), {
      minLength: 2,
      maxLength: 3,
    })
    fc.assert(
      fc.property(members, fc.nat(), fc.constantFrom(...Object.keys(SHARED)), (given, pick, name) => {
        const broken = pick % given.length
        const at = (breaks: boolean) =>
          view(
            given.map((one, index) => {
              const own = { ...one.says, [`${FAIRLEAD}certificate`]: one.certificate }
              const wrong = breaks && index === broken ? { [ALB + name]: SHARED[name]!.wrong } : {}
              const hosts = { [`h${index}.example.com`]: [{ path: '/' }] }
              return ingress(`i${index}`, hosts, { annotations: { ...own, ...wrong } as Record<string, string>, age: index })
            }),
          )
        const world = new Simulation(at(false), {
          current: given.map((_, index) => certificate(`h${index}.example.com`)),
          retiring: [],
        })
        world.settle()
        // Where nobody was served, somebody may be now.
        if (world.observed.loadBalancers.length === 0) return
        const { serving } = world.plan()
        const standing = world.observed.loadBalancers
        world.cluster = at(true)
        const plan = world.plan()
        if (plan.changes.length > 0) throw new Error(`${name}: ${plan.changes.map((item) => item.id).join(', ')}`)
        const moved = plan.serving.filter((fact) =>
          serving.some(
            (was) => was.host === fact.host && (was.dnsName !== fact.dnsName || was.ipAddressType !== fact.ipAddressType),
          ),
        )
        if (moved.length > 0) throw new Error(`${name}: ${moved.map((fact) => fact.host).join(', ')} moved`)
        // After a restart: what was there is found by a name, or none is made.
        const around = context(world.cluster, world.now)
        const { intent } = intend(around)
        const names = wantedOf(around, intent, EMPTY).loadBalancerNames
        const isFound = standing.some((item) => names.includes(item.LoadBalancerName))
        world.observed = { ...EMPTY, securityGroups: world.observed.securityGroups }
        const after = world.plan().changes
        if (!isFound && after.length > 0)
          throw new Error(`${name}: ${names.join(', ')} are not ${standing[0]?.LoadBalancerName}, and yet ${after[0]?.id}`)
      }),
      { numRuns: runs * 8 },
    )
  })
})
