import { describe, expect, it } from 'vitest'
import { inPlace } from '../../../controllers/certificates/in-place.ts'
import type { ClusterView, Ingress, IngressClass, Namespace } from '../../../controllers/shared/objects.ts'
import type { PlanContext } from '../../../controllers/shared/planner.ts'
import type { TenancySettings } from '../../../controllers/shared/settings.ts'
import { tenancyOf } from '../../../controllers/shared/tenancy.ts'
import { parseUnitKey } from '../../../controllers/shared/unit.ts'
import { testSettings } from '../../support/settings.ts'
import { material, stored, wanted } from '../certificates/fixtures.ts'

const CLASS: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'class', resourceVersion: '1', creationTimestamp: '' },
  spec: { controller: 'fairlead.dev/ingress' },
}

type Options = {
  readonly annotations?: Readonly<Record<string, string>>
  readonly created?: string
  readonly served?: readonly string[]
  readonly fallback?: boolean
}

function ingress(
  key: string,
  hosts: readonly string[],
  { annotations = {}, created = '1', served = [], fallback }: Options = {},
): Ingress {
  const [namespace = '', name = ''] = key.split('/')
  const status = served.length === 0 ? {} : { 'fairlead.dev/status': JSON.stringify({ hosts: served }) }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      namespace,
      name,
      uid: key,
      resourceVersion: '1',
      creationTimestamp: `2026-01-0${created}T00:00:00Z`,
      annotations: { ...annotations, ...status },
    },
    spec: {
      ingressClassName: 'fairlead',
      rules: hosts.map((host) => ({ host })),
      ...(fallback === true ? { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } : {}),
    },
    ...(served.length === 0 ? {} : { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } }),
  }
}

function namespace(name: string, annotations: Readonly<Record<string, string>> = {}): Namespace {
  const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`fairlead.dev/${key}`, value]))
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '', annotations: prefixed }
  return { apiVersion: 'v1', kind: 'Namespace', metadata }
}

function decide(
  unit: string,
  ingresses: readonly Ingress[],
  namespaces: readonly Namespace[],
  { tenancy = {}, view = {} }: { readonly tenancy?: Partial<TenancySettings>; readonly view?: Partial<ClusterView> } = {},
) {
  const context: PlanContext = {
    unit: parseUnitKey(unit),
    view: { ingresses, ingressClasses: [CLASS], services: [], endpointSlices: [], nodes: [], namespaces, secrets: [], ...view },
    settings: { ...testSettings, tenancy: { unlisted: 'first-claim', namespaces: {}, ...tenancy } },
    now: 0,
  }
  const decided = tenancyOf(context)
  return {
    ...decided,
    codes: decided.findings.map((item) => `${item.object.namespace}/${item.object.name} ${item.code} ${item.field}`),
  }
}
const ref = (key: string) => ({ kind: 'Ingress', namespace: key.split('/')[0] ?? '', name: key.split('/')[1] ?? '' })
const WEB = 'ingress/games/web'
const shop = ingress('games/web', ['shop.example.com'])
const quotas = {}

