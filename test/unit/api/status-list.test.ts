import { describe, expect, it } from 'vitest'
import { listSchema } from '../../../controllers/api/schemas.ts'
import { type ApiFixture, apiFixture, codeOf, ingressOf } from './fixtures.ts'
import { listener, noted, object, record, token, warning, web } from './planned.ts'

describe('/status (simulated clock)', () => {
  async function page(api: ApiFixture, query = '', as = token) {
    const answer = await api.ask(`/status${query}`, { token: as })
    expect(answer.status).toBe(200)
    return listSchema.parse(await answer.json())
  }

  it('is every object of ours in short, in order, page by page', async () => {
    await using api = await apiFixture()
    for (const [name, namespace] of [
      ['b', 'shop'],
      ['c', 'games'],
      ['a', 'games'],
      ['a', 'games-2'],
    ] as const)
      api.watched.ingresses.apply('ADDED', ingressOf(name, { namespace, uid: `${namespace}-${name}` }))
    api.watched.ingresses.apply('ADDED', ingressOf('nginx', {}, 'nginx'))
    const seen: string[] = []
    let after = ''
    for (let pages = 0; pages < 10; pages++) {
      const { items, next } = await page(api, `?limit=2${after}`)
      seen.push(...items.map((item) => `${item.namespace}/${item.name}`))
      if (next === null) break
      after = `&after=${next}`
    }
    expect(seen).toEqual(['games-2/a', 'games/a', 'games/c', 'shop/b'])
    expect((await page(api, '?namespace=games')).items.map((item) => item.name)).toEqual(['a', 'c'])
    expect((await page(api, '?namespace=nowhere')).items).toEqual([])
  })

  it('is what the caller may see and nothing else', async () => {
    await using api = await apiFixture()
    for (const namespace of ['games', 'shop'])
      api.watched.ingresses.apply('ADDED', ingressOf('web', { namespace, uid: namespace }))
    const players = await api.issuer.token({ aud: 'fairlead', sub: 'ann', groups: ['players'] })
    expect((await page(api, '', players)).items.map((item) => item.namespace)).toEqual(['games'])
    expect(await codeOf(await api.ask('/status?namespace=shop', { token: players }))).toBe('forbidden')
  })

  it('sums up what one object would tell', async () => {
    await using api = await apiFixture()
    api.watched.ingresses.apply('ADDED', web)
    noted(api, [web], { changes: [listener, record], findings: [warning], failed: true })
    expect((await page(api)).items).toEqual([
      {
        ...object,
        ...{ phase: 'InProgress', ready: false, leaving: false, stale: false, paused: null, source: 'plan' },
        ...{ hosts: ['web.example.com'], address: 'lb.example.com', detail: 'hosts are served on port 443' },
        ...{ findings: { blocking: 0, warning: 1, info: 0 }, errors: 1 },
      },
    ])
  })
})
