import { describe, expect, it } from 'vitest'
import type { StoredCertificate } from '../../../controllers/certificates/observed.ts'
import type { Change } from '../../../controllers/shared/change.ts'
import { unknownsIn } from '../../../controllers/shared/known.ts'
import { ARN, contextOf, DAY, inAcm, ingress, material, NOW, nobody, plan, SLOT, settings, stored } from './fixtures.ts'

const HOST = 'www.example.com'
const web = ingress([HOST])
const brief = (changes: readonly Change[]) =>
  changes.map((item) => `${item.action} ${item.type.split('::').at(-1)}: ${item.calls.join(', ')}`)
const key = { keyType: 'ec-p256', hosts: [HOST], profile: 'default/pki_int/web', issued: null }
const issued = material([HOST], { serial: '0b:02', notAfter: NOW + 30 * DAY })

describe('a certificate on its way (no clock)', () => {
  it('is planned whole before anything of it exists', () => {
    const { changes, facts } = plan(contextOf([web]), { stored: [], acm: [] })
    expect(brief(changes)).toEqual([
      'create Secret: create secrets',
      'create Certificate: pki/sign, patch secrets',
      'create Certificate: patch secrets, ImportCertificate, patch secrets',
    ])
    const [secret, sign, imported] = changes
    expect(sign?.needs).toEqual([secret?.id])
    expect(imported?.needs).toEqual([sign?.id])
    expect(unknownsIn(imported?.after)).toEqual([sign?.id])
    expect(facts.current).toMatchObject([
      { slot: SLOT, hosts: [HOST], arn: { unknown: { change: imported?.id, field: 'CertificateArn' } }, trust: 'private' },
    ])
    expect(imported?.after).toMatchObject({ DomainName: HOST, KeyAlgorithm: 'EC_prime256v1' })
    expect(JSON.stringify(imported?.after?.Tags)).toContain(SLOT)
  })

  const at = (change: Partial<StoredCertificate>) => stored([HOST], { arn: null, current: null, ...change })
  it.each<readonly [string, StoredCertificate, readonly string[]]>([
    [
      'has a key',
      at({ state: 'key', next: key }),
      ['create Certificate: pki/sign, patch secrets', 'create Certificate: patch secrets, ImportCertificate, patch secrets'],
    ],
    [
      'is issued',
      at({ state: 'issued', next: { ...key, issued } }),
      ['create Certificate: patch secrets, ImportCertificate, patch secrets'],
    ],
    [
      'may have been imported',
      at({ state: 'importing', next: { ...key, issued } }),
      ['create Certificate: ListCertificates, ImportCertificate, patch secrets'],
    ],
  ])('goes on from where it stands: %s', (_what, item, expected) =>
    expect(brief(plan(contextOf([web]), { stored: [item], acm: [] }).changes)).toEqual(expected),
  )

  it('adopts what its tag says was imported', () => {
    const item = stored([HOST], { arn: null, current: null, state: 'importing', next: { ...key, issued } })
    const { changes, facts } = plan(contextOf([web]), { stored: [item], acm: [inAcm({ serial: '0b:02' })] })
    expect(brief(changes)).toEqual(['update Certificate: patch secrets'])
    expect(facts.current[0]?.arn).toBe(ARN)
  })

  it('waits until it is valid', () => {
    const early = { ...issued, notBefore: NOW + 90_000 }
    const item = stored([HOST], { arn: null, current: null, state: 'issued', next: { ...key, issued: early } })
    expect(plan(contextOf([web]), { stored: [item], acm: [] }).changes[0]?.waits).toEqual([
      { kind: 'not-before', of: SLOT, seconds: 91 },
    ])
  })
})