describe('what a namespace may have (no clock)', () => {
  it('must be allowed by the Namespace and by the configuration, where both say something', () => {
    const config = { namespaces: { games: { hosts: ['*.example.com'], quotas } } }
    const allows = (annotation: string | undefined, tenancy: Partial<TenancySettings> = config) =>
      decide(WEB, [shop], [namespace('games', annotation === undefined ? {} : { 'allowed-hosts': annotation })], { tenancy })
        .codes
    const refused = ['games/web HostNotAllowed spec.rules[0].host']
    expect(allows(undefined)).toEqual([])
    expect(allows('shop.example.com')).toEqual([])
    expect(allows('other.example.com')).toEqual(refused)
    expect(allows('*', { namespaces: { games: { hosts: ['other.example.com'], quotas } } })).toEqual(refused)
    expect(allows('')).toEqual(refused)
    expect(allows(undefined, { unlisted: 'deny' })).toEqual(refused)
    expect(allows('**.example.com', { unlisted: 'deny' })).toEqual([])
  })

  it('is told with what was read, the rule and what would be right', () => {
    const config = { namespaces: { games: { hosts: ['*.example.com'], quotas } } }
    const { findings } = decide(WEB, [shop], [namespace('games', { 'allowed-hosts': 'a.example.com,b.example.com' })], {
      tenancy: config,
    })
    expect(findings).toEqual([
      {
        code: 'HostNotAllowed',
        severity: 'blocking',
        object: ref('games/web'),
        field: 'spec.rules[0].host',
        read: 'shop.example.com',
        expected:
          'a host out of a.example.com, b.example.com (by an annotation of the Namespace) and at the same time of *.example.com (by the configuration)',
        message: expect.stringContaining('Whoever administers the Namespace sets annotation fairlead.dev/allowed-hosts'),
      },
    ])
  })

  it('is said by the very name first, then by the longest pattern', () => {
    const hosts = (host: string) => ({ hosts: [host], quotas })
    const none = hosts('none.example.com')
    const good = hosts('shop.example.com')
    const codes = (namespaces: TenancySettings['namespaces']) =>
      decide(WEB, [shop], [namespace('games')], { tenancy: { namespaces } }).codes
    expect(codes({ games: good, 'game*': none, '*': none })).toEqual([])
    expect(codes({ 'g*s': none, 'ga*es': good, '*': none })).toEqual([])
    expect(codes({ 'games*x': none, 'other*': none })).toEqual([])
  })

  it('is nothing new while its Namespace was not seen', () => {
    const { refusesHost, refusesProfile, codes } = decide(WEB, [shop], [], { view: { unseenNamespaces: ['games'] } })
    expect(codes).toEqual([])
    expect(refusesHost(ref('games/web'), 'shop.example.com')).toBe(true)
    expect(refusesHost(ref('games/web'), '')).toBe(true)
    expect(refusesProfile(ref('games/web'))).toBe(true)
  })

  it('is a profile that both list; with deny, the default one alone', () => {
    const web = (profile: string) =>
      ingress('games/web', [], {
        annotations: { 'fairlead.dev/certificate': 'vault', 'fairlead.dev/certificate-profile': profile },
      })
    const refuses = (profile: string, annotation: string | null, tenancy: Partial<TenancySettings> = {}) =>
      decide(WEB, [web(profile)], [namespace('games', annotation === null ? {} : { 'allowed-profiles': annotation })], {
        tenancy,
      }).refusesProfile(ref('games/web'))
    const both = { namespaces: { games: { profiles: ['default', 'web'], quotas } } }
    expect(refuses('web', 'web', both)).toBe(false)
    expect(refuses('web', 'default', both)).toBe(true)
    expect(refuses('other', '*', both)).toBe(true)
    expect(refuses('other', null)).toBe(false)
    expect(refuses('other', null, { unlisted: 'deny' })).toBe(true)
    expect(refuses('default', null, { unlisted: 'deny' })).toBe(false)
  })

  it('is an account that is listed', () => {
    const web = ingress('games/web', [], { annotations: { 'fairlead.dev/account': 'other' } })
    const codes = (annotations: Readonly<Record<string, string>>, tenancy: Partial<TenancySettings> = {}) =>
      decide(WEB, [web], [namespace('games', annotations)], { tenancy }).codes
    const refused = ['games/web AccountNotAllowed metadata.annotations[fairlead.dev/account]']
    expect(codes({})).toEqual([])
    expect(codes({ 'allowed-accounts': 'home, other' })).toEqual([])
    expect(codes({ 'allowed-accounts': 'home' })).toEqual(refused)
    expect(codes({}, { unlisted: 'deny' })).toEqual(refused)
  })

  it('is, in a group of several namespaces, no rule for any host without a list that says so', () => {
    const group = { 'alb.ingress.kubernetes.io/group.name': 'shared' }
    const mine = ingress('games/web', [], { annotations: group, fallback: true })
    const other = ingress('shop/web', ['shop.example.com'], { annotations: group })
    const refuses = (annotations: Readonly<Record<string, string>>, ...members: readonly Ingress[]) =>
      decide('group/shared', members, [namespace('games', annotations), namespace('shop')]).refusesHost(ref('games/web'), '')
    expect(refuses({}, mine, other)).toBe(true)
    expect(refuses({ 'allowed-hosts': '**.example.com' }, mine, other)).toBe(true)
    expect(refuses({ 'allowed-hosts': '*' }, mine, other)).toBe(false)
    expect(refuses({}, mine)).toBe(false)
  })

  it('is a host of another in a group only if both are listed for it', () => {
    const group = { 'alb.ingress.kubernetes.io/group.name': 'shared' }
    const first = ingress('games/web', ['shop.example.com'], { annotations: group })
    const second = ingress('shop/web', ['shop.example.com'], { annotations: group, created: '2' })
    const listed = { 'allowed-hosts': 'shop.example.com' }
    const codes = (a: object, b: object) =>
      decide('group/shared', [second, first], [namespace('games', { ...a }), namespace('shop', { ...b })]).codes
    expect(codes({}, {})).toEqual(['shop/web HostClaimed spec.rules[0].host'])
    expect(codes({}, listed)).toEqual(['games/web HostClaimed spec.rules[0].host'])
    expect(codes(listed, listed)).toEqual([])
  })

  it('is, beyond a quota, what is there, then the oldest; the smaller of two quotas counts', () => {
    const vault = { 'fairlead.dev/certificate': 'vault' }
    const at = (name: string, created: string) =>
      ingress(`games/${name}`, [`${name}.example.com`], { annotations: vault, created })
    const all = [at('c', '3'), at('a', '1'), at('b', '2')]
    const over = (certified: readonly string[], quota: string, limit: number) =>
      all
        .map(({ metadata: { name } }) => name)
        .filter((name) => {
          const space = namespace('games', { 'quota-certificates': quota })
          const counted = { ingresses: all, namespaces: [space], unseen: [], certified }
          const tenancy = { namespaces: { games: { quotas: { certificates: limit } } } }
          const view = { quotas: { games: counted } }
          return decide(`ingress/games/${name}`, all, [space], { tenancy, view }).refusesCertificate(ref(`games/${name}`))
        })
    expect(over([], '2', 9)).toEqual(['c'])
    expect(over([], '9', 1)).toEqual(['c', 'b'])
    expect(over(['games/c'], '1', 9)).toEqual(['a', 'b'])
    expect(over(['games/a', 'games/b', 'games/c'], '0', 9)).toEqual([])
    expect(over([], 'none', 9)).toEqual(['c', 'a', 'b'])
  })

  it('counts a load balancer of several namespaces for that of its oldest Ingress', () => {
    const group = { 'alb.ingress.kubernetes.io/group.name': 'shared' }
    const members = [
      ingress('shop/web', ['a.example.com'], { annotations: group, created: '2' }),
      ingress('games/web', ['b.example.com'], { annotations: group, created: '1' }),
    ]
    const refuses = (...spaces: readonly Namespace[]) => decide('group/shared', members, spaces).refusesLoadBalancer
    const none = { 'quota-load-balancers': '0' }
    expect(refuses(namespace('games', none), namespace('shop'))).toBe(true)
    expect(refuses(namespace('games'), namespace('shop', none))).toBe(false)
  })
})

