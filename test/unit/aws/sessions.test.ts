import { describe, expect, it } from 'vitest'
import { type Session, sessions } from '../../../controllers/aws/sessions.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const where = { account: 'other', region: 'eu-west-1' }
const { signal } = new AbortController()
const hour = 3_600_000

function bench() {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const asked: string[] = []
  const state = { fails: false }
  const roles = sessions(clock, async ({ account }): Promise<Session> => {
    asked.push(account)
    await Promise.resolve()
    if (state.fails) throw new Error('STS is away')
    return { accessKeyId: `k${asked.length}`, secretAccessKey: 's', sessionToken: 't', expiresAt: clock.now() + hour }
  })
  return { clock, roles, asked, state }
}

describe('assumed role sessions (simulated clock)', () => {
  it('asks once for all who wait, and keeps the session', async () => {
    const { roles, asked } = bench()
    await Promise.all(Array.from({ length: 10 }, () => roles.ready(where, signal)))
    await roles.ready(where, signal)
    expect(asked).toEqual(['other'])
    await roles.ready({ ...where, account: 'third' }, signal)
    expect(asked).toEqual(['other', 'third'])
  })

  it('renews a session before it ends', async () => {
    const { clock, roles, asked } = bench()
    await roles.ready(where, signal)
    await clock.advance(hour - 6 * 60_000)
    await roles.ready(where, signal)
    expect(asked).toHaveLength(1)
    await clock.advance(2 * 60_000)
    await roles.ready(where, signal)
    expect(roles.held(where).accessKeyId).toBe('k2')
  })

  it('goes on with what it has while renewing fails, until it ends', async () => {
    const { clock, roles, state } = bench()
    await roles.ready(where, signal)
    state.fails = true
    await clock.advance(hour - 60_000)
    await roles.ready(where, signal)
    expect(roles.held(where).accessKeyId).toBe('k1')
    await clock.advance(60_000)
    await expect(roles.ready(where, signal)).rejects.toThrow('STS is away')
    state.fails = false
    await roles.ready(where, signal)
  })

  it('asks again when told that it has expired', async () => {
    const { roles, asked } = bench()
    await roles.ready(where, signal)
    roles.drop(where)
    await roles.ready(where, signal)
    expect(asked).toHaveLength(2)
  })

  it('lets one give up without stopping the others', async () => {
    const { roles } = bench()
    const given = new AbortController()
    const both = [roles.ready(where, given.signal), roles.ready(where, signal)]
    given.abort(new Error('enough'))
    await expect(both[0]).rejects.toThrow('enough')
    await both[1]
    await expect(sessions(simulatedClock(0), () => Promise.reject(new Error('no'))).ready(where, given.signal)).rejects.toThrow(
      'enough',
    )
  })
})
