import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../controllers/config/config-error.ts'
import { parseConfig } from '../../../controllers/config.ts'
import { intend } from '../../../controllers/loadbalancers/intent.ts'
import { ALB } from '../../../controllers/shared/annotations.ts'
import { Simulation } from '../../support/loadbalancers-simulation.ts'
import { certificates, context, ingress, SETTINGS, view } from '../../support/loadbalancers-world.ts'

const HOSTS = ['a.example.com', 'b.example.com']
const at = (name: 'a' | 'b', tags: string | null, more: Record<string, string> = {}) =>
  ingress(
    name,
    { [`${name}.example.com`]: [{ path: '/' }] },
    { age: name === 'a' ? 0 : 1, annotations: { ...(tags === null ? {} : { [`${ALB}tags`]: tags }), ...more } },
  )
const many = (count: number, prefix = 'k') => Array.from({ length: count }, (_, i) => `${prefix}${i}=v`).join(',')
const findingsOf = (...members: readonly ReturnType<typeof at>[]) => intend(context(view(members))).findings
const tagsOf = (world: Simulation) => {
  const { loadBalancers, listeners, rules, targetGroups, securityGroups } = world.observed
  return [loadBalancers, listeners, rules, targetGroups, securityGroups].flat().map((item) => item.Tags)
}
const BROKEN = { [`${ALB}healthcheck-path`]: 'x', [`${ALB}listen-ports`]: 'nonsense' }

describe('tags that cannot be asked for (simulated clock)', () => {
  it.each([
    ['fairlead.dev/cluster=other', 'fairlead.dev/cluster'],
    ['fairlead.dev/retire-after=2020-01-01T00:00:00Z', 'fairlead.dev/retire-after'],
    ['team=games,Fairlead.dev/x=1', 'Fairlead.dev/x'],
    ['aws:team=x', 'aws:team'],
    ['AWS:team=x', 'AWS:team'],
    ['team=a&b', 'team'],
    ['te{am=a', 'te{am'],
    [`${'k'.repeat(128)}=v`, 'k'.repeat(128)],
    [`team=${'v'.repeat(257)}`, 'team'],
    [many(47), '47'],
    ['team=a,team=b', 'team'],
  ])('%s: its Ingress is refused, and the group neither changes nor stops', (tags, named) => {
    const world = new Simulation(view([at('a', 'team=shop'), at('b', null)]), certificates(HOSTS))
    world.settle()
    world.cluster = view([at('a', 'team=shop'), at('b', tags)])
    const findings = findingsOf(...(world.cluster.ingresses as never[]))
    expect(findings.map((item) => `${item.code} ${item.severity} ${item.object.name} ${item.read}`)).toEqual([
      `InvalidAnnotation blocking b ${tags}`,
    ])
    expect(findings[0]?.field).toBe(`metadata.annotations[${ALB}tags]`)
    expect(findings[0]?.message).toContain(named)
    expect(world.plan().changes).toEqual([])
    const fresh = new Simulation(world.cluster, certificates(HOSTS))
    fresh.settle()
    expect([...fresh.records.keys()]).toEqual(['a.example.com'])
    for (const one of tagsOf(fresh)) expect(Object.keys(one).filter((key) => !key.startsWith('fairlead.dev/'))).toEqual(['team'])
  })

  it('are not taken from one that is refused for another reason, whose own values stay', () => {
    const world = new Simulation(view([at('a', 'team=shop,only=a'), at('b', 'team=games')]), certificates(HOSTS))
    world.settle()
    // Refused, it neither adds what it says now, nor loses what it said.
    for (const tags of ['team=other,new=a', 'aws:team=x']) {
      world.cluster = view([at('a', tags, BROKEN), at('b', 'team=games')])
      expect(world.plan().changes).toEqual([])
    }
    world.cluster = view([at('a', null, BROKEN), at('b', 'team=games')])
    expect(world.settle().flatMap((item) => item.calls)).toEqual(['AddTags'])
    expect(world.observed.loadBalancers[0]?.Tags).toMatchObject({ team: 'games', only: 'a' })
  })

  it('of a group are as many as AWS takes: the tags of the younger do not fit, and it is told; it is served all the same', () => {
    const members = [at('a', many(30, 'a')), at('b', many(17, 'b'))]
    const world = new Simulation(view(members), certificates(HOSTS))
    world.settle()
    expect([...world.records.keys()].sort()).toEqual(HOSTS)
    expect(world.plan().findings.map((item) => `${item.code} ${item.severity} ${item.object.name} ${item.field}`)).toEqual([
      `TooManyTags warning b metadata.annotations[${ALB}tags]`,
    ])
    for (const one of tagsOf(world)) expect(Object.keys(one).filter((key) => key.startsWith('b'))).toEqual([])
    // Those of the configuration were there first.
    const settings = { ...SETTINGS, defaults: { ...SETTINGS.defaults, tags: { ours: '1' } } }
    const one = intend(context(view([at('a', many(46))]), 0, settings))
    expect(one.findings.map((item) => item.code)).toEqual(['TooManyTags'])
    expect(one.intent.loadBalancer.tags).toEqual({ ours: '1' })
  })

  it('are not in the configuration either', () => {
    for (const tags of ['{fairlead.dev/cluster: other}', '{aws:x: y}', '{"a{": b}', `{${many(47).replaceAll('=', ': ')}}`])
      expect(() => parseConfig(`defaults:\n  tags: ${tags}\n`, 'defaults'), tags).toThrow(ConfigError)
    expect(parseConfig('defaults:\n  tags: {team: "a b", x: ""}\n', 'defaults').defaults.tags).toEqual({ team: 'a b', x: '' })
  })

  it('are never written over those that prove a resource ours, whoever let them through', () => {
    const tags = { 'fairlead.dev/cluster': 'other', 'fairlead.dev/retire-after': '2020-01-01T00:00:00Z', team: 'shop' }
    const world = new Simulation(view([at('a', null)]), certificates(HOSTS), {
      ...SETTINGS,
      defaults: { ...SETTINGS.defaults, tags },
    })
    world.settle()
    for (const one of tagsOf(world)) expect(one).toMatchObject({ 'fairlead.dev/cluster': SETTINGS.clusterId, team: 'shop' })
    for (const one of tagsOf(world)) expect(one).not.toHaveProperty('fairlead.dev/retire-after')
  })
})
