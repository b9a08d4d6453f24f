import { describe, expect, it } from 'vitest'
import { Brake } from '../../../controllers/runtime/brake.ts'
import type { Origin, Provenance } from '../../../controllers/runtime/provenance.ts'
import type { BrakeState } from '../../../controllers/shared/brake.ts'
import { type Change, change } from '../../../controllers/shared/change.ts'
import { controlOf } from '../../../controllers/shared/control.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const HOUR = 3_600_000

function removal(name: string, over: Partial<Change> = {}): Change {
  const object = { kind: 'Ingress', namespace: 'games', name }
  const base = {
    controller: 'dns',
    action: 'delete',
    type: 'AWS::Route53::RecordSet',
    target: name,
    account: '1',
    region: '',
  } as const
  return { ...change({ ...base, object, reason: '', calls: ['ChangeResourceRecordSets'] }), ...over }
}

function playing(owned = 100) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const origins = new Map<string, Origin>()
  const told: BrakeState[] = []
  const released: string[] = []
  const provenance = {
    of: ({ name }: { name: string }) => origins.get(name) ?? 'inferred',
    lost: () => new Set<string>(),
    lostTargets: () => false,
    owned: () => owned,
    isThere: () => false,
    knewUnit: () => false,
  } as unknown as Provenance
  const brake = new Brake({
    provenance,
    clock,
    settings: { share: 0.1, least: 5, windowSeconds: 3600 },
    inventories: ['loadbalancers', 'dns'],
    isGone: () => true,
    onEngaged: (state) => told.push(state),
    onReleased: (units) => released.push(...units),
  })
  const inventoried = () => {
    brake.inventoried('loadbalancers', [])
    brake.inventoried('dns', [])
  }
  return { brake, clock, origins, told, released, inventoried }
}

const kept = (brake: BrakeState, acknowledged?: { readonly name: string; readonly at: number }) =>
  controlOf({
    data: {
      brake: JSON.stringify(brake),
      ...(acknowledged === undefined
        ? {}
        : { acknowledged: JSON.stringify({ name: acknowledged.name, at: new Date(acknowledged.at).toISOString() }) }),
    },
  } as never)

