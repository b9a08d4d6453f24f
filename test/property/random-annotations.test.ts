import { describe, expect, it } from 'vitest'
import { observedIn } from '../../controllers/cli/aws-state.ts'
import { planners } from '../../controllers/main.ts'
import { compose, intendUnit } from '../../controllers/shared/compose.ts'
import { unitOf } from '../../controllers/shared/members.ts'
import type { ClusterView, Ingress, Namespace, Service } from '../../controllers/shared/objects.ts'
import { unitKey } from '../../controllers/shared/unit.ts'
import { EMPTY, ingress, node, SETTINGS, START, service, slice } from '../support/loadbalancers-world.ts'
import { BACKEND_KEYS, type Random, type RandomObject, randomFrom, randomObject } from '../support/random-annotations.ts'
import { sizeOf } from '../support/sizes.ts'

const OBJECTS = sizeOf({ quick: 2_000, bounded: 4_000, long: 100_000 })
/** Always the same but in the exhaustive run, which looks for new ones. */
const SEED = process.env.FAIRLEAD_LONG === '1' ? Date.now() % 2 ** 31 : 20_261_127
const profile = {
  vault: 'default',
  mount: 'pki',
  role: 'web',
  keyType: 'ec-p256',
  ttlSeconds: 2_592_000,
  renewBeforeSeconds: 864_000,
} as const
const settings = { ...SETTINGS, account: '111111111111', region: 'us-east-1', profiles: { default: profile } }

type Given = {
  readonly view: ClusterView
  readonly ingress: Ingress
  readonly wrong: readonly string[]
  readonly marks: readonly string[]
}

/** One Ingress, the Service behind it and their Namespace, with random annotations on all of them. */
function given(random: Random): Given {
  const own = randomObject(random, 'Ingress')
  const none: RandomObject = { annotations: {}, wrong: [], marks: [] }
  const behind = random() < 0.5 ? randomObject(random, 'Service') : none
  const around = random() < 0.3 ? randomObject(random, 'Namespace') : none
  const made = ingress('web', { 'web.example.com': [{ path: '/' }] }, { group: null, annotations: own.annotations })
  const web: Service = service('web')
  const games: Namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'games', uid: 'ns', resourceVersion: '1', creationTimestamp: '', annotations: around.annotations },
  }
  const view = {
    ingresses: [made],
    ingressClasses: [OURS],
    services: [{ ...web, metadata: { ...web.metadata, annotations: behind.annotations } }],
    endpointSlices: [slice('web', ['10.1.0.1'])],
    nodes: [node('one')],
    namespaces: [games],
  } as unknown as ClusterView
  // The Service's own value counts, whatever the Ingress says.
  const counts = own.wrong.filter((key) => !BACKEND_KEYS.includes(key) || behind.annotations[key] === undefined)
  return { view, ingress: made, wrong: [...new Set([...counts, ...behind.wrong])], marks: [...own.marks, ...behind.marks] }
}

const OURS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'class', resourceVersion: '1', creationTimestamp: '' },
  spec: { controller: 'fairlead.dev/ingress' },
}

describe(`random annotations, seed ${SEED} (no clock)`, () => {
  it('are planned without a crash; each wrong one is told as blocking, and none of them is in a change', {
    timeout: 600_000,
  }, () => {
    const random = randomFrom(SEED)
    const counts = { wrong: 0, blocked: 0, changes: 0, marks: 0 }
    for (let index = 0; index < OBJECTS; index++) {
      const { view, ingress: object, wrong, marks } = given(random)
      const context = { unit: unitOf(object), view, settings, now: START }
      const intended = intendUnit(planners, context)
      const { plan } = compose(planners, context, intended, { ...observedIn(null, unitKey(context.unit)), loadbalancers: EMPTY })
      const told = plan.findings.filter((item) => item.severity === 'blocking').map((item) => item.field)
      const about = `object ${index}: ${JSON.stringify([object.metadata.annotations, view.services[0]?.metadata.annotations])}`
      // A Service's is read only once the Ingress itself is right.
      const refused = wrong.filter((key) => !BACKEND_KEYS.includes(key))
      const expected = isServing(told, refused) ? wrong : refused
      for (const key of expected) expect(told, `${about}: ${key}`).toContain(`metadata.annotations[${key}]`)
      const calls = JSON.stringify(plan.changes.map(({ target, before, after }) => [target, before, after]))
      for (const mark of marks) expect(calls.includes(mark), `${mark} is in a change of ${about}`).toBe(false)
      counts.wrong += wrong.length
      counts.blocked += told.length > 0 ? 1 : 0
      counts.changes += plan.changes.length
      counts.marks += marks.length
    }
    process.stdout.write(`${OBJECTS} objects, seed ${SEED}: ${JSON.stringify(counts)}\n`)
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(OBJECTS / 10)
  })
})

/** Whether anything holds the Ingress as a whole. */
function isServing(told: readonly string[], refused: readonly string[]): boolean {
  return refused.length === 0 && told.every((field) => BACKEND_KEYS.some((key) => field === `metadata.annotations[${key}]`))
}
