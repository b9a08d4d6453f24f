import { describe, expect, it } from 'vitest'
import type { Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import { BrakeKeeper } from '../../../controllers/runtime/brake-keeper.ts'
import { controlOf } from '../../../controllers/shared/control.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const STATE = { name: 'lost-1', since: '2026-01-01T00:00:00.000Z', objects: ['Ingress games/web'], owned: 9 }

function playing() {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const server = { down: true, tries: 0, kept: '' }
  const api = {
    patch: async (_kind: unknown, _at: unknown, body: { readonly data: { readonly brake: string } }) => {
      server.tries++
      if (server.down) throw new Error('down')
      server.kept = body.data.brake
    },
  } as unknown as Kubernetes
  const keeper = new BrakeKeeper({
    api,
    clock,
    ownNamespace: 'fairlead-system',
    there: () => controlOf(null),
    isEngaged: () => true,
    onProblem: () => undefined,
  })
  return { clock, server, keeper }
}

describe('keeping what the brake is on for (simulated clock)', () => {
  it('tries until it is written, or the term is over; the next term goes on', async () => {
    const { clock, server, keeper } = playing()
    const term = new AbortController()
    keeper.begin(term.signal)
    const keeping = keeper.keep(STATE)
    await clock.advance(10_000)
    expect(server.tries).toBeGreaterThan(3)
    term.abort()
    await keeping
    const { tries } = server
    await clock.advance(60_000)
    expect(server.tries).toBe(tries)
    server.down = false
    keeper.begin(new AbortController().signal)
    await clock.settle()
    expect(JSON.parse(server.kept)).toEqual(STATE)
  })

  it('is left to who leads', async () => {
    const { clock, server, keeper } = playing()
    await keeper.keep(STATE)
    await clock.advance(10_000)
    expect(server.tries).toBe(0)
  })
})
