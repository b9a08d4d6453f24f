import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../controllers/dns/observed.ts'
import { nothingObserved } from '../../../controllers/dns/observed.ts'
import { dnsPlanner } from '../../../controllers/dns/planner.ts'
import { unknown, unknownsIn } from '../../../controllers/shared/known.ts'
import { alias, BALANCER, contextOf, ingress, NOW, observedWith, plan, record, serving, txt, upOf } from './fixtures.ts'

const HOST = 'www.example.com'
const OBJECT = { kind: 'Ingress', namespace: 'games', name: 'web' }
const web = ingress('web', [HOST])
const both = (object?: string) => [alias(HOST, 'A'), txt(HOST, 'A', object === undefined ? {} : { object })]
const inPublic = (...records: Parameters<typeof observedWith>[0][string][number][]) =>
  observedWith({ ZPUBLIC: records, ZPRIVATE: [] })
const summary = (changes: readonly { readonly action: string; readonly target: string }[]) =>
  changes.map((item) => `${item.action} ${item.target}`)

describe('records for what is served (no clock)', () => {
  it('are made with their ownership, in one batch of the zone', () => {
    const { changes } = plan(contextOf([web]), inPublic(), upOf([serving(HOST, { ipAddressType: 'dualstack' })]))
    expect(summary(changes)).toEqual([`create ${HOST} A`, `create ${HOST} AAAA`])
    expect(changes.map((item) => item.batch)).toEqual(['ZPUBLIC', 'ZPUBLIC'])
    expect(changes[0]?.after).toEqual({
      HostedZoneId: 'ZPUBLIC',
      Name: HOST,
      Type: 'A',
      AliasTarget: { HostedZoneId: 'ZELB', DNSName: BALANCER, EvaluateTargetHealth: true },
      Registry: [{ Name: `a-${HOST}`, Type: 'TXT', TTL: 300, ResourceRecords: [{ Value: txt(HOST, 'A').values[0] }] }],
    })
  })

  it('are planned before the load balancer and the zones are known', () => {
    const dnsName = unknown('lb', 'DNSName')
    const publishable = { needs: ['listener'], waits: [{ kind: 'targets-healthy' as const, of: 'tg', seconds: 60 }] }
    const { changes } = plan(contextOf([web]), nothingObserved, upOf([serving(HOST, { dnsName, publishable })]))
    expect(changes[0]).toMatchObject({ needs: ['lb', 'listener'], waits: publishable.waits, batch: null })
    expect(unknownsIn(changes[0]?.after)).toEqual(['world', 'lb'])
  })

  it('wait for a certificate that is on the listener, but does not cover the host yet', () => {
    const until = { needs: ['import'], waits: [] }
    const certificate = {
      slot: 's',
      object: OBJECT,
      hosts: [HOST],
      arn: 'arn:c',
      serial: null,
      keyType: 'ec',
      trust: 'private' as const,
      ready: until,
    }
    const up = upOf([serving(HOST, { certificateArn: 'arn:c' }), serving('b.example.com', { certificateArn: 'arn:d' })])
    const { changes } = plan(contextOf([web]), inPublic(), { ...up, certificates: { current: [certificate], retiring: [] } })
    expect(changes.map((item) => item.needs)).toEqual([['import'], []])
  })

  it('are left alone when they are right', () =>
    expect(plan(contextOf([web]), inPublic(...both()), upOf([serving(HOST)])).changes).toEqual([]))

  it('move as an update that says what was there', () => {
    const { changes, pointing } = plan(
      contextOf([web]),
      inPublic(...both()),
      upOf([serving(HOST, { dnsName: 'lb-2.elb.amazonaws.com' })]),
    )
    expect(changes).toMatchObject([{ action: 'update', before: { AliasTarget: { DNSName: BALANCER } } }])
    expect(changes[0]?.reason).toMatch(/^TargetDiffers/)
    expect(pointing).toMatchObject([{ host: HOST, dnsName: BALANCER, gone: { needs: [changes[0]?.id] } }])
    expect(pointing[0]?.gone?.waits.map((wait) => wait.kind)).toEqual(['record-insync', 'ttl-passed'])
  })

  it('take over an older format of their own ownership', () => {
    const older = [alias(HOST, 'A'), txt(HOST, 'A', { name: `cname-${HOST}` }), txt(HOST, 'A', { name: HOST })]
    const { changes } = plan(contextOf([web]), inPublic(...older), upOf([serving(HOST)]))
    expect(changes).toMatchObject([{ action: 'update', reason: expect.stringMatching(/^RegistryOlder/) }])
    const after = dnsPlanner.advance(inPublic(...older), changes[0]!, {}, NOW)
    expect(after.records.ZPUBLIC).toEqual(both())
  })

  it('are healed when only their ownership is left', () => {
    const { changes } = plan(contextOf([web]), inPublic(txt(HOST, 'A')), upOf([serving(HOST)]))
    expect(changes).toMatchObject([{ action: 'create', reason: expect.stringMatching(/^RecordGone/) }])
    expect(dnsPlanner.advance(inPublic(txt(HOST, 'A')), changes[0]!, {}, NOW).records.ZPUBLIC).toEqual(both())
  })
})

