import { describe, expect, it } from 'vitest'
import { ALB } from '../../controllers/shared/annotations.ts'
import { BACKEND_ORACLE } from '../support/annotation-oracle.ts'
import { Simulation } from '../support/loadbalancers-simulation.ts'
import { arnOf, certificate, ingress, SETTINGS, view } from '../support/loadbalancers-world.ts'
import { NEARLY } from '../support/random-annotations.ts'

/** What the older Ingress of a group asks for, other than what holds without it. */
const GOOD: Readonly<Record<string, string>> = {
  scheme: 'internal',
  'ip-address-type': 'dualstack',
  subnets: 'subnet-a-elb,subnet-b-elb',
  'security-groups': 'sg-0123456789abcdef0',
  'ssl-policy': 'ELBSecurityPolicy-TLS13-1-3-2021-06',
  'ssl-redirect': '8443',
  'load-balancer-name': 'the-games',
  'load-balancer-attributes': 'idle_timeout.timeout_seconds=30',
  'listen-ports': '[{"HTTP":80},{"HTTPS":8443}]',
  'inbound-cidrs': '10.0.0.0/8',
  tags: 'team=games',
  'target-type': 'instance',
  'backend-protocol': 'HTTPS',
  'backend-protocol-version': 'HTTP2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=30',
  'healthcheck-protocol': 'HTTPS',
  'healthcheck-port': '8081',
  'healthcheck-path': '/healthz',
  'healthcheck-interval-seconds': '20',
  'healthcheck-timeout-seconds': '6',
  'healthy-threshold-count': '3',
  'unhealthy-threshold-count': '3',
  'success-codes': '200-299',
}
const certificates = {
  current: ['a.example.com', 'b.example.com'].map((host) => certificate(host, arnOf(host, 1))),
  retiring: [],
}

function groupOf(annotations: Readonly<Record<string, string>>, neighbour: boolean) {
  const ports = { [`${ALB}listen-ports`]: '[{"HTTP":80},{"HTTPS":8443}]' }
  const older = ingress('older', { 'a.example.com': [{ path: '/' }] }, { annotations: { ...ports, ...annotations } })
  const younger = ingress('younger', { 'b.example.com': [{ path: '/' }] }, { annotations: ports, age: 1 })
  return view(neighbour ? [older, younger] : [older])
}

describe('a value that was right and becomes wrong (simulated clock)', () => {
  for (const neighbour of [false, true])
    it.each(Object.keys(GOOD))(`changes nothing of what was made with it: %s, ${neighbour ? 'in a group' : 'alone'}`, (name) => {
      const world = new Simulation(groupOf({ [ALB + name]: GOOD[name]! }, neighbour), certificates, SETTINGS)
      world.settle()
      for (const wrong of NEARLY[name]!) {
        world.cluster = groupOf({ [ALB + name]: wrong }, neighbour)
        const { changes, findings } = world.plan()
        expect(
          findings.filter((item) => item.severity === 'blocking').map((item) => item.field),
          wrong,
        ).toContain(`metadata.annotations[${ALB}${name}]`)
        expect(
          changes.map((item) => item.id),
          JSON.stringify(wrong),
        ).toEqual([])
      }
    })

  it('is tried for every annotation of the load balancer and of backends that has wrong values', () => {
    const without = ['group.name', 'group.order', 'certificate-arn', 'certificate', 'certificate-profile', 'zone']
    expect([...Object.keys(GOOD), ...without].sort()).toEqual(Object.keys(NEARLY).sort())
    expect(Object.keys(GOOD)).toEqual(expect.arrayContaining(Object.keys(BACKEND_ORACLE)))
  })
})
