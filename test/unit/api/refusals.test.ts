import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../../controllers/api/schemas.ts'
import { type ApiFixture, apiFixture, codeOf, FILE_TOKEN, GAMES_TOKEN, ingressOf } from './fixtures.ts'

const OBJECT = '/status/games/Ingress/web'
const GUARDED = ['/metrics', '/openapi.json', '/status', '/status?namespace=games', OBJECT]
const OPEN = ['/healthz', '/readyz']
const good = { sub: 'ann', aud: 'fairlead', groups: ['operators'] }
const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that let nobody in, and the code each is refused with. */
const STRANGERS: Readonly<Record<string, readonly [code: string, token: (api: ApiFixture) => Promise<string | undefined>]>> = {
  'no token': ['no_token', async () => undefined],
  garbage: ['bad_token', async () => 'garbage'],
  'a file token with a letter more': ['bad_token', async () => `${FILE_TOKEN}x`],
  'an expired OIDC token': ['expired_token', ({ issuer }) => issuer.token(good, { seconds: -60 })],
  'an OIDC token for another audience': ['wrong_audience', ({ issuer }) => issuer.token({ ...good, aud: 'grafana' })],
  'an OIDC token without an expiry': ['bad_token', ({ issuer }) => issuer.token({ ...good, exp: undefined } as never)],
  'an OIDC token that is not good yet': [
    'bad_token',
    ({ issuer, clock }) => issuer.token({ ...good, nbf: clock.now() / 1000 + 600 }),
  ],
  'an OIDC token without a name': ['bad_token', ({ issuer }) => issuer.token({ aud: 'fairlead', groups: ['operators'] })],
  'a token of another issuer': ['bad_token', ({ issuer }) => issuer.token({ ...good, iss: 'https://elsewhere.example' })],
  'an OIDC token signed with another key': [
    'bad_token',
    async ({ issuer }) => issuer.token(good, { key: (await generateKeyPair('ES256')).privateKey }),
  ],
  'an OIDC token with alg none': [
    'bad_token',
    async ({ issuer, clock }) => {
      const claims = { ...good, iss: issuer.url, exp: clock.now() / 1000 + 60 }
      return `${b64({ alg: 'none' })}.${b64(claims)}.`
    },
  ],
  'an OIDC token whose signature is made with the public key': [
    'bad_token',
    async ({ issuer, clock }) => {
      const claims = { ...good, iss: issuer.url, exp: clock.now() / 1000 + 60 }
      return `${b64({ alg: 'HS256', kid: 'one' })}.${b64(claims)}.${Buffer.from('x'.repeat(32)).toString('base64url')}`
    },
  ],
  'a cluster token that its audience tells': [
    'wrong_audience',
    async ({ clock }) => `${b64({ alg: 'ES256' })}.${b64({ aud: ['api'], exp: clock.now() / 1000 + 60 })}.${b64({})}`,
  ],
  'a cluster token that its expiry tells': [
    'expired_token',
    async ({ clock }) => `${b64({ alg: 'ES256' })}.${b64({ aud: ['fairlead'], exp: clock.now() / 1000 - 60 })}.${b64({})}`,
  ],
}

const strangers = Object.entries(STRANGERS).flatMap(([who, [code, token]]) => GUARDED.map((path) => ({ who, code, token, path })))

describe('who is not known (simulated clock)', () => {
  it.each(strangers)('$who gets 401 $code from $path', async ({ code, token, path }) => {
    await using api = await apiFixture()
    const secret = await token(api)
    const answer = await api.ask(path, { token: secret })
    expect(answer.status).toBe(401)
    const { error } = problemSchema.parse(await answer.json())
    expect(error.code).toBe(code)
    expect(answer.headers.get('www-authenticate')).toMatch(
      code === 'no_token' ? /^Bearer realm="fairlead"$/ : /error="invalid_token"/,
    )
    const [line] = api.lines.map((text) => JSON.parse(text))
    expect(line).toMatchObject({
      msg: 'refused',
      client: '10.0.0.1',
      route: path === OBJECT ? '/status/{namespace}/{kind}/{name}' : path.split('?')[0],
      code,
    })
    expect(api.lines.join('') + JSON.stringify(error)).not.toContain(secret ?? 'Bearer x')
  })

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer two words', 'Bearer ü', ''])(
    'the header %j is no token',
    async (authorization) => {
      await using api = await apiFixture()
      expect((await api.ask('/status', { headers: { authorization: encodeURI(authorization) } })).status).toBe(401)
    },
  )

  it.each(OPEN)('%s is open', async (path) => {
    await using api = await apiFixture()
    expect((await api.ask(path)).status).toBe(200)
    expect((await api.ask(path, { token: 'garbage' })).status).toBe(200)
    expect(api.review.state.asked).toEqual([])
  })
})

