import { describe, expect, it } from 'vitest'
import { importReason, issueReason, isUsable, renewalTime } from '../../../controllers/certificates/policies.ts'
import { ARN, DAY, inAcm, material, NOW, profile, wanted } from './fixtures.ts'

const HOSTS = ['a.example.com', 'b.example.com']
const reason = (change: Parameters<typeof material>[1] | null, hosts = HOSTS, now = NOW) =>
  issueReason({ wanted: wanted(hosts), current: change === null ? null : material(HOSTS, change), now })?.code ?? null

describe('whether a certificate has to be issued (simulated clock)', () => {
  it.each([
    ['there is none', null, HOSTS, 'NotIssued'],
    ['all is well', {}, HOSTS, null],
    ['the key is another', { keyMatches: false }, HOSTS, 'PublicKeyDiffers'],
    ['a host is lacking', {}, [...HOSTS, 'c.example.com'], 'HostsDiffer'],
    ['a wildcard covers the host, but does not name it', { hosts: ['*.example.com'] }, HOSTS, 'HostsDiffer'],
    ['there is a host too many', {}, ['a.example.com'], null],
    ['somebody else issued it', { profile: 'default/pki_int/other' }, HOSTS, 'ProfileDiffers'],
    ['it nears its end', { notBefore: NOW - 24 * DAY, notAfter: NOW + 6 * DAY }, HOSTS, 'NearingExpiry'],
    ['the first of two reasons is told', { keyMatches: false, notAfter: NOW }, HOSTS, 'PublicKeyDiffers'],
  ] as const)('%s', (_what, change, hosts, expected) => expect(reason(change, [...hosts])).toBe(expected))
})

describe('when a certificate is renewed (simulated clock)', () => {
  const ahead = (lifeDays: number, askedDays: number, slot: string) => {
    const issued = { notBefore: NOW, notAfter: NOW + lifeDays * DAY }
    return (issued.notAfter - renewalTime(wanted(HOSTS, { slot, renewBeforeSeconds: askedDays * 86_400 }), issued)) / DAY
  }
  const slots = Array.from({ length: 500 }, (_, index) => `ingress/games/web:certificate:games/${index}:ec-p256`)

  it('is never later than asked, and never earlier than a third of its life', () => {
    const times = slots.map((slot) => ahead(30, 5, slot))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...times)).toBeLessThanOrEqual(7)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1.5)
    expect(Math.max(...slots.map((slot) => ahead(30, 9, slot)))).toBeLessThanOrEqual(10)
  })

  it('is spread over the last third where more was asked for than it lives, so that it never loops', () => {
    const times = slots.map((slot) => ahead(1 / 24, 3, slot))
    expect(Math.max(...times)).toBeLessThanOrEqual(1 / 72 + 1e-4)
    expect(Math.min(...times)).toBeGreaterThan(1 / 144)
  })

  it('is the same every time', () => expect(ahead(30, 5, 'x:y')).toBe(ahead(30, 5, 'x:y')))
})

describe('whether what was begun is still wanted (simulated clock)', () => {
  const next = { keyType: profile.keyType, hosts: HOSTS, profile: 'default/pki_int/web', issued: null }
  it.each([
    ['a key alone', {}, HOSTS, true],
    ['a certificate', { issued: material(HOSTS) }, HOSTS, true],
    ['one host was added since', {}, [...HOSTS, 'c.example.com'], false],
    ['another profile is wanted', { profile: 'default/pki_int/other' }, HOSTS, false],
    ['another key type is wanted', { keyType: 'rsa-2048' }, HOSTS, false],
    ['it waited until it was old', { issued: material(HOSTS, { notBefore: NOW - 29 * DAY, notAfter: NOW + DAY }) }, HOSTS, false],
    ['the key was changed', { issued: material(HOSTS, { keyMatches: false }) }, HOSTS, false],
  ] as const)('%s', (_what, change, hosts, expected) =>
    expect(isUsable({ ...next, ...change }, wanted([...hosts]), NOW)).toBe(expected),
  )
})

describe('whether ACM needs it (no clock)', () => {
  it.each([
    ['it was never imported', null, undefined, 'NotImported'],
    ['nobody looked', ARN, undefined, null],
    ['ACM holds it', ARN, inAcm(), null],
    ['ACM holds another', ARN, inAcm({ serial: '0b' }), 'AcmSerialDiffers'],
    ['it is not there any more', ARN, inAcm({ serial: null }), 'AcmMissing'],
  ])('%s', (_what, arn, known, expected) => expect(importReason(arn, known, material(HOSTS))?.code ?? null).toBe(expected))
})