describe('what is in the way (no clock)', () => {
  it.each([
    ['a record without ownership', [alias(HOST, 'A')], /no TXT record says whose/],
    ['a record of another owner', [alias(HOST, 'A'), txt(HOST, 'A', { owner: 'default' })], /belongs to "default"/],
    ['an AAAA of nobody', [alias(HOST, 'AAAA')], /type AAAA/],
    ['a CNAME', [record(HOST, 'CNAME', { values: ['x'] })], /type CNAME/],
    ['ownership of another without a record', [txt(HOST, 'A', { owner: 'default' })], /belongs to "default"/],
    ['a weighted record', [{ ...alias(HOST, 'A'), setIdentifier: 'one' }, txt(HOST, 'A')], /type A/],
  ])('%s is never touched', (_what, records, message) => {
    const { changes, findings } = plan(contextOf([web]), inPublic(...records), upOf([serving(HOST)]))
    expect(changes).toEqual([])
    expect(findings).toMatchObject([
      { code: 'RecordOwnedByOther', severity: 'blocking', message: expect.stringMatching(message) },
    ])
  })

  it('no zone: the finding says which there are', () => {
    const { changes, findings } = plan(contextOf([ingress('web', ['a.other.org'])]), inPublic(), upOf([serving('a.other.org')]))
    expect(changes).toEqual([])
    expect(findings).toMatchObject([
      { code: 'NoHostedZone', read: 'a.other.org', message: expect.stringContaining('example.com (public, ZPUBLIC)') },
    ])
  })

  it('a pin that is wrong blocks, but what is there stays', () => {
    const pinned = ingress('web', [HOST], { annotations: { 'fairlead.dev/zone': 'ZNOWHERE' } })
    const { changes, codes } = plan(contextOf([pinned]), inPublic(...both()), upOf([serving(HOST)]))
    expect([changes, codes]).toEqual([[], ['UnknownZone']])
  })

  const claim = (options: Partial<Claim>): Claim => ({
    object: { kind: 'Ingress', namespace: 'other', name: 'web' },
    unit: 'ingress/other/web',
    hosts: [HOST],
    age: '2025-01-01T00:00:00Z x',
    live: true,
    serves: true,
    ...options,
  })

  it.each([
    ['an older object elsewhere wants the host', claim({}), inPublic(), ['HostClaimed']],
    ['a younger one wants it', claim({ age: '2027-01-01T00:00:00Z x' }), inPublic(), []],
    ['an older one is leaving', claim({ live: false }), inPublic(), []],
    [
      'a younger one has the record',
      claim({ age: '2027-01-01T00:00:00Z x' }),
      inPublic(...both('ingress/other/web')),
      ['HostClaimed'],
    ],
    ['an older one wants it, but the record is ours', claim({}), inPublic(...both()), []],
  ])('%s', (_what, other, observed, codes) => {
    const result = plan(contextOf([web]), { ...observed, claims: [other] }, upOf([serving(HOST)]))
    expect(result.codes).toEqual(codes)
    expect(result.findings.every((finding) => !finding.message.includes('other'))).toBe(true)
  })

  it('takes over the record of an object that let go of the host', () => {
    const gone = claim({ hosts: [] })
    const { changes } = plan(
      contextOf([web]),
      { ...inPublic(...both('ingress/other/web')), claims: [gone] },
      upOf([serving(HOST)]),
    )
    expect(changes).toMatchObject([{ action: 'update', reason: expect.stringMatching(/^ObjectDiffers/) }])
    expect(changes[0]?.from).toEqual({ kind: 'Ingress', namespace: 'other', name: 'web' })
  })
})