describe('the brake (simulated clock)', () => {
  it('lets nothing inferred go before every inventory was read, and tells its unit when they are', () => {
    const { brake, released, inventoried } = playing()
    expect(brake.filter('ingress/games/a', [removal('a')])).toEqual([])
    inventoried()
    expect(released).toEqual(['ingress/games/a'])
    expect(brake.filter('ingress/games/a', [removal('a')])).toHaveLength(1)
  })

  it('counts over units and time: twelve of a hundred within an hour are too many, a witnessed one never counts', async () => {
    const { brake, clock, origins, told, inventoried } = playing(88)
    inventoried()
    for (let index = 0; index < 200; index++) origins.set(`seen-${index}`, 'witnessed')
    for (let index = 0; index < 200; index++) expect(brake.filter('u', [removal(`seen-${index}`)])).toHaveLength(1)
    for (let index = 0; index < 9; index++) expect(brake.filter(`u${index}`, [removal(`lost-${index}`)])).toHaveLength(1)
    await clock.advance(30 * 60_000)
    expect(brake.filter('u9', [removal('lost-9')])).toEqual([])
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ owned: 98 })
    expect(brake.filter('u', [removal('seen-1')])).toHaveLength(1)
  })

  it('forgets after the window', async () => {
    const { brake, clock, told, inventoried } = playing(10)
    inventoried()
    for (let index = 0; index < 5; index++) brake.filter('u', [removal(`lost-${index}`)])
    await clock.advance(HOUR + 1000)
    expect(brake.filter('u', [removal('lost-9')])).toHaveLength(1)
    expect(told).toEqual([])
  })

  it('takes nothing of a unit away that one who is lost shares, and lets the others be served', () => {
    const { brake, origins, inventoried } = playing(6)
    inventoried()
    origins.set('alive', 'alive')
    const lost = Array.from({ length: 7 }, (_, index) => removal(`lost-${index}`))
    const shared = removal('alive', { id: 'shared' })
    const made = removal('alive', { id: 'made', action: 'create' })
    expect(brake.filter('u', [...lost, shared, made])).toEqual([made])
  })

  it('has another name when it is on for more, and is told again; its earlier name acknowledges nothing but what it stood for', () => {
    const { brake, clock, told, released, inventoried } = playing(6)
    inventoried()
    const lost = Array.from({ length: 20 }, (_, index) => removal(`lost-${index}`))
    expect(brake.filter('u', lost.slice(0, 7))).toEqual([])
    expect(brake.filter('v', lost.slice(7))).toEqual([])
    const [first, second, ...more] = told
    expect(more).toEqual([])
    expect(second!.objects).toHaveLength(20)
    expect(second!.name).not.toBe(first!.name)
    expect(second!.since).toBe(first!.since)
    // The watch tells late of what we kept first.
    brake.read(kept(first!))
    expect(brake.engaged).toEqual(second)
    brake.read(kept(first!, { name: first!.name, at: clock.now() }))
    expect(released).toEqual(['u', 'v'])
    const { name, objects } = brake.engaged!
    expect(objects).toEqual(second!.objects.filter((key) => !first!.objects.includes(key)))
    expect(told.at(-1)!.name).toBe(name)
    expect(brake.filter('u', lost.slice(0, 7))).toHaveLength(7)
    expect(brake.filter('v', lost.slice(7))).toEqual([])
    brake.read(kept(brake.engaged!, { name, at: clock.now() }))
    expect(brake.engaged).toBeNull()
    expect(brake.filter('v', lost.slice(7))).toHaveLength(13)
  })

  it('lets nothing go that vanished after it was acknowledged, if that is too much again', () => {
    const { brake, clock, told, inventoried } = playing(6)
    inventoried()
    const lost = Array.from({ length: 20 }, (_, index) => removal(`lost-${index}`))
    brake.filter('u', lost.slice(0, 7))
    brake.read(kept(told[0]!, { name: told[0]!.name, at: clock.now() }))
    expect(brake.engaged).toBeNull()
    expect(brake.filter('u', lost.slice(0, 7))).toHaveLength(7)
    expect(brake.filter('v', lost.slice(7))).toEqual([])
    expect(brake.engaged!.objects).toHaveLength(13)
  })

  it('goes on under its name after a restart, though of a group nobody can say which Ingresses it had', () => {
    const { brake, told, inventoried } = playing(6)
    const objects = Array.from({ length: 7 }, (_, index) => `Ingress games/lost-${index}`)
    brake.read(kept({ name: 'lost-before', since: '2026-01-01T00:00:00.000Z', objects, owned: 13 }))
    inventoried()
    brake.inventoried('loadbalancers', ['group/all', 'ingress/games/lost-1'])
    brake.filter('u', [removal('lost-1')])
    expect(brake.engaged!.name).toBe('lost-before')
    expect(told).toHaveLength(1)
  })

  it('is released by its own name alone, and for an hour', async () => {
    const { brake, clock, told, released, inventoried } = playing(6)
    inventoried()
    const lost = Array.from({ length: 7 }, (_, index) => removal(`lost-${index}`))
    expect(brake.filter('u', lost)).toEqual([])
    const state = told[0]!
    const control = (name: string) => kept(state, { name, at: clock.now() })
    brake.read(control('lost-another'))
    expect(brake.filter('u', lost)).toEqual([])
    brake.read(control(state.name))
    expect(released).toEqual(['u'])
    expect(brake.filter('u', lost)).toHaveLength(7)
    await clock.advance(HOUR + 1000)
    expect(brake.filter('u', lost)).toEqual([])
    expect(told.at(-1)!.name).not.toBe(state.name)
  })
})
