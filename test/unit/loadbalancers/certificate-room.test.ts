import { describe, expect, it } from 'vitest'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { arnOf, certificate, certificates, ingress, SETTINGS, view } from '../../support/loadbalancers-world.ts'

const [A, B, C] = ['a.example.com', 'b.example.com', 'c.example.com'] as const
const full = { ...SETTINGS, quotas: { ...SETTINGS.quotas, certificatesPerLoadBalancer: 1 } }
const at = (...hosts: readonly string[]) => view([ingress('i', Object.fromEntries(hosts.map((host) => [host, [{ path: '/' }]])))])
const served = (settings = full) => {
  const world = new Simulation(at(A, B), certificates([A, B]), settings)
  world.settle()
  return world
}
const removal = (world: Simulation) => world.plan().changes.find((item) => item.calls[0] === 'RemoveListenerCertificates')

describe('certificates that leave a load balancer (simulated clock)', () => {
  // A neighbour's certificate may be one that Vault refuses: it never comes.
  it.each([
    ['full', full],
    ['not full', SETTINGS],
  ])(
    'the one of a host that leaves does not wait for one that takes nothing over from it, on one that is %s',
    (_what, settings) => {
      const world = served(settings)
      world.cluster = at(A, C)
      world.certificates = { current: [certificate(A), certificate(C)], retiring: [certificate(B)] }
      expect(removal(world)?.needs.filter((need) => need.includes(':create:'))).toEqual([])
    },
  )

  it('the one of a host that stays waits for its successor', () => {
    const world = served()
    world.certificates = { current: [certificate(A), certificate(B, arnOf(B, 2))], retiring: [certificate(B)] }
    expect(removal(world)?.needs.filter((need) => need.includes(':create:'))).toHaveLength(1)
  })
})
