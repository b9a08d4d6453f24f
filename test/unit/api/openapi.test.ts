import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../../controllers/api/problem.ts'
import { PROBES, ROUTES, routeOf } from '../../../controllers/api/routes.ts'
import { apiFixture } from './fixtures.ts'

type Schema = { readonly $ref?: string }
type Operation = {
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}
type Document = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

async function documented(): Promise<Document> {
  await using api = await apiFixture()
  const answer = await api.ask('/openapi.json', { token: 'token-of-admin' })
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  return (await answer.json()) as Document
}

describe('/openapi.json (no clock)', () => {
  it('describes every route that is served, and no other', async () => {
    const { paths, openapi } = await documented()
    expect(openapi).toBe('3.1.0')
    await using api = await apiFixture()
    const served = api.hono.routes.filter(({ method }) => method === 'GET').map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'))
    expect(Object.keys(paths).sort()).toEqual([...new Set(served)].sort())
    expect(ROUTES.map(({ path }) => path).sort()).toEqual(Object.keys(paths).sort())
    for (const operations of Object.values(paths)) expect(Object.keys(operations)).toEqual(['get'])
    for (const path of Object.keys(paths)) expect(routeOf(path)).toBe(path)
  })

  it('asks for a token everywhere but at the probes', async () => {
    const { paths, components } = await documented()
    expect(components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } })
    for (const [path, { get }] of Object.entries(paths))
      expect(get!.security).toEqual(PROBES.includes(path) ? undefined : [{ bearer: [] }])
  })

  it('names every status that a problem has, with its code, and answers that are there', async () => {
    const { paths, components } = await documented()
    const descriptions = Object.values(paths).flatMap(({ get }) => Object.entries(get!.responses))
    const missing = Object.entries(PROBLEMS).filter(
      // A path that is not there has no place in the document.
      ([code, { status }]) =>
        code !== 'no_such_route' &&
        !descriptions.some(([found, { description }]) => found === String(status) && description.includes(`\`${code}\``)),
    )
    expect(missing).toEqual([])
    const references = JSON.stringify(paths).match(/(?<="\$ref":"#\/components\/schemas\/)\w+/g) ?? []
    expect(new Set(references)).toEqual(new Set(['Problem', 'Status', 'StatusList']))
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['Problem', 'Status', 'StatusList', 'Summary']))
    for (const [, { description, content }] of descriptions) {
      expect(description).not.toBe('')
      expect(Object.keys(content)).toHaveLength(1)
    }
  })

  it('has the parameters of each path, required where they are in it', async () => {
    const { paths } = await documented()
    for (const [path, { get }] of Object.entries(paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const found = (get!.parameters ?? []).filter((one) => one.in === 'path')
      expect(found.map((one) => one.name)).toEqual(inPath)
      expect(found.every((one) => one.required)).toBe(true)
    }
    const list = paths['/status']!.get!.parameters!
    expect(list.map((one) => [one.name, one.required ?? false])).toEqual([
      ['namespace', false],
      ['limit', false],
      ['after', false],
    ])
  })
})

describe('/metrics (no clock)', () => {
  it('is Prometheus’ text, with what was asked of this server by route and status', async () => {
    await using api = await apiFixture()
    await api.ask('/status/games/Ingress/none', { token: 'token-of-admin' })
    await api.ask('/status')
    await api.ask('/healthz')
    const answer = await api.ask('/metrics', { token: 'token-of-admin' })
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    expect(text).toContain('# TYPE fairlead_http_requests_total counter\n')
    const counted = text.split('\n').filter((line) => line.startsWith('fairlead_http_requests_total{'))
    expect(counted).toEqual([
      'fairlead_http_requests_total{route="/status/{namespace}/{kind}/{name}",code="404"} 1',
      'fairlead_http_requests_total{route="/status",code="401"} 1',
      'fairlead_http_requests_total{route="/healthz",code="200"} 1',
    ])
    expect(text).not.toContain('games')
  })
})
