import { describe, expect, it } from 'vitest'
import { LEASES } from '../../../controllers/cluster/kubernetes.ts'
import { Lease } from '../../../controllers/runtime/lease.ts'
import type { LeaseObject } from '../../../controllers/runtime/lease-record.ts'
import { Manager } from '../../../controllers/runtime/manager.ts'
import type { WorkSignals } from '../../../controllers/runtime/reconciler.ts'
import type { Watched } from '../../../controllers/runtime/watched.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const AT = { namespace: 'fairlead', name: 'fairlead' }

/** A manager with two units, whose passes take as long as told. */
async function working(passMs: number) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const server = new KubernetesStandin({ clock, namespaces: ['fairlead'] })
  const lease = new Lease({
    api: server.client({ fieldManager: 'one' }),
    clock,
    random: () => 0,
    ...AT,
    identity: 'one',
    requestTimeoutMs: 4_000,
  })
  const log: string[] = []
  const units = ['a', 'b']
  const watched = { start: async () => undefined, onTouched: () => () => undefined, units: () => units, openUnits: () => units }
  const manager = new Manager({
    watched: watched as unknown as Watched,
    lease,
    clock,
    random: () => 0.5,
    workers: 1,
    sweepMs: 600_000,
    async reconcile(unit, _reason, { stop, cut }: WorkSignals) {
      log.push(`${unit} began`)
      stop.addEventListener('abort', () => log.push(`${unit} is to begin nothing new at ${clock.monotonic()}`))
      await new Promise<void>((resolve) => {
        clock.after(passMs, resolve)
        cut.addEventListener('abort', () => {
          log.push(`${unit} was cut at ${clock.monotonic()}`)
          resolve()
        })
      })
      log.push(`${unit} ended at ${clock.monotonic()}`)
      return { plan: { changes: [] } as never, requeueAfterMs: null }
    },
    isGone: () => false,
    inventories: [],
    onTerm: () => undefined,
    onProblem: (what, problem) => log.push(`${what}: ${problem}`),
  })
  const stop = new AbortController()
  const ended = manager.run(stop.signal)
  await clock.advance(1_000)
  return { clock, server, log, stop, ended, held: () => server.get<LeaseObject>(LEASES, AT)?.spec }
}

describe('a leader that is told to stop (simulated clock)', () => {
  it('finishes what it began, begins nothing, and gives the lease away at once', async () => {
    const { clock, log, stop, ended, held } = await working(10_000)
    stop.abort(new Error('SIGTERM'))
    await clock.advance(30_000)
    await ended
    expect(log).toEqual(['a began', 'a is to begin nothing new at 1000', 'a ended at 10000'])
    expect(held()?.holderIdentity).toBe('')
  })

  it('cuts what takes too long, and leaves a successor to wait for what may still be carried out', async () => {
    const { clock, log, stop, ended, held } = await working(120_000)
    stop.abort(new Error('SIGTERM'))
    await clock.advance(30_000)
    await ended
    expect(log).toEqual(['a began', 'a is to begin nothing new at 1000', 'a was cut at 16000', 'a ended at 16000'])
    // Held still, but for a second only: who takes a lease from a holder waits for a request before it writes.
    expect(held()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 1 })
  })

  it('cuts at once when the lease is lost', async () => {
    const { clock, server, log } = await working(120_000)
    const spec = server.get<LeaseObject>(LEASES, AT)!.spec
    server.patch(LEASES, AT, { spec: { ...spec, holderIdentity: 'two' } })
    await clock.advance(5_000)
    expect(log.slice(0, 3)).toEqual(['a began', 'a was cut at 2000', 'a is to begin nothing new at 2000'])
  })
})
