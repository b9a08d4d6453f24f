import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AcmCertificate, CertificatesObserved, StoredCertificate } from '../../controllers/certificates/observed.ts'
import { certificatesPlanner } from '../../controllers/certificates/planner.ts'
import { type Change, isReady, type Shape } from '../../controllers/shared/change.ts'
import { covers } from '../../controllers/shared/hosts.ts'
import { isUnknown } from '../../controllers/shared/known.ts'
import type { Outcome } from '../../controllers/shared/planner.ts'
import { sizeOf } from '../support/sizes.ts'
import {
  ARN,
  contextOf,
  DAY,
  inAcm,
  ingress,
  material,
  NOW,
  nobody,
  plan,
  profile,
  stored,
} from '../unit/certificates/fixtures.ts'

const RUNS = sizeOf({ quick: 100, bounded: 300, long: 3000 })
const HOSTS = ['www.example.com', 'b.example.com', '*.example.com']
const hosts = fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3 })
const issued = fc.record({
  hosts,
  profile: fc.constantFrom('default/pki_int/web', 'default/pki_int/other'),
  days: fc.constantFrom(-1, 0.01, 1, 20, 29),
  keyMatches: fc.boolean(),
})
const ours = fc.record({
  state: fc.constantFrom('key' as const, 'issued' as const, 'importing' as const, 'imported' as const),
  arn: fc.boolean(),
  covering: hosts,
  current: fc.option(issued),
  next: fc.option(
    fc.record({ hosts, profile: fc.constantFrom('default/pki_int/web', 'default/pki_int/other'), issued: fc.option(issued) }),
  ),
})
const world = fc.record({
  wanted: fc.option(hosts),
  source: fc.constantFrom('vault', 'vault', 'vault', 'none', 'valut'),
  stored: fc.option(ours),
  acm: fc.constantFrom('unread', 'current', 'next', 'other', 'gone'),
  stray: fc.boolean(),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

const certificate = (item: { hosts: readonly string[]; profile?: string; days: number; keyMatches: boolean }, serial: string) =>
  material(item.hosts, {
    serial,
    notBefore: NOW - (30 - item.days) * DAY,
    notAfter: NOW + item.days * DAY,
    keyMatches: item.keyMatches,
    ...(item.profile === undefined ? {} : { profile: item.profile }),
  })

function observedOf(item: World): CertificatesObserved {
  const has = item.stored
  const secret: readonly StoredCertificate[] =
    has === null
      ? []
      : [
          stored(has.covering, {
            state: has.state,
            arn: has.arn ? ARN : null,
            current: has.current === null ? null : certificate(has.current, '0a:01'),
            next:
              has.next === null
                ? null
                : {
                    keyType: profile.keyType,
                    hosts: has.next.hosts,
                    profile: has.next.profile,
                    issued: has.next.issued === null ? null : certificate(has.next.issued, '0b:02'),
                  },
          }),
        ]
  const serial = { current: '0a:01', next: '0b:02', other: '0c:03', gone: null, unread: '' }[item.acm]
  const acm: AcmCertificate[] = item.acm === 'unread' ? [] : [inAcm({ serial, unused: true })]
  if (item.stray) acm.push(inAcm({ arn: `${ARN}-stray`, serial: '0d:04', unused: true }))
  return { stored: secret, acm }
}

const contextFor = (item: World) =>
  contextOf(item.wanted === null ? [] : [ingress(item.wanted, { 'fairlead.dev/certificate': item.source })])

/** What Vault and ACM would answer. */
function answer(change: Change): Outcome {
  if (change.type.startsWith('Vault::')) return { SerialNumber: 'ee:ee', NotBefore: NOW - 30_000, NotAfter: NOW + 30 * DAY }
  return { CertificateArn: `${ARN}-made` }
}

function filled(value: Change['after'], outcomes: ReadonlyMap<string, Outcome>): Shape | null {
  const visit = (part: unknown): unknown => {
    if (isUnknown(part)) return outcomes.get(part.unknown.change)?.[part.unknown.field] ?? part
    if (Array.isArray(part)) return part.map(visit)
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, visit(item)]))
    return part
  }
  return visit(value) as Shape | null
}