describe('a certificate whose hosts are refused (no clock)', () => {
  const SHOP = 'shop.example.com'
  const refused = { hosts: ['b.example.com'], profile: false, certificate: false }
  const left = (change: Parameters<typeof wanted>[1], there: readonly string[] | null, profile?: string) => {
    const current = material(there ?? [], profile === undefined ? {} : { profile })
    const observed = { stored: there === null ? [] : [stored(there, { current })], acm: [] }
    return inPlace({ wanted: [wanted([SHOP], change)], given: [], held: [] }, observed as never)
  }

  it('is issued without them, and keeps those that it has', () => {
    expect(left({ refused }, null).wanted[0]?.hosts).toEqual([SHOP])
    expect(left({ refused }, [SHOP, 'b.example.com']).wanted[0]?.hosts).toEqual([SHOP, 'b.example.com'])
    expect(left({ hosts: [], refused }, ['b.example.com']).wanted[0]?.hosts).toEqual(['b.example.com'])
  })

  it('is held, and not removed, when nothing of it is left', () => {
    expect(left({ hosts: [], refused }, [SHOP])).toMatchObject({ wanted: [], held: ['games/web'] })
    expect(left({ refused: { ...refused, certificate: true } }, null)).toMatchObject({ wanted: [], held: ['games/web'] })
    expect(left({ refused: { ...refused, certificate: true } }, [SHOP]).wanted).toHaveLength(1)
  })

  it('is renewed by a profile that is refused only if that issued it', () => {
    const profile = { ...refused, profile: true }
    expect(left({ refused: profile }, [SHOP]).wanted).toHaveLength(1)
    expect(left({ refused: profile }, [SHOP], 'another/pki/role').wanted).toHaveLength(0)
    expect(left({ refused: profile }, null).wanted).toHaveLength(0)
  })
})
