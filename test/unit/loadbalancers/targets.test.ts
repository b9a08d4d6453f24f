import { describe, expect, it } from 'vitest'
import { chooseSubnets } from '../../../controllers/loadbalancers/subnets.ts'
import { instanceTargets, ipTargets } from '../../../controllers/loadbalancers/targets.ts'
import { NETWORK, node, service, slice } from '../../support/loadbalancers-world.ts'

describe('targets (no clock)', () => {
  const web = service('web')
  const port = web.spec.ports![0]!
  it('are the ready IPv4 endpoints of the port, each once', () => {
    const slices = [
      slice('web', ['10.0.0.2', '10.0.0.1']),
      slice('web', ['10.0.0.1']),
      slice('web', ['10.0.0.3'], { ready: false, serving: true, terminating: true }),
      slice('web', ['10.0.0.9'], {}, 'elsewhere'),
      slice('other', ['10.0.0.8']),
      { ...slice('web', ['fd00::1']), addressType: 'IPv6' as const },
      { ...slice('web', ['10.0.0.7']), ports: [{ name: 'admin', port: 9 }] },
    ]
    expect(ipTargets(web, port, slices)).toEqual([
      { Id: '10.0.0.1', Port: 8080 },
      { Id: '10.0.0.2', Port: 8080 },
    ])
  })
  it('are ready nodes that load balancers may use', () => {
    const nodes = [
      node('b'),
      node('a'),
      node('c', { ready: false }),
      node('d', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }),
      node('e', { taint: 'ToBeDeletedByClusterAutoscaler' }),
      { ...node('f'), spec: { providerID: 'kind://f' } },
      { ...node('g'), spec: { ...node('g').spec, unschedulable: true } },
    ]
    expect(instanceTargets(30080, nodes).map((target) => target.Id)).toEqual(['i-a', 'i-b', 'i-g'])
  })
})

describe('subnets (no clock)', () => {
  it('are those tagged for the scheme, one per zone', () => {
    expect(chooseSubnets(NETWORK, 'internal', null)).toEqual({ ids: ['subnet-a-internal-elb', 'subnet-b-internal-elb'] })
    const doubled = { ...NETWORK, Subnets: [...NETWORK.Subnets, { ...NETWORK.Subnets[0]!, SubnetId: 'subnet-0' }] }
    expect(chooseSubnets(doubled, 'internet-facing', null)).toEqual({ ids: ['subnet-0', 'subnet-b-elb'] })
  })
  it('need eight free addresses and two zones', () => {
    const full = {
      ...NETWORK,
      Subnets: NETWORK.Subnets.map((item) =>
        item.AvailabilityZone.endsWith('a') ? { ...item, AvailableIpAddressCount: 7 } : item,
      ),
    }
    expect(chooseSubnets(full, 'internal', null)).toHaveProperty('wrong')
  })
  it('are told from their routes where none is tagged', () => {
    const bare = { ...NETWORK, Subnets: NETWORK.Subnets.map((item) => ({ ...item, Tags: {} })) }
    expect(chooseSubnets(bare, 'internet-facing', null)).toEqual({ ids: ['subnet-a-elb', 'subnet-b-elb'] })
  })
  it('are those that are named, by id or Name', () => {
    expect(chooseSubnets(NETWORK, 'internal', ['elb-a', 'subnet-b-elb'])).toEqual({ ids: ['subnet-a-elb', 'subnet-b-elb'] })
    expect(chooseSubnets(NETWORK, 'internal', ['elb-a', 'nowhere'])).toEqual({
      wrong: 'subnets of vpc-1, where there is no nowhere',
    })
    expect(chooseSubnets(NETWORK, 'internal', ['elb-a'])).toHaveProperty('wrong')
  })
})
