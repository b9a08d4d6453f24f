import { createRoute, z } from '@hono/zod-openapi'
import { PROBLEMS, type ProblemCode } from './problem.ts'
import { listQuery, listSchema, objectParams, objectSchema, problemSchema } from './schemas.ts'

const json = <T extends z.ZodType>(schema: T) => ({ 'application/json': { schema } })
const text = { 'text/plain': { schema: z.string() } }

/** What any request may be answered with. */
const ANY: readonly ProblemCode[] = [
  'bad_request',
  'method_not_allowed',
  'request_timeout',
  'body_too_large',
  'headers_too_large',
  'internal',
]
const CALLED: readonly ProblemCode[] = [
  ...ANY,
  'no_token',
  'bad_token',
  'expired_token',
  'wrong_audience',
  'forbidden',
  'too_many_requests',
  'cannot_authenticate',
]

/** Responses by status; several problems of one status are one response. */
function problems(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      { description: of.map((code) => `\`${code}\`: ${PROBLEMS[code].means}`).join('\n\n'), content: json(problemSchema) },
    ]),
  )
}

const caller = [{ bearer: [] }]

export const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether a restart would help',
  description: 'One line per check: event loop, contact with the API server, lease, workers. Needs no caller.',
  responses: {
    200: { description: 'All is well.', content: text },
    503: { description: 'A check failed.', content: text },
    ...problems(ANY),
  },
})

export const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether the cluster is read and, on the leader, work has begun',
  description: 'One line per check. Needs no caller.',
  responses: {
    200: { description: 'Ready.', content: text },
    503: { description: 'A check failed.', content: text },
    ...problems(ANY),
  },
})

export const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Metrics in Prometheus’ text format',
  security: caller,
  responses: { 200: { description: 'See docs/metrics.md.', content: text }, ...problems(CALLED) },
})

export const openApiRoute = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This document',
  security: caller,
  responses: {
    200: { description: 'OpenAPI 3.1.', content: json(z.looseObject({ openapi: z.string(), paths: z.looseObject({}) })) },
    ...problems(CALLED),
  },
})

export const listRoute = createRoute({
  method: 'get',
  path: '/status',
  summary: 'Every object the caller may see, in short',
  description:
    'In the order of namespace and name. Without `namespace` a caller of the cluster needs the right to list Ingresses everywhere.',
  security: caller,
  request: { query: listQuery },
  responses: { 200: { description: 'A page.', content: json(listSchema) }, ...problems([...CALLED, 'not_ready']) },
})

export const objectRoute = createRoute({
  method: 'get',
  path: '/status/{namespace}/{kind}/{name}',
  summary: 'One object with its whole chain, what it waits for, findings and last errors',
  security: caller,
  request: { params: objectParams },
  responses: {
    200: { description: 'Where it stands.', content: json(objectSchema) },
    ...problems([...CALLED, 'no_such_object', 'not_ready']),
  },
})

export const ROUTES = [healthRoute, readyRoute, metricsRoute, openApiRoute, listRoute, objectRoute] as const
/** For the kubelet: without a caller, and without limits. */
export const PROBES: readonly string[] = [healthRoute.path, readyRoute.path]

const TEMPLATES = ROUTES.map(({ path }) => ({ path, parts: path.split('/') }))

/** The route of a path, as its template; null if there is none. */
export function routeOf(path: string): string | null {
  const parts = path.split('/')
  const matches = (template: readonly string[]) =>
    template.length === parts.length &&
    template.every((part, index) => (part.startsWith('{') ? parts[index] !== '' : part === parts[index]))
  return TEMPLATES.find((one) => matches(one.parts))?.path ?? null
}
