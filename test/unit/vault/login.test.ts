import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { login } from '../../../controllers/vault/login.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

let dir: string
let tokenFile: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fairlead-login-'))
  tokenFile = join(dir, 'token')
})
afterAll(() => rm(dir, { recursive: true }))

async function bench(seconds: number) {
  await writeFile(tokenFile, 'first\n')
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const posted: [string, unknown][] = []
  const logged = login(clock, { method: 'kubernetes', role: 'fairlead', mount: 'k8s', tokenFile }, async (path, body) => {
    posted.push([path, body])
    return { client_token: `t${posted.length}`, lease_duration: seconds }
  })
  return { clock, logged, posted }
}

describe('login at Vault (simulated clock)', () => {
  it('logs in again at two thirds of the life of a token, with what the file holds then', async () => {
    const { clock, logged, posted } = await bench(3600)
    expect((await logged.token()).value).toBe('t1')
    await clock.advance(2_399_000)
    expect((await logged.token()).value).toBe('t1')
    await writeFile(tokenFile, 'second\n')
    await clock.advance(1000)
    expect((await logged.token()).value).toBe('t2')
    expect(posted).toEqual([
      ['auth/k8s/login', { role: 'fairlead', jwt: 'first' }],
      ['auth/k8s/login', { role: 'fairlead', jwt: 'second' }],
    ])
  })

  it("bears Vault's default life of 32 days, which overflows a timer, and a token without end", async () => {
    for (const seconds of [2_764_800, 0]) {
      const { clock, logged, posted } = await bench(seconds)
      await logged.token()
      await clock.advance(20 * 86_400_000)
      await logged.token()
      expect(posted).toHaveLength(1)
    }
  })

  it('logs in once for all who ask, and drops only the token that was refused', async () => {
    const { logged, posted } = await bench(3600)
    const [first] = await Promise.all([logged.token(), logged.token(), logged.token()])
    expect(posted).toHaveLength(1)
    logged.drop(first)
    const second = await logged.token()
    // Somebody else's refusal of the old one, which came late.
    logged.drop(first)
    expect(await logged.token()).toBe(second)
    expect(posted).toHaveLength(2)
  })
})
