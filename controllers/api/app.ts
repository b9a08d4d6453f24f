import { OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type HealthCheck, healthReport, healthText } from '../runtime/health.ts'
import type { Log } from '../runtime/log.ts'
import type { Telemetry } from '../runtime/telemetry.ts'
import { type Authenticators, authenticate } from './authenticate.ts'
import type { Caller, Wanted } from './caller.ts'
import { clientKey, plainAddress } from './client-key.ts'
import { Problem } from './problem.ts'
import type { RateLimits } from './rate-limits.ts'
import { healthRoute, listRoute, metricsRoute, objectRoute, openApiRoute, PROBES, readyRoute, routeOf } from './routes.ts'
import { listSchema, objectSchema } from './schemas.ts'
import type { StatusAnswers } from './status.ts'

export type AppOptions = {
  readonly authenticators: Authenticators
  readonly limits: RateLimits
  readonly liveness: readonly HealthCheck[]
  readonly readiness: readonly HealthCheck[]
  readonly status: StatusAnswers
  readonly telemetry: Pick<Telemetry, 'count' | 'text'>
  readonly log: Log
  readonly maxBodyBytes: number
}

/** What the socket knows of a request. */
export type Bindings = { readonly client: string; readonly oversized?: boolean }
type Env = { Bindings: Bindings; Variables: { route: string; caller?: Caller } }

const NO_ROUTE = '(none)'
const ABOUT = {
  openapi: '3.1.0',
  info: { title: 'Fairlead', version: '1', description: 'Where objects stand, and how Fairlead is. Read-only.' },
}
const READS: readonly string[] = ['GET', 'HEAD']

/** The HTTP API as a function from requests to answers. Everything that is refused is refused here, told, and counted. */
export function app(options: AppOptions): OpenAPIHono<Env> {
  const { authenticators, limits, liveness, readiness, status, telemetry, log, maxBodyBytes } = options
  const hono = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      throw new Problem('bad_request', `${issue?.path.join('.') || 'the query'}: ${issue?.message ?? 'cannot be read'}`)
    },
  })

  hono.use('*', async (c, next) => {
    const route = routeOf(c.req.path)
    c.set('route', route ?? NO_ROUTE)
    await next()
    telemetry.count('fairlead_http_requests_total', { route: c.get('route'), code: String(c.res.status) })
    c.res.headers.set('cache-control', 'no-store')
    c.res.headers.set('x-content-type-options', 'nosniff')
  })

  hono.use('*', async (c, next) => {
    const route = c.get('route')
    const isProbe = PROBES.includes(route)
    if (!isProbe) limit(c)
    if (c.env.oversized === true || Number(c.req.header('content-length') ?? 0) > maxBodyBytes)
      throw new Problem('body_too_large', `The body has more than ${maxBodyBytes} bytes`, { headers: { connection: 'close' } })
    if (route === NO_ROUTE) throw new Problem('no_such_route', 'There is no such path')
    if (!READS.includes(c.req.method))
      throw new Problem('method_not_allowed', 'Expected GET or HEAD', { headers: { allow: READS.join(', ') } })
    if (!isProbe) c.set('caller', await authenticate(authenticators, c.req.header('authorization')))
    await next()
  })

  function limit(c: Context<Env>): void {
    const { waitSeconds, first } = limits.request(clientKey(c.env.client))
    if (waitSeconds === 0) return
    if (first) log.info('too many requests', { client: plainAddress(c.env.client), route: c.get('route') })
    throw new Problem('too_many_requests', 'Too many requests, or too many refused ones, from this address', {
      headers: { 'retry-after': String(Math.ceil(waitSeconds)) },
    })
  }

  hono.onError((error, c) => {
    const problem = error instanceof Problem ? error : new Problem('internal', 'A defect; the log has it', { cause: error })
    const { code, status: answered } = problem
    const about = { client: plainAddress(c.env.client), route: c.get('route'), method: c.req.method, status: answered, code }
    const caller = c.get('caller')?.name
    if (problem.isRefusal) {
      if (!PROBES.includes(about.route)) limits.refused(clientKey(c.env.client))
      log.info('refused', { ...about, ...(caller === undefined ? {} : { caller }) })
    } else if (code === 'internal') log.error('a request failed', { ...about, problem: error })
    return c.json(problem.body, answered, { ...problem.headers })
  })

  /** Whether it is there is looked at only by whoever may know. */
  async function require(c: Context<Env>, wanted: Wanted): Promise<void> {
    const caller = c.get('caller')
    if (caller === undefined || !(await caller.may(wanted))) throw forbidden(wanted)
  }

  hono.openapi(healthRoute, (c) => health(c, liveness))
  hono.openapi(readyRoute, (c) => health(c, readiness))
  hono.openapi(metricsRoute, async (c) => {
    await require(c, { what: 'metrics' })
    const { contentType, body } = await telemetry.text()
    return c.body(body, 200, { 'content-type': contentType }) as never
  })
  hono.openapi(openApiRoute, (c) => {
    described ??= hono.getOpenAPI31Document(ABOUT)
    return c.json(described as never, 200)
  })
  hono.openapi(listRoute, async (c) => {
    const { namespace, limit: most, after } = c.req.valid('query')
    if (namespace !== undefined) await require(c, { what: 'status', namespace, name: null })
    const namespaces = namespace === undefined ? await c.get('caller')!.namespaces() : [namespace]
    if (namespaces.length === 0) throw new Problem('forbidden', 'Not of all namespaces; expected ?namespace=NAME')
    assertReady()
    return c.json(answer(listSchema, status.list(namespaces, { limit: most, after })), 200)
  })
  hono.openapi(objectRoute, async (c) => {
    const { namespace, name } = c.req.valid('param')
    await require(c, { what: 'status', namespace, name })
    assertReady()
    const found = status.one(namespace, name)
    if (found === null) throw new Problem('no_such_object', `There is no Ingress ${namespace}/${name} that Fairlead serves`)
    return c.json(answer(objectSchema, found), 200)
  })

  function assertReady(): void {
    if (!status.synced) throw new Problem('not_ready', 'The cluster was not read yet', { headers: { 'retry-after': '1' } })
  }

  hono.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  let described: object | null = null
  return hono
}

function health(c: Context<Env>, checks: readonly HealthCheck[]) {
  const report = healthReport(checks)
  return c.text(healthText(report), report.ok ? 200 : 503)
}

/** What is answered is what is described: nothing else gets out. */
function answer<T extends z.ZodType>(schema: T, value: z.input<T>): z.output<T> {
  return schema.parse(value)
}

function forbidden(wanted: Wanted): Problem {
  const what = wanted.what === 'metrics' ? 'metrics' : `the Ingresses of ${wanted.namespace}`
  return new Problem('forbidden', `The caller may not see ${what}`)
}
