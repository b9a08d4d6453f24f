import { describe, expect, it } from 'vitest'
import { alias, BALANCER, contextOf, ingress, NOW, observedWith, plan, serving, settings, txt, upOf } from './fixtures.ts'

const HOST = 'www.example.com'
const both = (object?: string) => [alias(HOST, 'A'), txt(HOST, 'A', object === undefined ? {} : { object })]
const inPublic = (...records: Parameters<typeof observedWith>[0][string][number][]) =>
  observedWith({ ZPUBLIC: records, ZPRIVATE: [] })

describe('how long resolvers may know it (simulated clock)', () => {
  const pointingAfter = (seconds: number, changed: object = {}) => {
    const pending = {
      host: HOST,
      type: 'A',
      zoneId: 'ZPUBLIC',
      dnsName: BALANCER,
      changeId: 'C1',
      submittedAt: NOW,
      insyncAt: null,
      ...changed,
    }
    const context = contextOf([], { now: NOW + seconds * 1000 })
    return plan(context, { ...inPublic(), pending: [pending] }, upOf([])).pointing.flatMap((fact) =>
      fact.gone?.waits.map((wait) => `${wait.kind} ${wait.seconds}`),
    )
  }

  it('until INSYNC was seen, however long that takes', () =>
    expect(pointingAfter(600)).toEqual(['record-insync 60', 'ttl-passed 65']))

  it('then the TTL and a margin', () => {
    expect(pointingAfter(20, { insyncAt: NOW + 10_000 })).toEqual(['ttl-passed 55'])
    expect(pointingAfter(75, { insyncAt: NOW + 10_000 })).toEqual([])
  })

  it('the promised time where nobody can tell', () => {
    expect(pointingAfter(30, { changeId: null })).toEqual(['record-insync 60', 'ttl-passed 65'])
    expect(pointingAfter(70, { changeId: null })).toEqual(['ttl-passed 55'])
    expect(pointingAfter(125, { changeId: null })).toEqual([])
  })

  it('all of it again after a restart that lost what was recorded', () => {
    const leaving = ingress('web', [HOST], { leaving: true, status: BALANCER.toUpperCase() })
    const at = (seconds: number) =>
      plan(contextOf([leaving], { now: NOW + seconds * 1000 }), { ...inPublic(), since: NOW }, upOf([])).pointing
    expect(at(1)).toMatchObject([{ host: HOST, dnsName: BALANCER, gone: { needs: [] } }])
    expect(at(1)[0]?.gone?.waits.map((wait) => wait.kind)).toEqual(['record-insync', 'ttl-passed'])
    expect(at(settings.waits.propagationSeconds + 65)).toEqual([])
  })
})

describe('how long resolvers may know IPv6 addresses (simulated clock)', () => {
  const dual = [...both(), alias(HOST, 'AAAA'), txt(HOST, 'AAAA')]
  const web = ingress('web', [HOST])
  const at = (seconds: number, records: readonly ReturnType<typeof alias>[], more: object = {}) => {
    const up = upOf([serving(HOST)])
    const answering = [{ host: HOST, dnsName: BALANCER }]
    const context = contextOf([web], { now: NOW + seconds * 1000 })
    const observed = { ...inPublic(...records), since: NOW - 600_000, ...more }
    return plan(context, observed, { ...up, loadbalancers: { ...up.loadbalancers, answering } })
  }

  it('counts AAAA records alone, from the deletion of each', () => {
    const { changes, pointing, pointingIpv6 } = at(0, dual)
    expect(pointing).toEqual([{ host: HOST, dnsName: BALANCER, gone: null }])
    expect(pointingIpv6).toMatchObject([{ host: HOST, dnsName: BALANCER, gone: { needs: [changes[0]?.id] } }])
    const left = { host: HOST, type: 'AAAA', zoneId: 'ZPUBLIC', dnsName: BALANCER, changeId: 'C1', submittedAt: NOW }
    const waits = (seconds: number) =>
      at(seconds, both(), { pending: [{ ...left, insyncAt: NOW }] }).pointingIpv6?.flatMap((fact) => fact.gone?.waits)
    expect(waits(5)).toMatchObject([{ kind: 'ttl-passed', seconds: 60 }])
    expect(waits(66)).toEqual([])
    expect(at(5, both(), { pending: [{ ...left, type: 'A', insyncAt: NOW }] }).pointingIpv6).toEqual([])
  })

  it('waits in full after a restart, when nobody knows whether one has just gone', () => {
    const kinds = at(1, both(), { since: NOW }).pointingIpv6?.flatMap((fact) => fact.gone?.waits.map((wait) => wait.kind))
    expect(kinds).toEqual(['record-insync', 'ttl-passed'])
    expect(at(settings.waits.propagationSeconds + 66, both(), { since: NOW }).pointingIpv6).toEqual([])
  })
})

describe('a host that a load balancer still answers for (simulated clock)', () => {
  const wait = settings.waits.propagationSeconds + settings.waits.aliasTtlSeconds + settings.waits.ttlMarginSeconds
  const upWith = (answering: readonly { readonly host: string; readonly dnsName: string }[]) => {
    const up = upOf([])
    return { ...up, loadbalancers: { ...up.loadbalancers, answering } }
  }
  const rule = [{ host: HOST, dnsName: 'LB-1.eu-west-1.elb.amazonaws.com' }]
  const other = [alias(HOST, 'A', 'lb-2.elb.amazonaws.com'), txt(HOST, 'A', { object: 'ingress/games/other' })]
  const at = (seconds: number, observed: ReturnType<typeof inPublic>, answering = rule) => {
    const context = contextOf([ingress('web', ['new.example.com'])], { now: NOW + seconds * 1000 })
    return plan(context, { ...observed, since: NOW }, upWith(answering)).pointing.filter((fact) => fact.dnsName === BALANCER)
  }
  const full = [
    { host: HOST, dnsName: BALANCER, gone: { needs: [], waits: [{ kind: 'record-insync' }, { kind: 'ttl-passed' }] } },
  ]

  it.each([
    ['nowhere', inPublic()],
    ['elsewhere', inPublic(...other)],
  ])('and that points %s is waited for in full after a restart', (_where, observed) => {
    expect(at(1, observed)).toMatchObject(full)
    expect(at(wait - 1, observed)).toMatchObject([{ gone: { waits: [{ kind: 'ttl-passed', seconds: 1 }] } }])
    expect(at(wait + 1, observed)).toEqual([])
  })

  it('is not waited for where its record points there, or where it is known when that left', () => {
    expect(at(1, inPublic(...both('ingress/other/x')))).toEqual([{ host: HOST, dnsName: BALANCER, gone: null }])
    const pending = { host: HOST, type: 'A', zoneId: 'ZPUBLIC', dnsName: BALANCER, changeId: 'C1' }
    const over = { ...pending, submittedAt: NOW - 300_000, insyncAt: NOW - 290_000 }
    expect(at(1, { ...inPublic(), pending: [over] })).toEqual([])
  })
})
