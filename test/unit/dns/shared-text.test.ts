import { describe, expect, it } from 'vitest'
import { elementsOf, groupsOf } from '../../../controllers/dns/batch.ts'
import { dnsPlanner } from '../../../controllers/dns/planner.ts'
import { alias, contextOf, ingress, NOW, observedWith, plan, record, serving, txt, upOf } from './fixtures.ts'

const HOST = 'www.example.com'
const web = ingress('web', [HOST])
const ours = [alias(HOST, 'A'), txt(HOST, 'A')]
const inPublic = (...records: Parameters<typeof observedWith>[0][string][number][]) =>
  observedWith({ ZPUBLIC: records, ZPRIVATE: [] })

describe('what others keep in the TXT set of an ownership record (no clock)', () => {
  const SPF = '"v=spf1 -all"'
  const shared = (name: string, ...values: readonly string[]) => {
    const own = txt(HOST, 'A', { name })
    return { ...own, ttl: 900, values: [...own.values, ...values] }
  }
  const left = record(HOST, 'TXT', { ttl: 900, values: [SPF] })
  const doing = (ingresses: Parameters<typeof contextOf>[0], records: Parameters<typeof inPublic>, served: boolean) => {
    const { changes, findings } = plan(contextOf(ingresses), inPublic(...records), upOf(served ? [serving(HOST)] : []))
    const observed = changes.reduce((at, item) => dnsPlanner.advance(at, item, {}, NOW), inPublic(...records))
    const elements = groupsOf(changes).flatMap(elementsOf)
    const sent = elements.map(({ Action, ResourceRecordSet: set }) => `${Action} ${set?.Name} ${set?.Type}`)
    return { changes, codes: findings.map((item) => item.code), records: observed.records.ZPUBLIC, sent }
  }

  it('stays when ours moves to its present name, in one batch', () => {
    const { sent, records } = doing([web], [alias(HOST, 'A'), shared(HOST, SPF)], true)
    const [sets, texts] = [`${HOST} A`, `${HOST} TXT`]
    expect(sent).toEqual([`DELETE ${sets}`, `DELETE ${texts}`, `CREATE ${sets}`, `CREATE a-${texts}`, `CREATE ${texts}`])
    expect(records).toEqual([...ours, left])
  })

  it('stays when the record goes', () => {
    const { changes, sent, records } = doing([], [alias(HOST, 'A'), shared(HOST, SPF), txt(HOST, 'A')], false)
    expect(changes.map((item) => `${item.action} ${item.target}`)).toEqual([`delete ${HOST} A`])
    expect(sent.at(-1)).toBe(`CREATE ${HOST} TXT`)
    expect(records).toEqual([left])
  })

  it('stays beside ours where that has its present name, and is no reason to write', () => {
    const there = [alias(HOST, 'A'), shared(`a-${HOST}`, SPF)]
    expect(doing([web], there, true).changes).toEqual([])
    const moved = { ...shared(`a-${HOST}`, SPF), values: [...txt(HOST, 'A', { object: 'ingress/games/old' }).values, SPF] }
    expect(doing([web], [alias(HOST, 'A'), moved], true).records).toEqual(there)
  })

  it('and names another owner makes it nothing of ours', () => {
    const contested = [alias(HOST, 'A'), shared(`a-${HOST}`, ...txt(HOST, 'A', { owner: 'default' }).values)]
    expect(doing([web], contested, true)).toMatchObject({ changes: [], codes: ['RecordOwnedByOther'] })
    expect(doing([], contested, false).changes).toEqual([])
  })

  it.each([
    ['a text of others', record(`a-${HOST}`, 'TXT', { values: [SPF] })],
    ['an alias of others', record(`a-${HOST}`, 'CNAME', { values: ['elsewhere.example.net'] })],
    ['part of a routing policy', { ...txt(HOST, 'A'), setIdentifier: 'one' }],
  ])('that stands alone where ours would go is told, not written over: %s', (_what, there) =>
    expect(doing([web], [there], true)).toMatchObject({ changes: [], codes: ['OwnershipNotWritable'] }),
  )
})
