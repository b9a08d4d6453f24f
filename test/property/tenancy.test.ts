import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Claimants } from '../../controllers/runtime/claimants.ts'
import { Neighbours, TENANCY_INDEXES } from '../../controllers/runtime/neighbours.ts'
import { Store } from '../../controllers/runtime/store.ts'
import { covers } from '../../controllers/shared/hosts.ts'
import type { Ingress, IngressClass, Namespace, Neighbourhood, Secret } from '../../controllers/shared/objects.ts'
import type { TenancySettings } from '../../controllers/shared/settings.ts'
import { claimOf } from '../../controllers/shared/tenancy-claims.ts'
import { grantOf, isGranted } from '../../controllers/shared/tenancy-grant.ts'
import { hasQuota, standingIn } from '../../controllers/shared/tenancy-neighbourhood.ts'
import { sizeOf } from '../support/sizes.ts'

const RUNS = sizeOf({ quick: 150, bounded: 500, long: 10_000 })
const SETTINGS: TenancySettings = {
  unlisted: 'first-claim',
  namespaces: { c: { hosts: ['**.example.com'], quotas: { records: 2 } } },
}
const HOSTS = ['x.example.com', 'y.example.com', '*.example.com', 'a.x.example.com', '*.x.example.com', 'other.org']
const NAMESPACES = ['a', 'b', 'c']
const OURS: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'class', resourceVersion: '1', creationTimestamp: '' },
  spec: { controller: 'fairlead.dev/ingress' },
}

const events = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ingress' as const),
      namespace: fc.constantFrom(...NAMESPACES),
      name: fc.constantFrom('one', 'two'),
      hosts: fc.subarray(HOSTS),
      served: fc.subarray(HOSTS),
      group: fc.constantFrom('', 'shared'),
      age: fc.integer({ min: 1, max: 9 }),
      leaving: fc.boolean(),
      certificate: fc.constantFrom('vault', 'none'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      namespace: fc.constantFrom(...NAMESPACES),
      name: fc.constantFrom('one', 'two'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('namespace' as const),
      namespace: fc.constantFrom(...NAMESPACES),
      allowed: fc.option(fc.subarray([...HOSTS, '**.example.com', '*'], { maxLength: 2 })),
      quota: fc.option(fc.integer({ min: 0, max: 2 })),
      gone: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('secret' as const), namespace: fc.constantFrom(...NAMESPACES), gone: fc.boolean() }),
  },
)
type Happening = typeof events extends fc.Arbitrary<infer T> ? T : never

/** Of everything as much. */
function quotasOf(quota: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['load-balancers', 'certificates', 'records'].map((kind) => [`fairlead.dev/quota-${kind}`, String(quota)]),
  )
}

type World = ReturnType<typeof worldOf>
function worldOf() {
  const indexes = { ...TENANCY_INDEXES, unit: (item: Ingress) => [claimOf(item).unit] }
  const ingresses = new Store<Ingress>({ indexes })
  const ingressClasses = new Store<IngressClass>()
  const namespaces = new Store<Namespace>()
  const secrets = new Store<Secret>({ indexes: { tenant: (item) => [item.metadata.name] } })
  ingressClasses.apply('ADDED', OURS)
  const neighbours = new Neighbours({
    ingresses,
    ingressClasses,
    claimants: new Claimants({ ingresses, ingressClasses, namespaces, indexes }),
    namespaces,
    secrets,
    hasQuota: (name, namespace) => hasQuota(SETTINGS, name, namespace),
  })
  return { ingresses, namespaces, secrets, neighbours }
}

function happen(world: World, event: Happening, version: number): void {
  const resourceVersion = String(version)
  const meta = { resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' }
  const { namespace } = event
  if (event.kind === 'namespace') {
    const annotations = {
      ...(event.allowed === null ? {} : { 'fairlead.dev/allowed-hosts': event.allowed.join(',') }),
      ...(event.quota === null ? {} : quotasOf(event.quota)),
    }
    const metadata = { ...meta, name: namespace, uid: `namespace-${namespace}`, annotations }
    world.namespaces.apply(event.gone ? 'DELETED' : 'MODIFIED', { apiVersion: 'v1', kind: 'Namespace', metadata })
    return
  }
  if (event.kind === 'secret') {
    const annotations = { 'fairlead.dev/slot': `ingress/${namespace}/one:certificate:${namespace}/one:rsa-2048` }
    const metadata = { ...meta, name: namespace, namespace: 'fairlead-system', uid: `secret-${namespace}`, annotations }
    world.secrets.apply(event.gone ? 'DELETED' : 'MODIFIED', { apiVersion: 'v1', kind: 'Secret', metadata })
    return
  }
  const there = world.ingresses.get(`${namespace}/${event.name}`)
  if (event.kind === 'delete') {
    if (there !== null) world.ingresses.apply('DELETED', { ...there, metadata: { ...there.metadata, resourceVersion } })
    return
  }
  const served = event.served.filter((host) => event.hosts.includes(host))
  world.ingresses.apply('MODIFIED', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...meta,
      name: event.name,
      namespace,
      uid: `${namespace}-${event.name}`,
      creationTimestamp: there?.metadata.creationTimestamp ?? `2026-01-0${event.age}T00:00:00Z`,
      ...(event.leaving ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}),
      annotations: {
        'fairlead.dev/status': JSON.stringify({ hosts: served }),
        'fairlead.dev/certificate': event.certificate,
        ...(event.group === '' ? {} : { 'alb.ingress.kubernetes.io/group.name': event.group }),
      },
    },
    spec: { ingressClassName: 'fairlead', rules: event.hosts.map((host) => ({ host })) },
    ...(served.length === 0 ? {} : { status: { loadBalancer: { ingress: [{ hostname: 'lb' }] } } }),
  })
}

