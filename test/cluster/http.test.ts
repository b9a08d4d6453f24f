import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listSchema, objectSchema, problemSchema } from '../../controllers/api/schemas.ts'
import { FairleadProcess, runFairlead } from '../env/fairlead-process.ts'
import { serviceAccountToken } from '../env/kubeconfig.ts'
import { ask } from '../env/probe.ts'
import { AWS_ENV, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { type OidcIssuer, oidcIssuer } from '../support/oidc-issuer.ts'

const FILE_TOKEN = 'canary-of-the-file-0123456789'
const GAME = '/status/games/Ingress/game'

describe('the HTTP API on real servers (real clock)', () => {
  let folder: string
  let issuer: OidcIssuer
  let stage: Stage
  let standby: FairleadProcess
  let leaderUrl: string
  let standbyUrl: string
  /** Every token that was ever shown. */
  const shown = new Set<string>()

  const get = async (path: string, token?: string, from = leaderUrl) => {
    if (token !== undefined) shown.add(token)
    return await ask(`${from}${path}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  }
  const refused = async (path: string, token?: string, from = leaderUrl) => {
    const { status, body } = await get(path, token, from)
    return `${status} ${problemSchema.parse(JSON.parse(body)).error.code}`
  }
  const tokenOf = (serviceAccount: string, audiences?: readonly string[]) =>
    serviceAccountToken(stage.environment.apiServer, { namespace: 'games', serviceAccount }, audiences)
  const oidc = (groups: readonly string[], rest: object = {}, seconds = 300) =>
    issuer.token({ sub: 'ann', aud: 'fairlead', groups, ...rest }, { seconds })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-http-'))
    await writeFile(join(folder, 'token'), FILE_TOKEN)
    issuer = await oidcIssuer()
    const http = {
      address: '127.0.0.1',
      port: 0,
      requestsPerSecond: 1_000,
      refusalsPerSecond: 1_000,
      tokenReview: { cacheSeconds: 1 },
      tokens: { prometheus: { file: join(folder, 'token'), metrics: true } },
      oidc: {
        issuer: issuer.url,
        audience: 'fairlead',
        groups: { players: { namespaces: ['games'] }, operators: { namespaces: ['*'], metrics: true } },
      },
    }
    // The Lease passes on within seconds.
    const lease = { durationSeconds: 6, renewSeconds: 4, retrySeconds: 1 }
    stage = await startStage({ config: { http, lease, logLevel: 'trace' } })
    stage.fairlead.start()
    leaderUrl = await stage.fairlead.http()
    await until('it leads', async () => (await get('/readyz')).body.includes('work ok: leading\n'), { seconds: 60 })
    const config = JSON.parse(await readFile(stage.configFile, 'utf8')) as { readonly http: object }
    const configFile = join(stage.environment.dir, 'standby.json')
    await writeFile(configFile, JSON.stringify({ ...config, http: { ...http, requestsPerSecond: 1_000, refusalsPerSecond: 1 } }))
    standby = new FairleadProcess({
      args: ['--config', configFile, '--kubeconfig', stage.kubeconfig, 'run'],
      env: AWS_ENV,
      logFile: join(stage.environment.dir, 'standby.log'),
    })
    standby.start()
    standbyUrl = await standby.http()
    await stage.kubectl('create', 'namespace', 'games')
    for (const name of ['reader', 'lister', 'stranger', 'scraper'])
      await stage.kubectl('create', 'serviceaccount', name, '-n', 'games')
    for (const [name, verb] of [
      ['reader', 'get'],
      ['lister', 'list'],
    ] as const) {
      await stage.kubectl('create', 'role', name, '-n', 'games', `--verb=${verb}`, '--resource=ingresses.networking.k8s.io')
      await stage.kubectl('create', 'rolebinding', name, '-n', 'games', `--role=${name}`, `--serviceaccount=games:${name}`)
    }
    await stage.kubectl('create', 'clusterrole', 'scraper', '--verb=get', '--non-resource-url=/metrics')
    await stage.kubectl('create', 'clusterrolebinding', 'scraper', '--clusterrole=scraper', '--serviceaccount=games:scraper')
  })
  afterAll(async () => {
    await standby?.stop()
    await stage?.stop()
    await issuer?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('is healthy and ready, the leader and the standby alike, and says which it is', async () => {
    await until('the standby is ready', async () => (await get('/readyz', undefined, standbyUrl)).status === 200, { seconds: 30 })
    for (const path of ['/healthz', '/readyz']) {
      expect(await get(path)).toMatchObject({ status: 200, body: expect.stringMatching(/leading\n(.*\n)*healthy\n$/) })
      const other = await get(path, undefined, standbyUrl)
      expect(other).toMatchObject({ status: 200, body: expect.stringMatching(/ok: standing by for .+\n(.*\n)*healthy\n$/) })
    }
  })

  it('tells who may get the Ingress where it stands, from the first step to the last', async () => {
    const token = await tokenOf('reader', ['fairlead'])
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    const seen = new Set<string>()
    const served = await until(
      'the game is served',
      async () => {
        const { status, body } = await get(GAME, token)
        if (status !== 200) return false
        const told = objectSchema.parse(JSON.parse(body))
        seen.add(told.phase)
        for (const { state, waits } of told.chain)
          if (state === 'waiting') seen.add(`waits for ${waits[0]?.kind} since ${waits[0]?.since !== null}`)
        return told.ready ? told : false
      },
      { seconds: 60, everyMs: 50 },
    )
    expect([...seen]).toEqual(expect.arrayContaining(['InProgress', 'Served', 'waits for load-balancer-active since true']))
    expect(served).toMatchObject({
      role: 'leader',
      source: 'plan',
      phase: 'Served',
      hosts: ['game.example.com'],
      errors: [],
      held: [],
    })
    expect(served.address).toMatch(/elb\.amazonaws\.com$/)
    expect(served.chain.map((step) => step.state)).toEqual(['done', 'done', 'done'])
  })

  it('tells the same from the standby, as far as it stands on the object', async () => {
    const token = await tokenOf('reader', ['fairlead'])
    const told = await until(
      'the standby has read it',
      async () => {
        const { status, body } = await get(GAME, token, standbyUrl)
        const one = status === 200 ? objectSchema.parse(JSON.parse(body)) : null
        return one?.ready ? one : false
      },
      { seconds: 30 },
    )
    expect(told).toMatchObject({ role: 'standby', source: 'annotation', phase: 'Served', plannedAt: null })
    expect(told.leader).not.toBe('')
  })

  it('lets callers of the cluster see what RBAC lets them', async () => {
    const of = Object.fromEntries(
      await Promise.all(
        ['reader', 'lister', 'stranger', 'scraper'].map(async (name) => [name, await tokenOf(name, ['fairlead'])] as const),
      ),
    )
    const statuses = async (name: string) => {
      const paths = [GAME, '/status?namespace=games', '/status', '/metrics', '/status/shop/Ingress/game', '/openapi.json']
      return await Promise.all(paths.map(async (path) => (await get(path, of[name]!)).status))
    }
    expect(await statuses('reader')).toEqual([200, 403, 403, 403, 403, 200])
    expect(await statuses('lister')).toEqual([403, 200, 403, 403, 403, 200])
    expect(await statuses('stranger')).toEqual([403, 403, 403, 403, 403, 200])
    expect(await statuses('scraper')).toEqual([403, 403, 403, 200, 403, 200])
    const admin = await get('/status', await oidc(['operators']))
    expect(listSchema.parse(JSON.parse(admin.body)).items).toMatchObject([{ namespace: 'games', name: 'game', phase: 'Served' }])
  })

  it('refuses tokens that are not for it, or not good any more', async () => {
    expect(await refused(GAME)).toBe('401 no_token')
    expect(await refused(GAME, await tokenOf('reader'))).toBe('401 wrong_audience')
    expect(await refused(GAME, await tokenOf('reader', ['vault']))).toBe('401 wrong_audience')
    expect(await refused(GAME, 'canary-that-nobody-has')).toBe('401 bad_token')
    expect(await refused(GAME, await oidc(['operators'], {}, -120))).toBe('401 expired_token')
    expect(await refused(GAME, await oidc(['operators'], { aud: 'grafana' }))).toBe('401 wrong_audience')
    expect(await refused(GAME, await oidc(['operators'], { iss: 'https://elsewhere.example' }))).toMatch(/^401 /)
    const gone = await tokenOf('stranger', ['fairlead'])
    expect(await refused(GAME, gone)).toBe('403 forbidden')
    await stage.kubectl('delete', 'serviceaccount', 'stranger', '-n', 'games')
    await until('it is nobody’s', async () => (await refused(GAME, gone)) === '401 bad_token', { seconds: 20, everyMs: 250 })
  })

  it('takes tokens of the Secret and of the OIDC issuer', async () => {
    expect((await get('/metrics', FILE_TOKEN)).status).toBe(200)
    expect(await refused(GAME, FILE_TOKEN)).toBe('403 forbidden')
    expect((await get(GAME, await oidc(['players']))).status).toBe(200)
    expect(await refused('/metrics', await oidc(['players']))).toBe('403 forbidden')
    expect(await refused(GAME, await oidc([]))).toBe('403 forbidden')
    const next = 'canary-of-the-next-file-0123456789'
    await writeFile(join(folder, 'token'), next)
    await until('the new token counts', async () => (await get('/metrics', next)).status === 200, { seconds: 10, everyMs: 100 })
    expect(await refused('/metrics', FILE_TOKEN)).toBe('401 bad_token')
  })

  it('tells metrics of the work, of leadership and of the process', async () => {
    const token = await oidc(['operators'])
    const of = async (url: string) => (await get('/metrics', token, url)).body
    const [leader, other] = [await of(leaderUrl), await of(standbyUrl)]
    for (const line of [
      'leader_election_master_status{name="fairlead"} 1',
      'fairlead_objects{phase="Served"} 1',
      'fairlead_dependency_up{dependency="the Kubernetes API server"} 1',
      'fairlead_http_requests_total{route="/healthz",code="200"}',
    ])
      expect(leader).toContain(line)
    expect(leader).toMatch(/^process_resident_memory_bytes \d+/m)
    expect(leader).toMatch(/^fairlead_event_loop_lag_seconds [\d.e-]+$/m)
    expect(other).toContain('leader_election_master_status{name="fairlead"} 0')
    expect(other).not.toContain('fairlead_objects{')
  })

  it('holds up an address that guesses, and no probe', async () => {
    const answers: string[] = []
    for (let count = 0; count < 15; count++) answers.push(await refused(GAME, `canary-guess-${count}`, standbyUrl))
    expect(answers.slice(0, 10)).toEqual(answers.slice(0, 10).fill('401 bad_token'))
    expect(answers).toContain('429 too_many_requests')
    const held = await get(GAME, 'canary-guess', standbyUrl)
    if (held.status === 429) expect(Number(held.headers['retry-after'])).toBeGreaterThan(0)
    for (let count = 0; count < 50; count++) expect((await get('/healthz', undefined, standbyUrl)).status).toBe(200)
  })

  it('says 503, not who somebody is, while it may not ask the API server', async () => {
    const token = await tokenOf('reader', ['fairlead'])
    stage.environment.wantedRefusals.takenAway.push('create tokenreviews', 'create subjectaccessreviews')
    await stage.kubectl('delete', 'clusterrolebinding', 'fairlead-api')
    await until('it cannot ask', async () => (await refused(GAME, token)) === '503 cannot_authenticate', {
      seconds: 30,
      everyMs: 250,
    })
    expect((await get('/healthz')).status).toBe(200)
    await stage.kubectl('apply', '--server-side', '-k', 'deploy/kustomize/base')
    await until('it can again', async () => (await get(GAME, token)).status === 200, { seconds: 30, everyMs: 250 })
  })

  it('does not begin on a port that another process has, and says so', async () => {
    const config = JSON.parse(await readFile(stage.configFile, 'utf8')) as { readonly http: object }
    const configFile = join(stage.environment.dir, 'taken.json')
    const port = Number(new URL(leaderUrl).port)
    await writeFile(configFile, JSON.stringify({ ...config, http: { address: '127.0.0.1', port } }))
    const ended = await runFairlead(['--config', configFile, '--kubeconfig', stage.kubeconfig, 'run'], { env: AWS_ENV })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toBe(
      `fairlead: http.address "127.0.0.1", http.port ${port}: another process listens there; expected a port that is free, or 0 for any\n`,
    )
  })

  it('ends on SIGTERM with its work, and the standby goes on as the leader', async () => {
    await stage.fairlead.terminate(20)
    await expect(get('/healthz')).rejects.toThrow(/ECONNREFUSED/)
    expect(await stage.fairlead.log()).toMatch(/"msg":"stopped"/)
    const leads = async () => (await get('/readyz', undefined, standbyUrl)).body.includes('work ok: leading\n')
    await until('the other one leads', leads, { seconds: 60, everyMs: 250 })
    const token = await oidc(['operators'])
    const planned = async () => {
      const { status, body } = await get(GAME, token, standbyUrl)
      const told = status === 200 ? objectSchema.parse(JSON.parse(body)) : null
      return told?.source === 'plan' ? told : false
    }
    expect(await until('it has planned', planned, { seconds: 60, everyMs: 250 })).toMatchObject({ role: 'leader', ready: true })
  })

  it('wrote no token into a log, at the level trace, and each refusal', async () => {
    expect(shown.size).toBeGreaterThan(20)
    for (const process of [stage.fairlead, standby]) {
      const log = await process.log()
      expect([...shown].filter((token) => log.includes(token) || log.includes(token.split('.').at(-1)!))).toEqual([])
      expect(log).not.toMatch(/canary|[Bb]earer ey/)
    }
    const lines = (await stage.fairlead.log()).split('\n').filter((line) => line.includes('"msg":"refused"'))
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          client: '127.0.0.1',
          route: '/metrics',
          code: 'forbidden',
          caller: 'system:serviceaccount:games:reader',
        }),
        expect.objectContaining({
          client: '127.0.0.1',
          route: '/status/{namespace}/{kind}/{name}',
          code: 'expired_token',
          status: 401,
        }),
      ]),
    )
  })
})
