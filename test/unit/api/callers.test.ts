import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileTokens } from '../../../controllers/api/file-tokens.ts'
import { oidcCallers } from '../../../controllers/api/oidc.ts'
import { Sensitive } from '../../../controllers/shared/sensitive.ts'
import { oidcIssuer } from '../../support/oidc-issuer.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'
import { apiFixture, codeOf, FILE_TOKEN } from './fixtures.ts'

const noProblem = () => undefined

describe('tokens of the cluster (simulated clock)', () => {
  it('are asked about once in the time an answer holds, and so is what they may', async () => {
    await using api = await apiFixture()
    const ask = (token: string) => api.ask('/status/games/Ingress/web', { token })
    for (let count = 0; count < 5; count++) expect((await ask('token-of-games')).status).toBe(404)
    expect(api.review.state.asked).toEqual(['TokenReview', 'SubjectAccessReview'])
    expect((await ask('garbage')).status).toBe(401)
    expect((await ask('garbage')).status).toBe(401)
    expect(api.review.state.asked.filter((kind) => kind === 'TokenReview')).toHaveLength(2)
    // A token that was withdrawn is refused when the answer does not hold any more.
    api.review.state.users = {}
    await api.clock.advance(10_000)
    expect((await ask('token-of-games')).status).toBe(401)
  })

  it('are refused as long as the API server does not answer, and let in when it does', async () => {
    await using api = await apiFixture()
    api.review.state.down = true
    expect((await api.ask('/status', { token: 'token-of-admin' })).status).toBe(503)
    expect((await api.ask('/metrics', { token: FILE_TOKEN })).status).toBe(200)
    api.review.state.down = false
    expect((await api.ask('/status', { token: 'token-of-admin' })).status).toBe(200)
    api.review.state.down = true
    expect((await api.ask('/metrics', { token: 'token-of-admin' })).status).toBe(503)
  })
})

describe('tokens from files (simulated clock)', () => {
  it('follow their file, also where it is a link that is moved, within a second', async () => {
    await using api = await apiFixture()
    const met = async (token: string) => (await api.ask('/metrics', { token })).status
    expect(await met(FILE_TOKEN)).toBe(200)
    const next = 'the-next-one-0123456789'
    const target = join(api.files.prometheus, '../..next')
    await writeFile(target, next)
    await rm(api.files.prometheus)
    await symlink(target, api.files.prometheus)
    await api.clock.advance(1_000)
    expect([await met(FILE_TOKEN), await met(next)]).toEqual([401, 200])
  })

  it('let nobody in when their file is gone or too short, and again when it is back', async () => {
    await using api = await apiFixture()
    const met = async () => (await api.ask('/metrics', { token: FILE_TOKEN })).status
    for (const spoil of [() => rm(api.files.prometheus), () => writeFile(api.files.prometheus, 'short')]) {
      await spoil()
      await api.clock.advance(1_000)
      expect(await met()).toBe(401)
      await writeFile(api.files.prometheus, FILE_TOKEN)
      await api.clock.advance(1_000)
      expect(await met()).toBe(200)
    }
    expect(api.problems).toHaveLength(2)
  })

  it.each([
    ['/nowhere/at/all', /http\.tokens\.mine\.file \/nowhere\/at\/all: ENOENT/],
    [import.meta.filename, /http\.tokens\.mine\.file .*expected a token/],
  ])('that cannot be used from the start are told: %s', async (file, message) => {
    const tokens = { mine: { file, namespaces: [], metrics: true } }
    const reading = FileTokens.read({ tokens, clock: simulatedClock(0), onProblem: noProblem })
    await expect(reading).rejects.toThrow(message)
  })
})

describe('tokens of an OIDC issuer (simulated clock)', () => {
  const claims = { aud: 'fairlead', sub: 'ann', groups: ['operators'] }

  it('cost one discovery and one look at the keys', async () => {
    await using api = await apiFixture()
    for (let count = 0; count < 5; count++)
      expect((await api.ask('/status', { token: await api.issuer.token(claims) })).status).toBe(200)
    expect(api.issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    expect(api.review.state.asked).toEqual([])
  })

  it('are 503 while the issuer is down, which is asked again after a pause only', async () => {
    await using api = await apiFixture()
    const token = await api.issuer.token(claims)
    api.issuer.status = 500
    for (let count = 0; count < 5; count++) {
      const answer = await api.ask('/status', { token })
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'cannot_authenticate'])
    }
    expect([api.issuer.asked.length, api.problems.length]).toEqual([1, 1])
    api.issuer.status = 200
    await api.clock.advance(5_000)
    expect((await api.ask('/status', { token })).status).toBe(200)
  })

  it('name the caller by the claim that is configured', async () => {
    await using issuer = await oidcIssuer()
    const clock = { ...simulatedClock(0), now: () => Date.now() }
    const options = { issuer: issuer.url, audience: 'fairlead', usernameClaim: 'email', groupsClaim: 'roles' }
    const groups = { admins: { namespaces: ['*'], metrics: false } }
    const oidc = await oidcCallers({ ...options, groups, jwksUri: `${issuer.url}/keys` }, clock, noProblem)
    const token = new Sensitive(await issuer.token({ aud: 'fairlead', email: 'ann@example.com', roles: ['admins'] }))
    const caller = await oidc.callerOf(token)
    expect([caller.name, await caller.namespaces()]).toEqual(['ann@example.com', 'all'])
    expect(issuer.asked).toEqual(['/keys'])
    const foreign = { iss: 'https://elsewhere.example', aud: 'fairlead', email: 'ann@example.com' }
    await expect(oidc.callerOf(new Sensitive(await issuer.token(foreign)))).rejects.toMatchObject({ code: 'bad_token' })
    await oidc.close()
  })

  it('cannot be configured with a CA file that is not there', async () => {
    const options = { issuer: 'https://issuer.example', audience: 'fairlead', usernameClaim: 'sub', groupsClaim: 'groups' }
    const reading = oidcCallers({ ...options, groups: {}, caFile: '/nowhere' }, simulatedClock(0), noProblem)
    await expect(reading).rejects.toThrow(/http\.oidc\.caFile \/nowhere: ENOENT/)
  })
})
