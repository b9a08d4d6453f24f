import { describe, expect, it } from 'vitest'
import type { Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import { Gate } from '../../../controllers/runtime/gate.ts'
import { Safety } from '../../../controllers/runtime/safety.ts'
import { SystemFindings } from '../../../controllers/runtime/system-findings.ts'
import { Watched } from '../../../controllers/runtime/watched.ts'
import { refOf } from '../../../controllers/shared/annotations.ts'
import { type Change, change } from '../../../controllers/shared/change.ts'
import type { ConfigMap } from '../../../controllers/shared/control.ts'
import type { Ingress, IngressClass, Namespace } from '../../../controllers/shared/objects.ts'
import { isRefused } from '../../../controllers/shared/tenancy-neighbourhood.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const MINUTE = 60_000
const TENANCY = { unlisted: 'first-claim' as const, namespaces: {} }
const ALL = 'group/all'
let version = 0
const meta = (name: string, namespace?: string) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: `${namespace}-${name}`,
  resourceVersion: String(++version),
  creationTimestamp: '2026-01-01T00:00:00Z',
})
const ingress = (name: string, { namespace = 'games', host = `${name}.example.com`, metadata = {} } = {}): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    ...meta(name, namespace),
    finalizers: ['fairlead.dev/cleanup'],
    annotations: namespace === 'games' ? { 'alb.ingress.kubernetes.io/group.name': 'all' } : {},
    ...metadata,
  },
  spec: { ingressClassName: 'fairlead', rules: [{ host }] },
})
const rival = { ...ingress('rival', { namespace: 'rivals', host: 'web-0.example.com' }) }
const webs = (count: number) => Array.from({ length: count }, (_, index) => ingress(`web-${index}`))

/** What is to be removed of Ingresses that are lost. */
const removals = (objects: readonly Ingress[]): readonly Change[] =>
  objects.map((item) =>
    change({
      controller: 'dns',
      action: 'delete',
      type: 'AWS::Route53::RecordSet',
      target: item.metadata.name,
      account: '1',
      region: '',
      object: refOf(item),
      reason: '',
      calls: ['ChangeResourceRecordSets'],
    }),
  )

function playing(ingresses: readonly Ingress[]) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const api = {} as Kubernetes
  const watched = new Watched({ api, clock, random: () => 0.5, ownNamespace: 'fairlead-system', onProblem: () => undefined })
  const gate = new Gate()
  const told: string[] = []
  const safety = new Safety({
    policy: 'sync',
    brake: { share: 0.1, least: 5, windowSeconds: 3600 },
    watched,
    gate,
    clock,
    api,
    ownNamespace: 'fairlead-system',
    inventories: ['dns'],
    findings: new SystemFindings({ about: () => null, emit: () => undefined, tell: (_, finding) => told.push(finding.code) }),
    onProblem: () => undefined,
  })
  for (const name of ['games', 'rivals'])
    watched.namespaces.apply('ADDED', { apiVersion: 'v1', kind: 'Namespace', metadata: meta(name) } as Namespace)
  const spec = { controller: 'fairlead.dev/ingress' }
  watched.ingressClasses.apply('ADDED', { kind: 'IngressClass', metadata: meta('fairlead'), spec } as IngressClass)
  watched.ingresses.replaceAll(ingresses)
  safety.brake.inventoried('dns', [])
  const touched: string[] = []
  watched.onTouched((unit) => touched.push(unit))
  const isHostFree = (host = 'web-0.example.com') => !isRefused(watched.neighbours.rivalsOf(host), TENANCY, refOf(rival), host)
  const control = (data: Readonly<Record<string, string>>) =>
    watched.controls.apply('MODIFIED', { metadata: meta('fairlead-safety', 'fairlead-system'), data } as unknown as ConfigMap)
  const made = (changes: readonly Change[]) => safety.allowed(ALL, changes).changes.length
  /** Each in a pass of its own unit, as in life: nobody sees the others' changes. */
  const madeApart = (changes: readonly Change[]) =>
    changes.reduce((sum, item) => sum + safety.allowed(`ingress/games/${item.object.name}`, [item]).changes.length, 0)
  return { clock, watched, safety, gate, told, touched, isHostFree, control, made, madeApart }
}