describe('what goes (no clock)', () => {
  const deletes = [`delete ${HOST} A`]
  const leaving = ingress('web', [HOST], { leaving: true, status: BALANCER })

  it.each([
    ['its object is leaving', [leaving], deletes],
    ['its object dropped the host', [ingress('web', ['new.example.com'])], deletes],
    ['there is no such object any more', [], deletes],
    ['its object still wants it, though nothing serves it', [web], []],
  ])('a record of ours when %s', (_what, ingresses, expected) => {
    const { changes } = plan(contextOf(ingresses), inPublic(...both()), upOf([]))
    expect(summary(changes)).toEqual(expected)
  })

  it('not when its object may be in another unit', () => {
    const elsewhere: Claim = {
      object: { kind: 'Ingress', namespace: 'games', name: 'web' },
      unit: 'group/all',
      hosts: [],
      age: '',
      live: true,
      serves: true,
    }
    expect(plan(contextOf([]), { ...inPublic(...both()), claims: [elsewhere] }, upOf([])).changes).toEqual([])
    expect(plan(contextOf([]), { ...inPublic(...both()), complete: false }, upOf([])).changes).toEqual([])
  })

  it('not when an object of another unit is about to take it over', () => {
    const next: Claim = {
      object: { kind: 'Ingress', namespace: 'b', name: 'b' },
      unit: 'ingress/b/b',
      hosts: [HOST],
      age: '',
      live: true,
      serves: true,
    }
    const { changes, pointing } = plan(contextOf([leaving]), { ...inPublic(...both()), claims: [next] }, upOf([]))
    expect([changes, pointing]).toEqual([[], [{ host: HOST, dnsName: BALANCER, gone: null }]])
  })

  it('not what belongs to others', () => {
    const theirs = [
      alias(HOST, 'A'),
      txt(HOST, 'A', { owner: 'default' }),
      alias('b.example.com', 'A'),
      ...both('ingress/other/web').slice(1),
    ]
    expect(plan(contextOf([leaving]), inPublic(...theirs), upOf([])).changes).toEqual([])
  })

  it('the record in the wrong zone, after the one in the right zone is there', () => {
    const { changes } = plan(contextOf([web]), inPublic(...both()), upOf([serving(HOST, { scheme: 'internal' })]))
    expect(changes.map((item) => `${item.action} ${String((item.after ?? item.before)?.HostedZoneId)}`)).toEqual([
      'create ZPRIVATE',
      'delete ZPUBLIC',
    ])
    expect(changes[1]?.needs).toEqual([changes[0]?.id])
  })

  it('the AAAA of a load balancer that is not dual stack any more, while the A keeps pointing at it', () => {
    const dual = inPublic(...both(), alias(HOST, 'AAAA'), txt(HOST, 'AAAA'))
    const { changes, pointing } = plan(contextOf([web]), dual, upOf([serving(HOST)]))
    expect(summary(changes)).toEqual([`delete ${HOST} AAAA`])
    expect(pointing).toEqual([{ host: HOST, dnsName: BALANCER, gone: null }])
  })

  it('nothing of an object that is left to another controller', () => {
    const left = ingress('web', [HOST], { annotations: { 'external-dns.alpha.kubernetes.io/controller': 'other' } })
    const { changes, codes } = plan(contextOf([left]), inPublic(...both()), upOf([serving(HOST, { dnsName: 'elsewhere' })]))
    expect([changes, codes]).toEqual([[], ['RecordsLeftToOthers']])
  })
})

describe("external-dns's annotations (no clock)", () => {
  it.each([
    ['external-dns.alpha.kubernetes.io/hostname', 'AnnotationNotYetSupported'],
    ['external-dns.kubernetes.io/aws-weight', 'AnnotationNotYetSupported'],
    ['external-dns.kubernetes.io/hostnam', 'UnknownAnnotation'],
    ['fairlead.dev/zone', 'InvalidAnnotation'],
  ])('%s is told of as %s', (key, code) => {
    const { codes } = plan(contextOf([ingress('web', [HOST], { annotations: { [key]: 'x' } })]), inPublic(), upOf([]))
    expect(codes).toEqual([code])
  })
})
