import { describe, expect, it } from 'vitest'
import { kubernetesErrorOf } from '../../../controllers/cluster/errors.ts'
import { EVENTS, INGRESSES } from '../../../controllers/cluster/kubernetes.ts'
import { Recorder } from '../../../controllers/runtime/recorder.ts'
import type { KubeObject } from '../../../controllers/shared/objects.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

type Event = KubeObject & {
  readonly series?: { readonly count: number }
  readonly note: string
  readonly reason: string
  readonly regarding: object
}

function given() {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const server = new KubernetesStandin({ clock, namespaces: ['shop'] })
  const problems: unknown[] = []
  const recorder = new Recorder({
    api: server.client({ fieldManager: 'test' }),
    clock,
    controller: 'fairlead.dev/controller',
    instance: 'pod-1',
    onProblem: (problem) => problems.push(problem),
  })
  const object = server.apply(INGRESSES, { metadata: { namespace: 'shop', name: 'web' }, spec: {} })
  const record = (note = 'the note', reason = 'HostInvalid') =>
    recorder.record({ object, type: 'Warning', reason, action: 'Plan', note })
  const events = () => server.list<Event>(EVENTS)
  return { clock, server, recorder, object, record, events, problems }
}

describe('recorder (simulated clock)', () => {
  it('writes what happened, to whom', async () => {
    const { record, events, recorder, object } = given()
    record()
    await recorder.flush()
    expect(events()).toMatchObject([
      {
        metadata: { namespace: 'shop' },
        type: 'Warning',
        reason: 'HostInvalid',
        action: 'Plan',
        note: 'the note',
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'fairlead.dev/controller',
        regarding: { kind: 'Ingress', namespace: 'shop', name: 'web', uid: object.metadata.uid },
      },
    ])
  })

  it('only counts the same within two minutes, then makes it a series', async () => {
    const { clock, record, events, recorder, server } = given()
    for (let count = 0; count < 5; count++) record()
    await clock.advance(119_000)
    record()
    await recorder.flush()
    expect(server.calls.filter((call) => call.write)).toHaveLength(1)
    await clock.advance(1_000)
    record()
    await recorder.flush()
    expect(events()).toHaveLength(1)
    expect(events()[0]?.series?.count).toBe(7)
  })

  it('tells different notes and reasons apart', async () => {
    const { record, events, recorder } = given()
    record('one')
    record('two')
    record('one', 'Other')
    await recorder.flush()
    expect(events()).toHaveLength(3)
  })

  it('writes a series anew whose event the server has dropped', async () => {
    const { clock, record, events, recorder, server } = given()
    record()
    await recorder.flush()
    for (const event of events()) server.delete(EVENTS, event.metadata as { namespace: string; name: string })
    await clock.advance(121_000)
    record()
    await recorder.flush()
    expect(events()).toHaveLength(1)
  })

  it('is limited for each object, and fills up again', async () => {
    const { clock, record, events, recorder } = given()
    for (let count = 0; count < 40; count++) record(`note ${count}`)
    await recorder.flush()
    expect(events()).toHaveLength(25)
    expect(recorder.dropped).toBe(15)
    await clock.advance(300_000)
    record('one more')
    await recorder.flush()
    expect(events()).toHaveLength(26)
  })

  it('cuts a note to 1024 bytes, between characters', async () => {
    const { record, events, recorder } = given()
    record('ü'.repeat(2_000))
    await recorder.flush()
    const note = events()[0]?.note ?? ''
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024)
    expect(note).toMatch(/^ü+…$/)
  })

  it('tries again what failed for a moment, reports what is refused, and never throws', async () => {
    const { clock, server, record, events, recorder, problems } = given()
    server.fail({ on: (call) => call.kind === 'Event', mode: 'before', times: 2 })
    record('one')
    await clock.advance(5_000)
    expect(events()).toHaveLength(1)
    server.fail({
      on: (call) => call.kind === 'Event',
      mode: 'before',
      error: () => kubernetesErrorOf('create Event', 403, null),
    })
    record('two')
    await clock.advance(5_000)
    expect(events()).toHaveLength(1)
    expect(problems).toHaveLength(1)
    expect(() => recorder.record({} as never)).not.toThrow()
  })

  it('makes one event of a create whose answer was lost', async () => {
    const { clock, server, record, events, recorder, problems } = given()
    server.fail({ on: (call) => call.kind === 'Event', mode: 'after' })
    record()
    await clock.advance(5_000)
    expect(events()).toHaveLength(1)
    expect([recorder.dropped, problems]).toEqual([0, []])
  })

  it('stops within its grace when the server hangs', async () => {
    const { clock, server, record, recorder } = given()
    server.fail({ on: (call) => call.kind === 'Event', mode: 'hang' })
    record()
    const stop = recorder.stop(2_000)
    await clock.advance(2_000)
    await stop
    expect(clock.timers()).toBe(0)
  })
})