describe('a certificate in use (simulated clock)', () => {
  const whole = { stored: [stored([HOST])], acm: [inAcm()] }

  it('is left alone', () => {
    const { changes, findings, facts } = plan(contextOf([web]), whole)
    expect([changes, findings]).toEqual([[], []])
    expect(facts.current).toMatchObject([{ arn: ARN, serial: '0a:01', ready: { needs: [], waits: [] } }])
  })

  it('is renewed under its ARN, with a new key', () => {
    const { changes } = plan(contextOf([web], { now: NOW + 25 * DAY }), whole)
    expect(brief(changes)).toEqual([
      'update Secret: patch secrets',
      'create Certificate: pki/sign, patch secrets',
      'update Certificate: ImportCertificate, patch secrets',
    ])
    expect(changes.every((item) => item.reason.startsWith('NearingExpiry'))).toBe(true)
    expect(changes[2]?.after).not.toHaveProperty('Tags')
  })

  it('is issued again for a host more; what it does not cover yet is said', () => {
    const { changes, facts } = plan(contextOf([ingress([HOST, 'b.example.com'])]), whole)
    expect(changes[1]?.after?.SubjectAlternativeNames).toEqual([HOST, 'b.example.com'])
    expect(facts.current).toMatchObject([{ arn: ARN, ready: { needs: [changes[2]?.id] } }])
  })

  it('keeps a dropped host while it may be served, then lets it go without an import', () => {
    const two = { stored: [stored([HOST, 'b.example.com'])], acm: [inAcm()] }
    const gone = { needs: ['record'], waits: [{ kind: 'ttl-passed' as const, of: 'b.example.com', seconds: 65 }] }
    const down = { ...nobody, dns: { pointing: [{ host: 'b.example.com', dnsName: 'lb', gone }] } }
    const { changes } = plan(contextOf([web]), two, down)
    expect(changes).toMatchObject([
      { action: 'update', type: 'Kubernetes::Secret', after: { Hosts: [HOST] }, needs: ['record'], waits: gone.waits },
    ])
    const swapped = plan(contextOf([ingress([HOST, 'c.example.com'])]), two, down).changes
    expect(swapped[1]?.after?.SubjectAlternativeNames).toEqual([HOST, 'c.example.com', 'b.example.com'])
    expect(swapped.at(-1)?.needs).toContain(swapped[2]?.id)
  })

  it.each([
    ['holds another serial', inAcm({ serial: '0f' }), 'update Certificate: ImportCertificate, patch secrets', 'AcmSerialDiffers'],
    [
      'holds it no more',
      inAcm({ serial: null }),
      'create Certificate: patch secrets, ImportCertificate, patch secrets',
      'AcmMissing',
    ],
  ])('is imported again, without Vault, when ACM %s', (_what, acm, expected, reason) => {
    const { changes } = plan(contextOf([web]), { stored: [stored([HOST])], acm: [acm] })
    expect(brief(changes)).toEqual([expected])
    expect(changes[0]?.reason).toMatch(new RegExp(`^${reason}`))
  })

  it('notes a re-import whose answer was lost, without another', () => {
    const item = stored([HOST], { state: 'issued', next: { ...key, issued } })
    const { changes } = plan(contextOf([web]), { stored: [item], acm: [inAcm({ serial: '0b:02' })] })
    expect(brief(changes)).toEqual(['update Certificate: patch secrets'])
  })

  it('gets another slot, and ARN, with another key type; the old one goes when nothing uses it', () => {
    const rsa = ingress([HOST], { 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': 'rsa' })
    const uses = [{ arn: ARN, until: { needs: ['detach'], waits: [] }, stays: false }]
    const { changes } = plan(contextOf([rsa]), whole, { ...nobody, loadbalancers: { serving: [], uses } })
    expect(brief(changes).slice(0, 3)).toEqual([
      'create Secret: create secrets',
      'create Certificate: pki/sign, patch secrets',
      'create Certificate: patch secrets, ImportCertificate, patch secrets',
    ])
    expect(changes[3]).toMatchObject({
      action: 'delete',
      target: ARN,
      needs: ['detach'],
      waits: [{ kind: 'certificate-unused', of: ARN }],
    })
    expect(changes[4]).toMatchObject({ action: 'delete', type: 'Kubernetes::Secret', needs: [changes[3]?.id] })
  })

  it('tells of a life that Vault cut short', () => {
    const short = stored([HOST], { current: material([HOST], { notBefore: NOW, notAfter: NOW + 2 * DAY }) })
    expect(plan(contextOf([web]), { stored: [short], acm: [inAcm()] }).codes).toEqual(['TTLShortened'])
  })
})

describe('a certificate that nobody wants (no clock)', () => {
  const whole = { stored: [stored([HOST])], acm: [inAcm()] }

  it('stays while a listener keeps it', () => {
    const uses = [{ arn: ARN, until: { needs: [], waits: [] }, stays: true }]
    expect(plan(contextOf([]), whole, { ...nobody, loadbalancers: { serving: [], uses } }).changes).toEqual([])
  })

  it('is asked about before it goes, and goes before its key', () => {
    expect(plan(contextOf([]), whole).changes[0]?.waits).toMatchObject([{ kind: 'certificate-unused', of: ARN }])
    const { changes } = plan(contextOf([]), { ...whole, acm: [inAcm({ unused: true })] })
    expect(brief(changes)).toEqual(['delete Certificate: DeleteCertificate', 'delete Secret: delete secrets'])
    expect(changes[0]?.waits).toEqual([])
  })

  it('takes only its Secret away where ACM has nothing of it', () => {
    expect(brief(plan(contextOf([]), { stored: whole.stored, acm: [inAcm({ serial: null })] }).changes)).toEqual([
      'delete Secret: delete secrets',
    ])
    const begun = stored([HOST], { arn: null, state: 'importing' })
    expect(brief(plan(contextOf([]), { stored: [begun], acm: [] }).changes)).toEqual([
      'delete Secret: ListCertificates, delete secrets',
    ])
  })

  it('is removed by its tag alone where its Secret is gone, and used again where it is wanted', () => {
    const tagged = { stored: [], acm: [inAcm({ unused: true })] }
    expect(plan(contextOf([]), tagged).changes).toMatchObject([
      { action: 'delete', target: ARN, object: { namespace: 'games', name: 'web' } },
    ])
    expect(brief(plan(contextOf([web]), tagged).changes).at(-1)).toBe('update Certificate: ImportCertificate, patch secrets')
  })

  it('is not of another unit, and not one that was given', () => {
    const other = inAcm({ slot: 'ingress/other/web:certificate:other/web:ec-p256', unused: true })
    expect(plan(contextOf([]), { stored: [], acm: [other] }).changes).toEqual([])
  })
})

describe('the certificate annotation (no clock)', () => {
  const asked = (annotations: Readonly<Record<string, string>>, hosts = [HOST]) =>
    plan(contextOf([ingress(hosts, annotations)]), { stored: [stored([HOST])], acm: [inAcm()] })

  it.each([
    ['acm', 'AnnotationNotYetSupported', /not supported yet/],
    ['secret', 'AnnotationNotYetSupported', /not supported yet/],
    ['valut', 'InvalidAnnotation', /expected vault$/],
    ['arn:aws:acm:us-east-1:111111111111:certificate/x', 'InvalidAnnotation', /in eu-west-1 of account 111111111111/],
  ])('%s is told of, and what is there stays', (value, code, message) => {
    const { changes, findings, facts } = asked({ 'fairlead.dev/certificate': value })
    expect(changes).toEqual([])
    expect(findings).toMatchObject([{ code, severity: 'blocking', read: value, message: expect.stringMatching(message) }])
    expect(facts.current.map((fact) => fact.arn)).toEqual([ARN])
  })

  it('takes an ARN as given', () => {
    const arn = `arn:aws:acm:${settings.region}:${settings.account}:certificate/given`
    expect(asked({ 'fairlead.dev/certificate': arn }).facts.current).toMatchObject([{ arn, hosts: [HOST], trust: 'given' }])
  })

  it('takes an ARN of any account where nobody could tell which is ours', () => {
    const at = (arn: string, account: string) =>
      plan(contextOf([ingress([HOST], { 'fairlead.dev/certificate': arn })], { settings: { ...settings, account } }), {
        stored: [],
        acm: [],
      }).codes
    const arn = `arn:aws:acm:${settings.region}:222222222222:certificate/given`
    expect(at(arn, 'unknown')).toEqual([])
    expect(at(arn, settings.account)).toEqual(['InvalidAnnotation'])
    expect(at(arn.replace(settings.region, 'us-east-1'), 'unknown')).toEqual(['InvalidAnnotation'])
  })

  it.each([[{}], [{ 'fairlead.dev/certificate': 'none' }]])('asks for nothing: %j', (annotations: Record<string, string>) =>
    expect(plan(contextOf([ingress([HOST], annotations)]), { stored: [], acm: [] })).toMatchObject({
      changes: [],
      findings: [],
      facts: { current: [] },
    }),
  )

  it.each([
    [{ 'fairlead.dev/certificate-profile': 'defualt' }, 'UnknownProfile', /expected default$/],
    [{ 'fairlead.dev/certificate-renew-before': 'soon' }, 'InvalidAnnotation', /72h or 30d/],
    [{ 'fairlead.dev/certificate-secret': 'x' }, 'AnnotationNotYetSupported', /not supported yet/],
  ])('%j is told of as %s', (more: Record<string, string>, code, message) => {
    const { findings } = asked({ 'fairlead.dev/certificate': 'vault', ...more })
    expect(findings).toMatchObject([{ code, message: expect.stringMatching(message) }])
  })

  it('covers the hosts of rules and tls once, first one that fits a common name', () => {
    const long = `${'x'.repeat(60)}.example.com`
    const item = ingress([long, 'WWW.example.com.', 'not a host'], { 'fairlead.dev/certificate': 'vault' }, [
      'b.example.com',
      HOST,
    ])
    expect(plan(contextOf([item]), { stored: [], acm: [] }).intent.wanted[0]?.hosts).toEqual([HOST, long, 'b.example.com'])
  })

  it('needs a host', () => expect(asked({ 'fairlead.dev/certificate': 'vault' }, []).codes).toEqual(['NoHosts']))
})
