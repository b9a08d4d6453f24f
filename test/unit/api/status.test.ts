import { describe, expect, it } from 'vitest'
import { objectSchema } from '../../../controllers/api/schemas.ts'
import { type ApiFixture, apiFixture, ingressOf, namespaceOf } from './fixtures.ts'
import { LB, listener, noted, object, record, token, wait, warning, web } from './planned.ts'

async function statusOf(api: ApiFixture, name = 'web') {
  const answer = await api.ask(`/status/games/Ingress/${name}`, { token })
  expect(answer.status).toBe(200)
  return objectSchema.parse(await answer.json())
}

describe('/status/{namespace}/{kind}/{name} of a leader (simulated clock)', () => {
  it('tells the whole chain, what is waited for since when and until when, findings and last errors', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', web)
    noted(api, [web], { changes: [listener, record], findings: [warning], failed: true })
    await api.clock.advance(60_000)
    noted(api, [web], {
      changes: [{ ...listener, waits: [{ ...wait, seconds: 90 }] }, record],
      findings: [warning],
      failed: true,
    })
    expect(await statusOf(api)).toEqual({
      ...{ role: 'leader', leader: 'me', policy: 'sync', frozen: null },
      ...object,
      ...{ uid: 'uid-web', generation: 3, unit: 'ingress/games/web', hosts: ['web.example.com'], address: 'lb.example.com' },
      ...{ phase: 'InProgress', ready: false, leaving: false, stale: false, paused: null, source: 'plan' },
      plannedAt: '2026-01-01T12:01:00.000Z',
      chain: [
        { controller: 'certificates', state: 'done', detail: '', waits: [] },
        {
          controller: 'loadbalancers',
          state: 'waiting',
          detail: 'hosts are served on port 443',
          waits: [
            {
              kind: 'load-balancer-active',
              of: LB.replace('111111111111', '[account]'),
              since: '2026-01-01T12:00:00.000Z',
              until: '2026-01-01T12:02:30.000Z',
            },
          ],
        },
        { controller: 'dns', state: 'pending', detail: 'the host has no record', waits: [] },
      ],
      findings: [
        {
          ...{ code: 'UnknownAnnotation', severity: 'warning', field: warning.field, read: 'vault', expected: warning.expected },
          message: `${warning.message}; expected fairlead.dev/certificate`,
        },
      ],
      errors: [
        {
          controller: 'dns',
          change: 'dns:create:Route53.RecordSet:web.example.com A',
          code: 'AccessDenied',
          kind: 'forbidden',
          message:
            'User: [role] is not authorized to perform: route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/Z1',
          attempts: 3,
          since: '2026-01-01T12:00:00.000Z',
          nextAttempt: '2026-01-01T12:01:30.000Z',
        },
      ],
      held: [],
      unread: ['dns'],
      troubles: ['ChangeResourceRecordSets: AccessDenied (forbidden)', 'what dns depends on cannot be read'],
    })
  })

  it('says Served when nothing is left to create', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', web)
    noted(api, [web], { changes: [{ ...listener, action: 'update' }] })
    expect(await statusOf(api)).toMatchObject({ phase: 'Served', ready: true, stale: false })
  })

  it('does not say so of an object that is younger than the plan, or that changed since', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', web)
    noted(api, [ingressOf('other')], { changes: [{ ...listener, object: { ...object, name: 'other' } }] })
    expect(await statusOf(api)).toMatchObject({ phase: 'Unseen', ready: false, source: 'none', role: 'leader' })
    noted(api, [web], { changes: [{ ...listener, action: 'update' }] })
    api.watched.ingresses.apply('MODIFIED', { ...web, metadata: { ...web.metadata, generation: 4, resourceVersion: '2' } })
    expect(await statusOf(api)).toMatchObject({ phase: 'Served', ready: false, stale: true, generation: 4 })
    // The same name, and another object.
    api.watched.ingresses.apply('DELETED', web)
    api.watched.ingresses.apply('ADDED', ingressOf('web', { uid: 'another', resourceVersion: '3' }))
    expect(await statusOf(api)).toMatchObject({ phase: 'Unseen', source: 'none' })
  })

  it('says why nothing happens: frozen, held, paused by the object or by its Namespace, leaving', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', web)
    const braked = 'removals are stopped by the brake lost-1'
    noted(api, [web], { changes: [record], held: [braked] })
    expect(await statusOf(api)).toMatchObject({ frozen: null, held: [braked], paused: null })
    // A freeze holds before the next pass says so.
    const frozen = 'all writes are frozen: an outage'
    api.gate.freeze('an outage')
    expect(await statusOf(api)).toMatchObject({ frozen, held: [frozen, braked], troubles: [frozen, braked] })
    noted(api, [web], { changes: [record], held: [frozen] })
    expect(await statusOf(api)).toMatchObject({ held: [frozen] })
    api.watched.namespaces.apply('ADDED', namespaceOf('games', { 'fairlead.dev/paused': 'true' }))
    expect(await statusOf(api)).toMatchObject({ paused: 'Namespace' })
    const annotations = { 'fairlead.dev/paused': 'true' }
    const leaving = ingressOf('web', {
      ...web.metadata,
      annotations,
      deletionTimestamp: '2026-01-01T12:00:00Z',
      resourceVersion: '2',
    })
    api.watched.ingresses.apply('MODIFIED', leaving)
    expect(await statusOf(api)).toMatchObject({ paused: 'Ingress', leaving: true, phase: 'Removing', ready: false })
  })
})