/** What each caller may see of: metrics, everything, a namespace, an object of it, and another namespace. */
const CALLERS: Readonly<Record<string, readonly [token: (api: ApiFixture) => Promise<string>, statuses: readonly number[]]>> = {
  'a token from a file, for metrics': [async () => FILE_TOKEN, [200, 403, 403, 403, 403]],
  'a token from a file, for a namespace': [async () => GAMES_TOKEN, [403, 200, 200, 200, 403]],
  'a ServiceAccount that may get Ingresses of games': [async () => 'token-of-games', [403, 403, 403, 200, 403]],
  'an administrator of the cluster': [async () => 'token-of-admin', [200, 200, 200, 200, 404]],
  'a group of one namespace': [({ issuer }) => issuer.token({ ...good, groups: ['players'] }), [403, 200, 200, 200, 403]],
  'a group that sees all': [({ issuer }) => issuer.token({ ...good, groups: 'operators' as never }), [200, 200, 200, 200, 404]],
  'a group nobody knows': [({ issuer }) => issuer.token({ ...good, groups: ['others', 7 as never] }), [403, 403, 403, 403, 403]],
  'no group at all': [({ issuer }) => issuer.token({ sub: 'bob', aud: ['x', 'fairlead'] }), [403, 403, 403, 403, 403]],
}
const ASKED = ['/metrics', '/status', '/status?namespace=games', OBJECT, '/status/shop/Ingress/web']

describe('who is known (simulated clock)', () => {
  it.each(Object.entries(CALLERS))('%s sees what it may', async (_who, [token, statuses]) => {
    await using api = await apiFixture({ refusalsPerSecond: 100 })
    api.watched.ingresses.apply('ADDED', ingressOf('web'))
    const secret = await token(api)
    const found: number[] = []
    for (const path of ASKED) found.push((await api.ask(path, { token: secret })).status)
    expect(found).toEqual(statuses)
    expect((await api.ask('/openapi.json', { token: secret })).status).toBe(200)
    expect(api.lines.join('')).not.toContain(secret)
  })

  it('is told the same of what is there and of what is not, in a namespace it may not see', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', ingressOf('web', { namespace: 'shop' }))
    const bodies = await Promise.all(
      ['web', 'nothing'].map(
        async (name) => await (await api.ask(`/status/shop/Ingress/${name}`, { token: GAMES_TOKEN })).text(),
      ),
    )
    expect(bodies[0]).toBe(bodies[1])
    expect(bodies[0]).toContain('"forbidden"')
    const [line] = api.lines.map((text) => JSON.parse(text))
    expect(line).toMatchObject({ msg: 'refused', code: 'forbidden', status: 403, caller: 'games' })
  })

  it('gets what is not there as 404, of any class but ours too', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', ingressOf('nginx', {}, 'nginx'))
    for (const name of ['nothing', 'nginx']) {
      const answer = await api.ask(`/status/games/Ingress/${name}`, { token: GAMES_TOKEN })
      expect([answer.status, await codeOf(answer)]).toEqual([404, 'no_such_object'])
    }
  })
})

const ROUTES = [...OPEN, ...GUARDED]
describe('what is no question (simulated clock)', () => {
  it.each(ROUTES.flatMap((path) => ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({ path, method }))))(
    '$method $path is 405 and says what is allowed',
    async ({ path, method }) => {
      await using api = await apiFixture()
      const answer = await api.ask(path, { method, token: 'token-of-admin' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      expect(await codeOf(answer)).toBe('method_not_allowed')
    },
  )

  it.each(ROUTES)('HEAD %s has the status of GET and no body', async (path) => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', ingressOf('web'))
    const answer = await api.ask(path, { method: 'HEAD', token: 'token-of-admin' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  it.each(ROUTES)('a body that is too large is 413 at %s', async (path) => {
    await using api = await apiFixture({ maxBodyBytes: 100 })
    const answer = await api.ask(path, { headers: { 'content-length': '101' }, token: 'token-of-admin' })
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'body_too_large'])
    expect((await api.ask('/healthz', { headers: { 'content-length': '100' } })).status).toBe(200)
  })

  it.each([
    '/',
    '/status/',
    '/status/games',
    '/status/games/Ingress',
    `${OBJECT}/more`,
    '/metrics/x',
    '/openapi',
    '/status//Ingress/web',
  ])('%s is no path', async (path) => {
    await using api = await apiFixture()
    const answer = await api.ask(path, { token: 'token-of-admin' })
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'no_such_route'])
    expect(await (await api.ask('/metrics', { token: FILE_TOKEN })).text()).toContain(
      'fairlead_http_requests_total{route="(none)",code="404"} 1',
    )
  })

  it.each([
    '/status?limit=0',
    '/status?limit=501',
    '/status?limit=x',
    '/status?namespace=UPPER',
    '/status?after=web',
    '/status?colour=red',
    '/status/games/Service/web',
    '/status/games/Ingress/-web',
    '/status/a%2Fb/Ingress/web',
  ])('%s is 400', async (path) => {
    await using api = await apiFixture()
    const answer = await api.ask(path, { token: 'token-of-admin' })
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'bad_request'])
  })

  it('is 503 while the cluster is not read, and while nobody can say whose a token is', async () => {
    await using api = await apiFixture()
    api.watched.reflectors[0]!.hasSynced = false
    for (const path of ['/status', OBJECT]) {
      const answer = await api.ask(path, { token: 'token-of-admin' })
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'not_ready'])
    }
    api.review.state.down = true
    const answer = await api.ask('/status', { token: 'another' })
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'cannot_authenticate'])
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(api.problems).toHaveLength(1)
  })

  it('is 500 with nothing of the defect in the answer, and all of it in the log', async () => {
    await using api = await apiFixture(
      {},
      { telemetry: { count: () => undefined, text: () => Promise.reject(new Error('a defect')) } },
    )
    const answer = await api.ask('/metrics', { token: FILE_TOKEN })
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('a defect')
    expect(api.lines.at(-1)).toContain('a defect')
  })
})
