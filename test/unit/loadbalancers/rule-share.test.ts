import { describe, expect, it } from 'vitest'
import { ALB } from '../../../controllers/shared/annotations.ts'
import type { Change } from '../../../controllers/shared/change.ts'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { certificates, ingress, service, view } from '../../support/loadbalancers-world.ts'

const HOST = 'a.example.com'
type Path = { readonly path: string; readonly type?: 'Exact' | 'Prefix' | 'ImplementationSpecific'; readonly service?: string }

/** Lines such as `/api api` (a prefix) or `=/healthz api` (exact). */
const of = (...lines: readonly string[]): readonly Path[] =>
  lines.map((line) => {
    const [path = '', service = ''] = line.split(' ')
    return path.startsWith('=') ? { path: path.slice(1), type: 'Exact', service } : { path, service }
  })
const world = (...lines: readonly string[]) =>
  new Simulation(view([ingress('a', { [HOST]: of(...lines) })]), certificates([HOST]))
const change = (simulation: Simulation, ...lines: readonly string[]) => {
  simulation.cluster = view([ingress('a', { [HOST]: of(...lines) })])
  return simulation.settle().map((item) => item.calls[0]!)
}
/** The rules in the order in which they are tried: their paths, and the start of their group's name. */
const rules = ({ observed }: Simulation) =>
  observed.rules
    .toSorted((a, b) => a.Priority - b.Priority)
    .map((rule) => {
      const [action] = rule.Actions
      const arn = action?.Type === 'forward' ? action.TargetGroups[0]?.TargetGroupArn : undefined
      const name = observed.targetGroups.find((item) => item.TargetGroupArn === arn)?.TargetGroupName ?? ''
      return `${rule.Paths.join(' ')} → ${name.split('-')[2]}`
    })
const ruleWrites = (calls: readonly string[]) => calls.filter((call) => /Rule/.test(call)).sort()

