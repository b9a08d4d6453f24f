import { describe, expect, it } from 'vitest'
import * as errors from '../../../controllers/cluster/errors.ts'
import { kubernetesErrorOf } from '../../../controllers/cluster/errors.ts'
import { LineTooLongError, readLines } from '../../../controllers/cluster/read-lines.ts'
import { Backoff } from '../../../controllers/runtime/backoff.ts'
import { finalizerAdded, finalizerRemoved } from '../../../controllers/runtime/finalizer.ts'
import {
  contactCheck,
  healthReport,
  healthText,
  leaseCheck,
  loopCheck,
  workerCheck,
} from '../../../controllers/runtime/health.ts'
import { LoopLag } from '../../../controllers/runtime/loop-lag.ts'
import type { Meta } from '../../../controllers/shared/objects.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const object = (metadata: Partial<Meta> = {}) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
})

describe('finalizer (no clock)', () => {
  it('is added beside others, with the version they were read at', () => {
    expect(finalizerAdded(object({ finalizers: ['x'] }), 'f')).toEqual({
      metadata: { resourceVersion: '7', finalizers: ['x', 'f'] },
    })
    expect(finalizerAdded(object({ finalizers: ['f'] }), 'f')).toBeNull()
    expect(finalizerAdded(object({ deletionTimestamp: '2026-01-01T00:00:00Z' }), 'f')).toBeNull()
  })

  it('is removed alone', () => {
    expect(finalizerRemoved(object({ finalizers: ['x', 'f'] }), 'f')).toEqual({
      metadata: { resourceVersion: '7', finalizers: ['x'] },
    })
    expect(finalizerRemoved(object(), 'f')).toBeNull()
  })
})

describe('lines of a stream (no clock)', () => {
  async function read(chunks: readonly (string | Uint8Array)[], limit = 100): Promise<readonly string[]> {
    async function* stream() {
      for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    }
    const lines: string[] = []
    for await (const line of readLines(stream(), limit)) lines.push(line)
    return lines
  }

  it('are put together from pieces, and a cut-off end is dropped', async () => {
    expect(await read(['{"a"', ':1}\n{"b":2}\n\n{"c"', ':3}\n{"cut'])).toEqual(['{"a":1}', '{"b":2}', '{"c":3}'])
  })

  it('may be cut within a character', async () => {
    const bytes = Buffer.from('ü\n')
    expect(await read([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(['ü'])
  })

  it('are bounded', async () => {
    await expect(read(Array(20).fill('x'.repeat(10)))).rejects.toThrow(LineTooLongError)
    expect(await read(Array(20).fill(`${'x'.repeat(10)}\n`))).toHaveLength(20)
  })
})

describe('kubernetes errors (no clock)', () => {
  it('are told apart by code, and carry no body', () => {
    const body = { reason: 'Conflict', message: 'swordfish', details: { causes: [{ field: '.spec.x', message: 'swordfish' }] } }
    const error = kubernetesErrorOf('patch Ingress shop/web', 409, body)
    expect(error).toMatchObject({ code: 'KUBERNETES_CONFLICT', message: 'patch Ingress shop/web: 409 Conflict (.spec.x)' })
    expect(JSON.stringify(error)).not.toContain('swordfish')
    expect(errors.isConflict(error)).toBe(true)
    expect(errors.isAlreadyExists(kubernetesErrorOf('create', 409, { reason: 'AlreadyExists' }))).toBe(true)
    expect(errors.isGone(kubernetesErrorOf('watch', 410, null))).toBe(true)
    expect(errors.isForbidden(kubernetesErrorOf('get', 401, null))).toBe(true)
    expect(errors.isInvalid(kubernetesErrorOf('get', 418, null))).toBe(true)
  })

  it('are transient or doubtful by what the server may have done', () => {
    const throttled = kubernetesErrorOf('patch', 429, { details: { retryAfterSeconds: 3 } })
    expect([errors.isTransient(throttled), errors.isDoubtful(throttled), throttled.retryAfterSeconds]).toEqual([true, false, 3])
    const broken = kubernetesErrorOf('patch', 503, null)
    expect([errors.isTransient(broken), errors.isDoubtful(broken)]).toEqual([true, true])
    expect(errors.isTransient(kubernetesErrorOf('patch', 404, null))).toBe(false)
  })
})

describe('backoff (no clock)', () => {
  it('grows to its bound, keeps to what the server asks, and starts afresh', () => {
    const backoff = new Backoff({ baseMs: 800, maxMs: 30_000, random: () => 1 })
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.next())).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000])
    expect(backoff.next(60_000)).toBe(60_000)
    backoff.reset()
    expect(backoff.next()).toBe(800)
  })
})

describe('health (simulated clock)', () => {
  it('is what every check says, and one that throws is not well', () => {
    const report = healthReport([
      { name: 'fine', check: () => ({ ok: true, detail: '' }) },
      {
        name: 'odd',
        check: () => {
          throw new Error('broken')
        },
      },
    ])
    expect(report.ok).toBe(false)
    expect(healthText(report)).toBe('[+]fine ok\n[-]odd failed: broken\nunhealthy\n')
  })

  it('sees a late loop, a silent server, a stuck worker and a leader without a lease', async () => {
    const clock = simulatedClock(0)
    const lag = new LoopLag({ ...clock, after: (ms, run) => clock.after(ms + 7_000, run) })
    await clock.advance(8_000)
    expect(loopCheck(() => lag.ms).check()).toMatchObject({ ok: false, detail: 'lag 7.0 s' })
    lag.stop()
    const reflector = { kind: { plural: 'ingresses' }, lastContact: 0 }
    const contact = contactCheck([reflector], () => clock.monotonic(), 10_000)
    expect(contact.check().ok).toBe(true)
    await clock.advance(10_000)
    expect(contact.check()).toMatchObject({ ok: false, detail: 'nothing of ingresses for 18.0 s' })
    expect(workerCheck(() => ({ longestRunningMs: 700_000, longestRunningKey: 'a' })).check().ok).toBe(false)
    expect(leaseCheck({ leading: false, holder: 'other' }, () => true).check().ok).toBe(false)
    expect(leaseCheck({ leading: false, holder: 'other' }, () => false).check()).toEqual({
      ok: true,
      detail: 'standing by for other',
    })
  })
})
