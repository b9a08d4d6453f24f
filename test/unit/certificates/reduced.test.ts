import { describe, expect, it } from 'vitest'
import type { CertificatesObserved, StoredCertificate } from '../../../controllers/certificates/observed.ts'
import { certificatesPlanner } from '../../../controllers/certificates/planner.ts'
import { type Change, isReady } from '../../../controllers/shared/change.ts'
import type { Ingress } from '../../../controllers/shared/objects.ts'
import { contextOf, DAY, inAcm, ingress, material, NOW, plan, SLOT, stored } from './fixtures.ts'

const HOST = 'www.example.com'
const BAD = 'www.elsewhere.test'
const SIGN = `certificates:create:PKI.Certificate:${SLOT}`
const LATE = NOW + 25 * DAY
const both = ingress([HOST, BAD])
const whole = (change: Partial<StoredCertificate> = {}): CertificatesObserved => ({
  stored: [stored([HOST], change)],
  acm: [inAcm()],
})
/** After the key for both hosts was kept and Vault refused to sign. */
const refused = whole({
  state: 'key',
  hosts: [HOST, BAD],
  next: { keyType: 'ec-p256', hosts: [HOST, BAD], profile: 'default/pki_int/web', issued: null },
})
const at = (ingresses: readonly Ingress[], now: number, failed: readonly string[] = [SIGN]) => ({
  ...contextOf(ingresses, { now }),
  failed: new Set(failed),
})
const ids = (changes: readonly Change[]) => changes.map((item) => item.id.split(':').slice(1).join(':').replace(SLOT, 'SLOT'))

/** Makes whatever is ready and was not refused, until there is nothing; Vault and ACM answer. */
function run(ingresses: readonly Ingress[], from: CertificatesObserved, now: number, failed: readonly string[] = [SIGN]) {
  const context = at(ingresses, now, failed)
  let observed = from
  const made: string[] = []
  for (;;) {
    const next = plan(context, observed).changes.find((item) => isReady(item) && !failed.includes(item.id))
    if (next === undefined) return { observed, made, left: plan(context, observed).changes }
    const outcome = { SerialNumber: `0c:0${made.length}`, NotBefore: now, NotAfter: now + 30 * DAY }
    observed = certificatesPlanner.advance(observed, next, outcome, now)
    made.push(...ids([next]))
    if (made.length > 20) throw new Error(`it does not come to rest: ${made.join(', ')}`)
  }
}

