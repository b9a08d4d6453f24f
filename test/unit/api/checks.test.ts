import { describe, expect, it } from 'vitest'
import { type ChecksOptions, liveness, readiness } from '../../../controllers/api/checks.ts'
import { INGRESSES, NODES } from '../../../controllers/cluster/kubernetes.ts'
import { healthReport, healthText } from '../../../controllers/runtime/health.ts'
import { LoopLag } from '../../../controllers/runtime/loop-lag.ts'
import type { Manager } from '../../../controllers/runtime/manager.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

function given() {
  const clock = simulatedClock(0)
  const world = {
    lag: 0,
    leading: true,
    holder: 'me',
    begun: true,
    running: { longestRunningMs: 0, longestRunningKey: null as string | null },
    stopping: false,
    reflectors: [INGRESSES, NODES].map((kind) => ({ kind, lastContact: 0, hasSynced: true })),
  }
  const options: ChecksOptions = {
    clock,
    lagMs: () => world.lag,
    lease: world,
    manager: {
      get queue() {
        return world.begun ? ({ metrics: world.running } as Manager['queue']) : null
      },
    },
    watched: world,
    stopping: () => world.stopping,
  }
  const alive = liveness(options)
  const ready = readiness(options)
  return { clock, world, health: () => healthReport(alive), readiness: () => healthReport(ready) }
}

describe('/healthz (simulated clock)', () => {
  it('is one line per check, and a verdict', () => {
    const { health } = given()
    expect(healthText(health())).toBe(
      '[+]event-loop ok: lag 0.0 s\n[+]api-contact ok\n[+]lease ok: leading\n[+]workers ok\nhealthy\n',
    )
  })

  it('fails while the event loop stands still', () => {
    const { world, health } = given()
    world.lag = 5_000
    expect(health().ok).toBe(true)
    world.lag = 5_001
    expect(healthText(health())).toMatch(/^\[-]event-loop failed: lag 5\.0 s\n(.*\n)*unhealthy\n$/)
    world.lag = 0
    expect(health().ok).toBe(true)
  })

  it('measures the lag of the event loop as it is now, not as it was at the last tick', async () => {
    const clock = simulatedClock(0)
    // The timer that is due at 1 s comes late.
    let late = 0
    const loop = new LoopLag({ ...clock, monotonic: () => clock.monotonic() + late }, 1_000)
    expect(loop.ms).toBe(0)
    late = 7_000
    expect(loop.ms).toBe(6_000)
    await clock.advance(1_000)
    expect(loop.ms).toBe(7_000)
    await clock.advance(1_000)
    expect(loop.ms).toBe(0)
    loop.stop()
    expect(clock.timers()).toBe(0)
  })

  it('fails when nothing was heard of one kind for ten minutes, and names it', async () => {
    const { clock, world, health } = given()
    await clock.advance(600_000)
    expect(health().ok).toBe(true)
    await clock.advance(1)
    world.reflectors[0]!.lastContact = clock.monotonic()
    expect(healthText(health())).toContain('[-]api-contact failed: nothing of nodes for 600.0 s\n')
    world.reflectors[1]!.lastContact = clock.monotonic()
    expect(health().ok).toBe(true)
  })

  it('fails when it works without a lease, not when another one works', () => {
    const { world, health } = given()
    Object.assign(world, { leading: false, holder: 'other' })
    expect(healthText(health())).toContain('[-]lease failed: standing by for other\n')
    world.begun = false
    expect(health().ok).toBe(true)
  })

  it('fails when a worker is stuck, and names the unit', () => {
    const { world, health } = given()
    world.running = { longestRunningMs: 600_001, longestRunningKey: 'group/shop' }
    expect(healthText(health())).toContain('[-]workers failed: group/shop has been worked on for 600.0 s\n')
  })
})

describe('/readyz (simulated clock)', () => {
  it('waits for every store, and names those that are missing', () => {
    const { world, readiness: ready } = given()
    expect(healthText(ready())).toBe('[+]stores ok\n[+]work ok: leading\n[+]going-on ok\nhealthy\n')
    world.reflectors[1]!.hasSynced = false
    expect(healthText(ready())).toContain('[-]stores failed: not read yet: nodes\n')
  })

  it('waits for a leader to begin, and not for a standby', () => {
    const { world, readiness: ready } = given()
    world.begun = false
    expect(healthText(ready())).toContain('[-]work failed: leading, and work has not begun\n')
    Object.assign(world, { leading: false, holder: 'other' })
    expect(healthText(ready())).toContain('[+]work ok: standing by for other\n')
    world.holder = ''
    expect(healthText(ready())).toContain('[+]work ok: nobody leads\n')
  })

  it('ends when the process was told to', () => {
    const { world, readiness: ready } = given()
    world.stopping = true
    expect(ready().ok).toBe(false)
  })
})