const told = {
  generation: 3,
  phase: 'InProgress',
  steps: { certificates: 'done', loadbalancers: 'waiting', dns: 'pending' },
  detail: 'hosts are served on port 443',
  waitingFor: ['load-balancer-active'],
  findings: [{ code: 'UnknownAnnotation', severity: 'warning', message: 'no such annotation' }],
  troubles: ['CreateListener: Throttling (transient)'],
}
const annotated = (status: unknown, ready = 'false', resourceVersion = '1') =>
  ingressOf('web', {
    resourceVersion,
    annotations: {
      'fairlead.dev/status': typeof status === 'string' ? status : JSON.stringify(status),
      'fairlead.dev/ready': ready,
    },
  })

describe('/status of a standby (simulated clock)', () => {
  it('tells what the leader wrote on the object, and that it is no more than that', async () => {
    await using api = await apiFixture()
    Object.assign(api.lease, { leading: false, holder: 'the-other' })
    api.watched.ingresses.apply('ADDED', annotated(told))
    // What it planned itself, when it led, is not how things stand any more.
    noted(api, [web], { changes: [] })
    expect(await statusOf(api)).toMatchObject({
      ...{ role: 'standby', leader: 'the-other', source: 'annotation', phase: 'InProgress', ready: false, plannedAt: null },
      chain: [
        { controller: 'certificates', state: 'done', detail: '', waits: [] },
        {
          controller: 'loadbalancers',
          state: 'waiting',
          detail: told.detail,
          waits: [{ kind: 'load-balancer-active', of: null, since: null, until: null }],
        },
        { controller: 'dns', state: 'pending', detail: '', waits: [] },
      ],
      findings: [{ code: 'UnknownAnnotation', severity: 'warning', message: 'no such annotation', field: null }],
      troubles: told.troubles,
    })
  })

  it('is ready only for the object as it is now', async () => {
    await using api = await apiFixture()
    api.lease.leading = false
    const served = { ...told, phase: 'Served', steps: { dns: 'done' } }
    api.watched.ingresses.apply('ADDED', annotated(served, 'true'))
    expect(await statusOf(api)).toMatchObject({ phase: 'Served', ready: true, stale: false })
    api.watched.ingresses.apply('MODIFIED', annotated({ ...served, generation: 2 }, 'true', '2'))
    expect(await statusOf(api)).toMatchObject({ phase: 'Served', ready: false, stale: true })
  })

  it.each([
    ['not JSON', 'Unseen'],
    ['{"generation":"3"}', 'Unseen'],
    [
      {
        ...told,
        phase: 'Splendid',
        steps: { dns: 'dancing', other: 'done' },
        findings: [{ code: 'X', severity: 'odd', message: '' }],
      },
      'Unseen',
    ],
    [{ ...told, more: 'than there is' }, 'InProgress'],
  ])('answers whatever somebody wrote there: %j', async (status, phase) => {
    await using api = await apiFixture()
    api.lease.leading = false
    api.watched.ingresses.apply('ADDED', annotated(status))
    expect((await statusOf(api)).phase).toBe(phase)
  })
})