describe('a certificate whose successor is refused (simulated clock)', () => {
  it('is left alone while it lives long enough', () => {
    expect(ids(plan(at([both], NOW), refused).changes)).toEqual([
      'create:PKI.Certificate:SLOT',
      expect.stringMatching(/^update:/),
    ])
  })

  it('is renewed near its end for the hosts it has, before the rest is tried again', () => {
    const { changes } = plan(at([both], LATE), refused)
    const [renew, imported] = changes.filter((item) => item.id.endsWith(':reduced'))
    expect(renew).toMatchObject({ needs: [], after: { SubjectAlternativeNames: [HOST], Role: 'web' } })
    expect(imported).toMatchObject({ action: 'update', after: { SubjectAlternativeNames: [HOST] }, needs: [renew?.id] })
    expect(changes.find((item) => item.id === SIGN)?.needs).toEqual([imported?.id])
  })

  it.each([
    ['with the key that is there', refused],
    ['with a key of its own', whole()],
    ['with another key where the one that is there was for less', whole({ next: { ...refused.stored[0]!.next!, hosts: [BAD] } })],
    ['with what was issued before a restart', whole({ next: { ...refused.stored[0]!.next!, issued: material([BAD]) } })],
  ])('%s, comes to rest, and the refused change is still planned', (_what, from) => {
    const { observed, made, left } = run([both], from, LATE)
    expect(made.filter((id) => id.startsWith('create:PKI'))).toEqual(['create:PKI.Certificate:SLOT:reduced'])
    expect(observed.stored[0]).toMatchObject({
      current: { hosts: [HOST], notAfter: LATE + 30 * DAY, profile: 'default/pki_int/web' },
    })
    expect(observed.acm[0]?.serial).toBe(observed.stored[0]?.current?.serial)
    expect(left.map((item) => item.id)).toContain(SIGN)
    expect(left.some((item) => item.id.endsWith(':reduced'))).toBe(false)
  })

  it('is imported before the key for the whole takes its place', () => {
    const next = { keyType: 'ec-p256', hosts: [HOST], profile: 'default/pki_int/web' }
    const issued = material([HOST], { serial: '0b:02', notBefore: LATE, notAfter: LATE + 30 * DAY })
    const { made } = run([both], whole({ state: 'issued', next: { ...next, issued } }), LATE)
    expect(made[0]).toMatch(/^update:CertificateManager.Certificate:.*:reduced$/)
  })

  it('holds up nothing when it is refused itself', () => {
    const { changes } = plan(at([both], LATE, [SIGN, `${SIGN}:reduced`]), refused)
    expect(changes.find((item) => item.id === SIGN)?.needs).toEqual([])
    expect(run([both], refused, LATE, [SIGN, `${SIGN}:reduced`]).made).toEqual([])
  })

  it('is not split where the whole is what it is anyway', () => {
    expect(plan(at([ingress([HOST])], LATE), whole()).changes.some((item) => item.id.endsWith(':reduced'))).toBe(false)
  })

  it('is renewed by who issued it, where another was asked for', () => {
    const other = ingress([HOST], { 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': 'other' })
    const { observed } = run([other], whole(), LATE)
    expect(observed.stored[0]?.current).toMatchObject({ profile: 'default/pki_int/web', notAfter: LATE + 30 * DAY })
  })

  it('is renewed where another key type was asked for and cannot be had', () => {
    const rsa = ingress([HOST], { 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': 'rsa' })
    const sign = plan(contextOf([rsa]), whole()).changes.find((item) => item.type.startsWith('Vault::'))?.id ?? ''
    const uses = [{ arn: inAcm().arn, until: { needs: [], waits: [] }, stays: true }]
    const { changes } = plan(at([rsa], LATE, [sign]), whole(), { loadbalancers: { serving: [], uses }, dns: { pointing: [] } })
    expect(changes.filter((item) => item.id.endsWith(':reduced')).map((item) => item.account)).toHaveLength(2)
  })

  it.each([
    ['another', [HOST, 'play.example.com'], refused],
    ['none', [HOST], { ...refused, stored: [{ ...refused.stored[0]!, arn: null, current: null }], acm: [] }],
  ])('asks no more for the refused host when %s is asked for in its place', (_what, hosts, from) => {
    const { changes } = plan(at([ingress(hosts)], NOW), from)
    expect(changes.find((item) => item.id === SIGN)?.after?.SubjectAlternativeNames).toEqual(hosts)
  })

  it('keeps a name that a refused wildcard beside it would have covered', () => {
    const wild = ingress([HOST, '*.example.com'])
    expect(run([wild], whole(), LATE).observed.stored[0]?.current).toMatchObject({ hosts: [HOST], notAfter: LATE + 30 * DAY })
  })
})

describe('a certificate whose object is not understood (simulated clock)', () => {
  const typo = (hosts: readonly string[]) => ingress(hosts, { 'fairlead.dev/certificate': 'valut' })

  it('is left alone, and renewed near its end', () => {
    expect(plan(at([typo([HOST])], NOW, []), whole()).changes).toEqual([])
    const { observed, made, left } = run([typo([HOST])], whole(), LATE, [])
    expect(made).toHaveLength(3)
    expect(left).toEqual([])
    expect(observed.stored[0]).toMatchObject({ next: null, current: { hosts: [HOST], notAfter: LATE + 30 * DAY } })
    expect(observed.acm[0]?.serial).toBe(observed.stored[0]?.current?.serial)
  })

  it('stays as it is where nobody can tell who issued it', () => {
    const unknown = whole({ current: material([HOST], { profile: 'default/gone/gone' }) })
    expect(run([typo([HOST])], unknown, LATE, []).made).toEqual([])
  })
})
