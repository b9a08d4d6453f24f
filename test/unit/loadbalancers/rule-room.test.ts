import { describe, expect, it } from 'vitest'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { certificates, ingress, SETTINGS, view } from '../../support/loadbalancers-world.ts'

type Hosts = Parameters<typeof ingress>[1]
const A = 'a.example.com'
const B = 'b.example.com'
const to = (...services: readonly string[]) => services.map((service) => ({ path: `/${service}`, service }))

/** What is done to the rules of an Ingress that becomes another, on a load balancer with room for so many. */
function written(rulesPerLoadBalancer: number, before: Hosts, after: Hosts, pick: (count: number) => number = () => 0) {
  const settings = { ...SETTINGS, quotas: { ...SETTINGS.quotas, rulesPerLoadBalancer } }
  const world = new Simulation(view([ingress('i', before)]), certificates([A, B]), settings)
  world.settle()
  world.cluster = view([ingress('i', after)])
  world.pick = pick
  const findings = world.plan().findings
  const calls = world.settle().flatMap((item) => item.calls.filter((call) => call.endsWith('Rule')))
  return { calls, findings, rules: world.observed.rules.map((rule) => `${rule.Hosts[0]}${rule.Paths[0]}`).sort() }
}

describe('a load balancer that is full of rules (simulated clock)', () => {
  it('loses a path that nobody wants before it gets another', () => {
    const { calls, findings, rules } = written(3, { [A]: to('s1', 's2', 's3') }, { [A]: to('s1', 's2', 's4') })
    expect([calls, findings]).toEqual([['DeleteRule', 'CreateRule'], []])
    expect(rules).toEqual([`${A}/s1`, `${A}/s2`, `${A}/s4`])
  })

  it.each([0, 1, 2])('loses as many as it has to get, in whatever order they go (%i)', (turn) => {
    const { calls } = written(4, { [A]: to('s1', 's2', 's3', 's4') }, { [A]: to('s1', 's5', 's6') }, (count) => turn % count)
    expect(calls.slice(0, 1)).toEqual(['DeleteRule'])
    expect(calls.filter((call) => call === 'CreateRule')).toHaveLength(2)
    for (const [index] of calls.entries()) {
      const made = calls.slice(0, index + 1).filter((call) => call === 'CreateRule').length
      expect(4 + made - (index + 1 - made)).toBeLessThanOrEqual(4)
    }
  })

  it('waits for the records of a host that leaves, where only its rules can go', () => {
    const { calls, rules } = written(2, { [A]: to('s1'), [B]: to('s1') }, { [A]: to('s1', 's2') })
    expect(calls).toEqual(['DeleteRule', 'CreateRule'])
    expect(rules).toEqual([`${A}/s1`, `${A}/s2`])
  })

  it('keeps the order that leaves no request unanswered while there is room', () => {
    expect(written(4, { [A]: to('s1', 's3') }, { [A]: to('s1', 's4') }).calls).toEqual(['CreateRule', 'DeleteRule'])
  })

  it('never loses the rule that answers for a path which is to get another', () => {
    const settings = { ...SETTINGS, quotas: { ...SETTINGS.quotas, rulesPerLoadBalancer: 2 } }
    const world = new Simulation(view([ingress('i', { [A]: to('', 's1') })]), certificates([A]), settings)
    world.settle()
    world.cluster = view([ingress('i', { [A]: to('s1', 's2') })])
    const removal = world.plan().changes.find((item) => item.calls[0] === 'DeleteRule')
    expect(removal?.needs.map((need) => need.split(':')[1])).toEqual(['create'])
  })
})