describe('what is kept for those who are missing (simulated clock)', () => {
  it('is their host, until what they had is removed; then whoever waits for it is told', () => {
    const lost = webs(3)
    const { watched, isHostFree, touched, made } = playing([...lost, rival])
    watched.ingresses.replaceAll([rival])
    expect(isHostFree()).toBe(false)
    expect(made(removals(lost))).toBe(3)
    expect(isHostFree()).toBe(false)
    touched.length = 0
    expect(made([])).toBe(0)
    expect(isHostFree()).toBe(true)
    expect(touched).toContain('ingress/rivals/rival')
  })

  it('is their host while the brake is on, also of who has nothing to remove', () => {
    const lost = webs(9)
    const { watched, isHostFree, made } = playing([...lost, rival])
    watched.ingresses.replaceAll([rival])
    expect(made([])).toBe(0)
    expect(isHostFree()).toBe(false)
    watched.ingresses.replaceAll([...lost, rival])
    expect(watched.claimants.missing.size).toBe(0)
    expect(isHostFree()).toBe(false)
    watched.ingresses.apply('DELETED', lost[0]!)
    expect(isHostFree()).toBe(true)
  })

  it('is nothing once their deletion was seen, or that of their Namespace', () => {
    const { watched, isHostFree } = playing([...webs(9), rival])
    watched.ingresses.replaceAll([rival])
    expect(isHostFree()).toBe(false)
    watched.namespaces.apply('DELETED', watched.namespaces.get('games')!)
    expect(isHostFree()).toBe(true)
    expect(watched.claimants.missing.size).toBe(0)
  })

  it('is forgotten where nobody worked for longer than the window', async () => {
    const { watched, safety, clock, isHostFree } = playing([...webs(3), rival])
    watched.ingresses.replaceAll([rival])
    await clock.advance(30 * MINUTE)
    safety.newTerm()
    expect(isHostFree()).toBe(false)
    await clock.advance(40 * MINUTE)
    safety.newTerm()
    expect(isHostFree()).toBe(true)
  })

  it('is the host of who is deleted while paused, and of who has our mark and another class', () => {
    const paused = { 'fairlead.dev/paused': 'true' }
    const web = ingress('web-0', { metadata: { annotations: paused } })
    const { watched, safety, isHostFree } = playing([web, rival])
    const deletionTimestamp = '2026-01-02T00:00:00Z'
    watched.ingresses.apply('MODIFIED', ingress('web-0', { metadata: { annotations: paused, deletionTimestamp } }))
    expect(isHostFree()).toBe(false)
    expect(safety.ingresses().map((item) => item.metadata.deletionTimestamp)).toEqual([undefined, undefined])
    expect(safety.ingresses()[0]).toBe(safety.ingresses()[0])
    watched.ingresses.apply('MODIFIED', ingress('web-0', { metadata: { annotations: {}, deletionTimestamp } }))
    expect(isHostFree()).toBe(true)
    watched.ingresses.apply('MODIFIED', { ...ingress('web-0'), spec: { ...web.spec, ingressClassName: 'nginx' } })
    expect(isHostFree()).toBe(false)
    const unmarked = ingress('web-0', { metadata: { finalizers: [] } })
    watched.ingresses.apply('MODIFIED', { ...unmarked, spec: { ...web.spec, ingressClassName: 'nginx' } })
    expect(isHostFree()).toBe(true)
  })
})

describe('the brake behind a freeze or a pause (simulated clock)', () => {
  it('counts what vanished while all was frozen for longer than its window', async () => {
    const lost = webs(8)
    const { watched, safety, clock, control, madeApart } = playing(lost)
    control({ freeze: 'looking into it' })
    watched.ingresses.replaceAll([])
    expect(madeApart(removals(lost))).toBe(0)
    await clock.advance(70 * MINUTE)
    control({})
    expect(madeApart(removals(lost))).toBe(0)
    expect(safety.brake.engaged?.objects).toHaveLength(8)
  })

  it.each(['freeze', 'pause'])('counts all whose removal it holds up, however long ago they vanished: %s', async (what) => {
    const all = webs(8)
    const { watched, safety, clock, control, madeApart } = playing(all)
    const pause = (paused: string) =>
      watched.namespaces.apply('MODIFIED', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { ...meta('games'), annotations: { 'fairlead.dev/paused': paused } },
      } as Namespace)
    if (what === 'freeze') control({ freeze: 'looking into it' })
    else pause('true')
    watched.ingresses.replaceAll(all.slice(0, 4))
    expect(madeApart(removals(all.slice(4)))).toBe(0)
    expect(safety.brake.engaged).toBeNull()
    await clock.advance(70 * MINUTE)
    watched.ingresses.replaceAll([])
    if (what === 'freeze') control({})
    else pause('false')
    expect(madeApart(removals(all))).toBe(0)
    expect(safety.brake.engaged?.objects).toHaveLength(8)
  })

  it('judges a record that another takes over by whose it was', () => {
    const lost = webs(8)
    const { watched, made } = playing([...lost, rival])
    watched.ingresses.replaceAll([rival])
    const [moved] = removals([rival])
    expect(made(lost.map((item, index) => ({ ...moved!, id: `move-${index}`, action: 'update', from: refOf(item) })))).toBe(0)
    expect(made([moved!])).toBe(1)
  })

  it('moves no record away from who is paused, nor once that has begun', async () => {
    const paused = ingress('web-0', { metadata: { annotations: { 'fairlead.dev/paused': 'true' } } })
    const { gate, made } = playing([paused, rival])
    const [moved] = removals([rival]).map((item): Change => ({ ...item, action: 'update', from: refOf(paused) }))
    expect(made([moved!])).toBe(0)
    await expect(gate.making([moved!], async () => gate.assertOpen())).rejects.toThrow('Ingress games/web-0 is paused')
  })
})