const remainder = (changes: readonly Change[], outcomes: ReadonlyMap<string, Outcome>) =>
  changes
    .filter((item) => !outcomes.has(item.id))
    .map((item) => ({ ...item, after: filled(item.after, outcomes), needs: item.needs.filter((need) => !outcomes.has(need)) }))

describe('certificates, any world (simulated clock)', () => {
  it('come to rest in one plan, and each plan on the way is what is left of the first', () => {
    fc.assert(
      fc.property(world, (item) => {
        const context = contextFor(item)
        let observed = observedOf(item)
        const first = plan(context, observed).changes
        const outcomes = new Map<string, Outcome>()
        for (const change of first) {
          expect(plan(context, observed).changes).toEqual(remainder(first, outcomes))
          const made = { ...change, after: filled(change.after, outcomes) }
          observed = certificatesPlanner.advance(observed, made, answer(change), NOW)
          outcomes.set(change.id, answer(change))
        }
        expect(plan(context, observed).changes).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  it('end as one Secret and one certificate in ACM for what is wanted, and none for what is not', () => {
    fc.assert(
      fc.property(world, (item) => {
        fc.pre(item.source !== 'valut')
        const context = contextFor(item)
        const outcomes = new Map<string, Outcome>()
        let observed = observedOf(item)
        for (const change of plan(context, observed).changes) {
          const made = { ...change, after: filled(change.after, outcomes) }
          observed = certificatesPlanner.advance(observed, made, answer(change), NOW)
          outcomes.set(change.id, answer(change))
        }
        const live = observed.acm.filter((one) => one.serial !== null)
        if (item.wanted === null || item.source === 'none') {
          expect([observed.stored, live]).toEqual([[], []])
          return
        }
        const [secret] = observed.stored
        expect(observed.stored).toHaveLength(1)
        expect(secret).toMatchObject({ next: null, arn: expect.stringMatching(/^arn:/) })
        expect(item.wanted.every((host) => secret?.current?.hosts.some((name) => covers(name, host)))).toBe(true)
        if (item.acm !== 'unread' || live.length > 0)
          expect(live).toMatchObject([{ arn: secret?.arn, serial: secret?.current?.serial }])
      }),
      { numRuns: RUNS },
    )
  })

  it('come to rest where Vault refuses to sign all that is wanted, with what they had renewed', () => {
    fc.assert(
      fc.property(world, (item) => {
        const plain = contextFor(item)
        let observed = observedOf(item)
        const signs = (change: Change) => change.type.startsWith('Vault::') && !change.id.endsWith(':reduced')
        const refused = new Set(
          plan(plain, observed)
            .changes.filter(signs)
            .map((change) => change.id),
        )
        const context = { ...plain, failed: refused }
        const made: string[] = []
        for (;;) {
          const next = plan(context, observed).changes.find((change) => isReady(change) && !refused.has(change.id))
          if (next === undefined) break
          observed = certificatesPlanner.advance(observed, next, answer(next), NOW)
          made.push(next.id)
          expect(made.length, made.join('\n')).toBeLessThan(12)
        }
        const [secret] = observed.stored
        const [current, held] = [secret?.current, observed.acm.find((one) => one.arn === secret?.arn)]
        if (refused.size === 0 || current == null || held == null || held.serial === null) return
        const reduced = made.filter((id) => id.endsWith(':reduced'))
        if (reduced.length === 0) return
        // What was issued for those hosts already, and can still be used, is imported instead of being asked for again.
        const signed = reduced.some((id) => id.includes(':PKI.'))
        const serial = signed ? 'ee:ee' : observedOf(item).stored[0]?.next?.issued?.serial
        expect([held.serial, current.serial]).toEqual([serial, serial])
        expect(current.notAfter).toBeGreaterThan(NOW)
      }),
      { numRuns: RUNS },
    )
  })

  it('never touch what is of another unit, and never print a key', () => {
    fc.assert(
      fc.property(world, (item) => {
        const foreign = inAcm({ arn: `${ARN}-foreign`, slot: 'ingress/other/web:certificate:other/web:ec-p256', unused: true })
        const observed = observedOf(item)
        const { changes } = plan(contextFor(item), { ...observed, acm: [...observed.acm, foreign] }, nobody)
        expect(changes.some((change) => change.target.includes('foreign'))).toBe(false)
        expect(JSON.stringify(changes)).not.toMatch(/BEGIN|PRIVATE/)
      }),
      { numRuns: RUNS },
    )
  })
})
