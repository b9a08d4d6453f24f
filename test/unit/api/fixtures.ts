import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppOptions, app, type Bindings } from '../../../controllers/api/app.ts'
import { FileTokens } from '../../../controllers/api/file-tokens.ts'
import { type Oidc, oidcCallers } from '../../../controllers/api/oidc.ts'
import { RateLimits } from '../../../controllers/api/rate-limits.ts'
import { problemSchema } from '../../../controllers/api/schemas.ts'
import { StatusAnswers } from '../../../controllers/api/status.ts'
import { tokenReviewCallers } from '../../../controllers/api/token-review.ts'
import { KubernetesError } from '../../../controllers/cluster/errors.ts'
import type { Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import { parseConfig } from '../../../controllers/config.ts'
import { Gate } from '../../../controllers/runtime/gate.ts'
import { createLog } from '../../../controllers/runtime/log.ts'
import { TENANCY_INDEXES } from '../../../controllers/runtime/neighbours.ts'
import { Store } from '../../../controllers/runtime/store.ts'
import { Telemetry } from '../../../controllers/runtime/telemetry.ts'
import { Standing } from '../../../controllers/runtime/telemetry-standing.ts'
import type { Ingress, IngressClass, Namespace } from '../../../controllers/shared/objects.ts'
import { type OidcIssuer, oidcIssuer } from '../../support/oidc-issuer.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

export const FILE_TOKEN = 'of-prometheus-0123456789'
export const GAMES_TOKEN = 'of-games-0123456789abcdef'

/** An API server that is asked about tokens, as far as a test says what it answers. */
export function reviewer() {
  const state = {
    users: {
      'token-of-games': { username: 'system:serviceaccount:games:robot' },
      'token-of-admin': { username: 'admin' },
    } as Readonly<Record<string, { readonly username: string }>>,
    down: false,
    asked: [] as string[],
  }
  const may = (user: string, spec: Readonly<Record<string, { namespace?: string; verb?: string; path?: string }>>) =>
    user === 'admin' || (spec.resourceAttributes?.namespace === 'games' && spec.resourceAttributes.verb === 'get')
  const create: Kubernetes['create'] = async (kind, object) => {
    state.asked.push(kind.kind)
    if (state.down) throw new KubernetesError({ code: 'KUBERNETES_TIMEOUT', what: `create ${kind.kind}` })
    const spec = object.spec as { readonly token: string; readonly audiences: readonly string[]; readonly user: string }
    if (kind.kind === 'TokenReview') {
      const user = state.users[spec.token]
      return { status: user === undefined ? {} : { authenticated: true, user, audiences: spec.audiences } } as never
    }
    return { status: { allowed: may(spec.user, spec as never) } } as never
  }
  return { state, api: { create } }
}

export const ingressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'fairlead', uid: 'class', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { controller: 'fairlead.dev/ingress' },
}

export function ingressOf(name: string, part: Partial<Ingress['metadata']> = {}, className = 'fairlead'): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...{ name, namespace: 'games', uid: `uid-${name}`, resourceVersion: '1', generation: 3 },
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...part,
    },
    spec: { ingressClassName: className, rules: [{ host: `${name}.example.com` }] },
    status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } },
  }
}

export function namespaceOf(name: string, annotations: Readonly<Record<string, string>> = {}): Namespace {
  const metadata = { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', annotations }
  return { apiVersion: 'v1', kind: 'Namespace', metadata }
}

/** The API over stores that a test fills; `ask` is a request from a client address. */
export async function apiFixture(http: Readonly<Record<string, unknown>> = {}, given: Partial<AppOptions> = {}) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1, 12))
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-api-'))
  const files = { prometheus: join(folder, 'prometheus'), games: join(folder, 'games') }
  await writeFile(files.prometheus, `${FILE_TOKEN}\n`)
  await writeFile(files.games, GAMES_TOKEN)
  const config = parseConfig(JSON.stringify({ http }), 'test').http
  const issuer: OidcIssuer = await oidcIssuer(() => clock.now())
  const groups = { players: { namespaces: ['games'], metrics: false }, operators: { namespaces: ['*'], metrics: true } }
  const claims = { usernameClaim: 'sub', groupsClaim: 'groups' }
  const problems: unknown[] = []
  const told = (problem: unknown) => void problems.push(problem)
  const oidc: Oidc = await oidcCallers({ issuer: issuer.url, audience: 'fairlead', groups, ...claims }, clock, told)
  const review = reviewer()
  const tokens = {
    prometheus: { file: files.prometheus, namespaces: [], metrics: true },
    games: { file: files.games, namespaces: ['games'], metrics: false },
  }
  const lease = { leading: true, holder: 'me' }
  const gate = new Gate()
  const standing = new Standing(clock, () => lease.leading)
  const watched = {
    ingresses: new Store<Ingress>({ indexes: TENANCY_INDEXES }),
    ingressClasses: new Store<IngressClass>(),
    namespaces: new Store<Namespace>(),
    reflectors: [{ hasSynced: true }],
  }
  watched.ingressClasses.apply('ADDED', ingressClass)
  const lines: string[] = []
  const telemetry = new Telemetry()
  const hono = app({
    authenticators: {
      fileTokens: await FileTokens.read({ tokens, clock, onProblem: (_name, problem) => told(problem) }),
      oidc,
      tokenReview: tokenReviewCallers({ ...review, clock, audiences: ['fairlead'], cacheSeconds: 10, onProblem: told }),
    },
    limits: new RateLimits({ clock, ...config }),
    liveness: [{ name: 'alive', check: () => ({ ok: true, detail: '' }) }],
    readiness: [{ name: 'ready', check: () => ({ ok: watched.reflectors[0]!.hasSynced, detail: '' }) }],
    status: new StatusAnswers({ clock, policy: 'sync', lease, watched, standing, gate }),
    telemetry,
    log: createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line), now: () => clock.now() }),
    maxBodyBytes: config.maxBodyBytes,
    ...given,
  })
  const ask = async (
    path: string,
    options: {
      readonly token?: string | undefined
      readonly method?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly client?: string
    } = {},
  ) => {
    const { token, method = 'GET', headers = {}, client = '10.0.0.1' } = options
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const request = new Request(`http://fairlead${path}`, { method, headers: { ...authorization, ...headers } })
    return await hono.fetch(request, { client } satisfies Bindings)
  }
  const end = async () => {
    await oidc.close()
    await issuer[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    ...{ ask, clock, files, issuer, review, lease, gate, standing, watched, lines, telemetry, hono, problems },
    [Symbol.asyncDispose]: end,
  }
}
/** The code of a refusal, which has to be as it is described. */
export async function codeOf(answer: Response): Promise<string> {
  return problemSchema.parse(await answer.json()).error.code
}

export type ApiFixture = Awaited<ReturnType<typeof apiFixture>>