/** Every step is held against the invariants, and the routing at rest against a rule for each path: see the simulation. */
describe('rules that paths share (simulated clock)', () => {
  it('hold the paths of one host and Service: 2N+3 writes for N Services, however many paths these have', () => {
    const sample = world('/ game', '/api api', '=/healthz api')
    const made = sample.settle().map((item: Change) => item.calls[0]!)
    const counted = made.filter(
      (call) => !['RegisterTargets', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress'].includes(call),
    )
    expect(counted).toHaveLength(2 * 2 + 3)
    expect(rules(sample)).toEqual(['/api /api/* /healthz → api', '/* → game'])
  })

  it('are no more than their condition values reach: four paths beside a host', () => {
    const many = world('=/1 api', '=/2 api', '=/3 api', '=/4 api', '=/5 api')
    many.settle()
    expect(rules(many)).toEqual(['/1 /2 /3 /4 → api', '/5 → api'])
  })

  it('are no more than their wildcards reach, of the host, too', () => {
    const deep = (...services: readonly string[]) =>
      services.map((service, index) => ({ path: `/*/*/*/${index}`, type: 'ImplementationSpecific' as const, service }))
    const wild = new Simulation(view([ingress('a', { [HOST]: deep('api', 'api') })]), certificates([HOST]))
    wild.settle()
    expect(rules(wild)).toEqual(['/*/*/*/0 → api', '/*/*/*/1 → api'])
    const any = '*.example.com'
    const both = [{ path: '/*/*/a', type: 'ImplementationSpecific' as const, service: 'api' }, ...of('/b api', '/c api')]
    const host = new Simulation(view([ingress('a', { [any]: both })]), certificates([any]))
    host.settle()
    for (const rule of host.observed.rules) expect([...rule.Hosts, ...rule.Paths].join('').match(/[*?]/g)?.length).toBeLessThan(6)
  })

  it('one path with more wildcards than a rule may have is refused before any call', () => {
    const path = { path: '/*/*/*/*/*/?', type: 'ImplementationSpecific' as const, service: 'api' }
    const sample = new Simulation(view([ingress('a', { [HOST]: [path] })]), certificates([HOST]))
    expect(sample.plan().changes).toEqual([])
    expect(sample.plan().findings.map((item) => `${item.code} ${item.severity}`)).toEqual(['TooManyConditionWildcards blocking'])
  })

  it('never take a request from a path between that goes elsewhere', () => {
    const between = world('=/healthz api', '/api/admin game', '/api api')
    between.settle()
    expect(rules(between)).toEqual(['/healthz → api', '/api/admin /api/admin/* → game', '/api /api/* → api'])
    const aside = world('=/healthz api', '/play/now game', '/api api')
    aside.settle()
    expect(rules(aside)).toEqual(['/api /api/* /healthz → api', '/play/now /play/now/* → game'])
  })

  it('get one more path in one write, and lose one in one', () => {
    const growing = world('=/longest api', '/ game')
    growing.settle()
    expect(ruleWrites(change(growing, '=/longest api', '=/new api', '/ game'))).toEqual(['ModifyRule'])
    expect(rules(growing)).toEqual(['/longest /new → api', '/* → game'])
    expect(ruleWrites(change(growing, '=/longest api', '/ game'))).toEqual(['ModifyRule'])
    expect(rules(growing)).toEqual(['/longest → api', '/* → game'])
  })

  it('leave the others alone when a path does not fit any more', () => {
    const full = world('=/11 api', '=/2 api', '=/3 api', '=/4 api', '=/5 api', '=/6 api')
    full.settle()
    expect(
      ruleWrites(change(full, '=/a-new-one-before-all api', '=/11 api', '=/2 api', '=/3 api', '=/4 api', '=/5 api', '=/6 api')),
    ).toEqual(['CreateRule'])
  })

  it('part when a path goes to another Service, which takes over only when it is healthy', () => {
    const parting = world('=/one api', '/two api', '/ game')
    parting.settle()
    const made = change(parting, '=/one api', '/two other', '/ game')
    expect(ruleWrites(made)).toEqual(['CreateRule', 'ModifyRule', 'ModifyRule'])
    const created = parting.made.find(
      (item) => item.calls[0] === 'CreateRule' && item.reason.includes('once its targets are healthy'),
    )
    expect(JSON.stringify(created?.after?.Actions)).toMatch(/"Weight":1.*"Weight":0/)
    expect(rules(parting)).toEqual(['/one → api', '/two /two/* → other', '/* → game'])
  })

  it('exchange paths without leaving one alone', () => {
    const swapping = world('=/a one', '=/b one', '=/c two', '=/d two')
    swapping.settle()
    change(swapping, '=/a one', '=/b two', '=/c two', '=/d one')
    expect(
      rules(swapping)
        .flatMap((rule) => rule.split(' → ')[0]!.split(' '))
        .sort(),
    ).toEqual(['/a', '/b', '/c', '/d'])
  })

  it('stay as they are when one of their paths is refused, and go with their object all the same', () => {
    const held = world('=/a api', '=/b api')
    held.settle()
    const cluster = held.cluster
    held.cluster = { ...cluster, services: [] }
    expect(held.settle()).toEqual([])
    held.cluster = view([ingress('a', { [HOST]: of('=/b api') })], { services: [] })
    expect(held.settle()).toEqual([])
    expect(rules(held)).toEqual(['/a /b → api'])
    held.cluster = view([])
    held.settle()
    expect(held.observed.rules).toEqual([])
  })

  it('wait for their host to move to another load balancer, although a broken Ingress holds this one for the host', () => {
    const path = (name: string): Path => ({ path: name, service: 'web', type: 'Exact' })
    const moving = (scheme: string, broken: Record<string, string>) =>
      view([
        ingress('i1', { [HOST]: [path('/')] }, { age: 1, annotations: { [`${ALB}scheme`]: scheme, ...broken } }),
        ingress('i2', { [HOST]: [path('/y')] }, { age: 2, annotations: { [`${ALB}scheme`]: scheme } }),
      ])
    const simulation = new Simulation(moving('internal', {}), certificates([HOST]))
    simulation.settle()
    simulation.cluster = moving('internet-facing', { [`${ALB}listen-ports`]: 'nonsense' })
    const deletion = simulation.plan().changes.find((item) => item.calls[0] === 'DeleteRule')
    expect(deletion?.waits.map((wait) => wait.kind)).toEqual(['record-insync'])
    simulation.settle()
  })

  it('put nothing new before a rule that is held', () => {
    const held = world('=/api/x web', '/api api')
    held.settle()
    const lines = of('=/api/x web', '/api api', '/ web')
    held.cluster = view([ingress('a', { [HOST]: lines })], { services: [service('web')] })
    held.settle()
    expect(rules(held)).toEqual(['/api/x → web', '/api /api/* → api', '/* → web'])
  })
})