/** Everybody at once, put together anew. */
function wholeOf(world: World): Neighbourhood {
  const ingresses = world.ingresses.list().filter((item) => item.metadata.deletionTimestamp === undefined)
  const unseen = NAMESPACES.filter((name) => world.namespaces.get(name) === null)
  const certified = world.secrets.list().map((secret) => `${secret.metadata.name}/one`)
  return { ingresses, namespaces: world.namespaces.list(), unseen, certified }
}

describe('who has a host (no clock)', () => {
  it('is told from its neighbours alone as from all there is, after whatever happened', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 4, maxLength: 14 }), (happenings) => {
        const world = worldOf()
        for (const [index, event] of happenings.entries()) {
          happen(world, event, index + 1)
          const whole = standingIn(wholeOf(world), SETTINGS)
          for (const item of wholeOf(world).ingresses) {
            const { key, hosts, namespace } = claimOf(item)
            for (const host of hosts)
              expect(standingIn(world.neighbours.rivalsOf(host), SETTINGS).owns(key, host)).toBe(whole.owns(key, host))
            const counted = world.neighbours.quotaOf(namespace)
            for (const kind of ['records', 'certificates', 'loadBalancers'] as const)
              expect(counted === null ? new Map() : standingIn(counted, SETTINGS).excess(kind, namespace)).toEqual(
                whole.excess(kind, namespace),
              )
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('is one namespace, but where both are listed for what they have; who is served keeps it; nobody waits for nobody', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 4, maxLength: 14 }), (happenings) => {
        const world = worldOf()
        for (const name of NAMESPACES)
          happen(world, { kind: 'namespace', namespace: name, allowed: null, quota: null, gone: false }, 1)
        for (const [index, event] of happenings.entries()) happen(world, event, index + 2)
        const whole = wholeOf(world)
        const standing = standingIn(whole, SETTINGS)
        const stakes = whole.ingresses.flatMap((item) => {
          const claim = claimOf(item)
          const grant = grantOf(SETTINGS, claim.namespace, world.namespaces.get(claim.namespace))
          const seen = world.namespaces.get(claim.namespace) !== null
          return claim.hosts.map((host) => ({
            ...claim,
            host,
            granted: isGranted(grant, host) || (!seen && claim.served.has(host)),
            // Of a Namespace that was not seen nobody knows what it may have: what is in place is taken to be right.
            may: seen ? grant.hosts.length === 0 || isGranted(grant, host) : claim.served.has(host),
            owns: standing.owns(claim.key, host) === true,
          }))
        })
        const overlap = (a: string, b: string) => a === b || covers(a, b) || covers(b, a)
        for (const one of stakes) {
          if (one.owns) expect(one.may).toBe(true)
          const rivals = stakes.filter((other) => other.namespace !== one.namespace && overlap(other.host, one.host))
          for (const other of rivals)
            if (one.owns && other.owns) {
              expect(one.granted && other.granted).toBe(true)
              if (one.host === other.host) expect(one.unit).toBe(other.unit)
            }
          // Whoever may have it and does not is kept from it by somebody who has it.
          if (one.may && !one.owns) expect(rivals.some((other) => other.owns)).toBe(true)
          // What is in place goes only to what is in place as well.
          if (one.may && one.served.has(one.host) && !one.owns)
            expect(rivals.some((other) => other.owns && other.served.has(other.host))).toBe(true)
        }
        const shuffled = standingIn({ ...whole, ingresses: [...whole.ingresses].reverse() }, SETTINGS)
        for (const { key, host, owns } of stakes) expect(shuffled.owns(key, host) === true).toBe(owns)
      }),
      { numRuns: RUNS },
    )
  })
})
