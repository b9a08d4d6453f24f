import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainHost } from '../../controllers/cli/explain-host.ts'
import type { ExplainedHost } from '../../controllers/cli/host-verdict.ts'
import { CONFIG_MAPS, INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { REGION, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const READS = /^(Describe|Get|List|Assume)/

async function playing(): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws })
  givenIngressClass(stage.kubernetes)
  for (const namespace of ['games', 'others']) for (const name of ['game', 'api']) givenService(stage.kubernetes, namespace, name)
  return stage
}

async function explained(stage: SimulatedStage, host: string, output: 'text' | 'json' = 'text'): Promise<string> {
  const lines: string[] = []
  // Time passes between two commands, and the token buckets of AWS are full again.
  await stage.clock.advance(MINUTE)
  const kubernetes = stage.kubernetes.calls.length
  const calls = await aws.callsDuring(async () => {
    await stage.command((connected) => explainHost(connected, host, { output }, (text) => lines.push(text)))
  })
  expect(calls.filter((call) => !READS.test(call.operation))).toEqual([])
  expect(stage.kubernetes.calls.slice(kubernetes).filter((call) => call.write)).toEqual([])
  return lines.join('\n')
}

const json = async (stage: SimulatedStage, host: string): Promise<ExplainedHost> =>
  JSON.parse(await explained(stage, host, 'json'))

async function served(stage: SimulatedStage): Promise<void> {
  const life = stage.start()
  await stage.clock.runUntil(() => isServed(stage.kubernetes), { deadlineMs: 10 * MINUTE })
  await life.stop()
}

describe('fairlead explain host (simulated clock)', () => {
  it('says what comes first before there is a record, and what stops it', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    const given = await json(stage, 'Game.Example.com')
    expect(given).toMatchObject({ served: false, zone: { name: 'example.com' }, records: [], wantedBy: [{ standing: 'holds' }] })
    expect(given.says).toMatch(/^game\.example\.com has no record of Fairlead’s: /)
    // The JSON is a contract: a field that goes, or means something else, takes another version.
    const said = ['version', 'kind', 'host', 'says', 'served', 'coveredBy', 'wantedBy', 'zone', 'records', 'submittedAt']
    expect(Object.keys(given).sort()).toEqual([...said, 'changes', 'before', 'findings', 'stops'].sort())
    expect(given.version).toBe(1)
    expect(given.changes.map((item) => item.action)).toEqual(['create'])
    stage.kubernetes.apply(CONFIG_MAPS, {
      metadata: { namespace: 'fairlead-system', name: 'fairlead-safety' },
      data: { freeze: 'the region moves' },
    })
    expect((await json(stage, 'game.example.com')).says).toBe(
      'game.example.com has no record of Fairlead’s: All writes are frozen: the region moves.',
    )
  })

  it('names the record of what is served, its zone and its owner; who else wants it; and what is left of it', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes)
    await served(stage)
    const given = await json(stage, 'game.example.com')
    expect(given).toMatchObject({
      served: true,
      changes: [],
      records: [{ type: 'A', owner: 'fairlead', object: { name: 'game' } }],
    })
    expect(given.says).toMatch(
      /^game\.example\.com is served: its record in zone example\.com points at \S+, for Ingress games\/game\.$/,
    )
    givenIngress(stage.kubernetes, { namespace: 'others', name: 'thief' })
    const text = await explained(stage, 'game.example.com')
    expect(text).toMatch(/^game\.example\.com is served/)
    expect(text).toMatch(/wanted by {2}Ingress games\/game {2}holds/)
    expect(text).toMatch(/wanted by {2}Ingress others\/thief {2}refused: .*is somebody else/)
    stage.kubernetes.delete(INGRESSES, { namespace: 'others', name: 'thief' })
    givenIngress(stage.kubernetes, { host: 'new.example.com' })
    expect((await json(stage, 'game.example.com')).says).toMatch(
      /^Nobody asks for game\.example\.com any more; its record is still there/,
    )
    givenIngress(stage.kubernetes)
    stage.kubernetes.delete(INGRESSES, { namespace: 'games', name: 'game' })
    const leaving = await json(stage, 'game.example.com')
    expect(leaving).toMatchObject({ served: false, wantedBy: [{ standing: 'leaving' }] })
    expect(leaving.says).toContain('every Ingress that asks for it is being deleted')
    // Somebody takes our finalizer off by force: the object is gone, and its record is not.
    stage.kubernetes.patch(INGRESSES, { namespace: 'games', name: 'game' }, { metadata: { finalizers: null } })
    const gone = await json(stage, 'game.example.com')
    expect(gone).toMatchObject({ served: false, wantedBy: [], records: [{ owner: 'fairlead' }] })
    expect(gone.says).toBe('Nobody asks for game.example.com any more; its record is still there and is about to go.')
  })

  it('says whose record stands in the way, and that a host is in no zone', async () => {
    await using stage = await playing()
    const route53 = aws.clients().route53({ account: awsAccount, region: REGION })
    const record = { Name: 'game.example.com', Type: 'A' as const, TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] }
    const zones = await route53.listHostedZones({}, { signal: AbortSignal.timeout(10_000) })
    const HostedZoneId = zones.HostedZones?.[0]?.Id ?? ''
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet: record }] }
    await route53.changeResourceRecordSets({ HostedZoneId, ChangeBatch }, { signal: AbortSignal.timeout(10_000) })
    givenIngress(stage.kubernetes)
    givenIngress(stage.kubernetes, { name: 'far', host: 'far.example.org' })
    const taken = await json(stage, 'game.example.com')
    expect(taken.records).toMatchObject([{ values: ['192.0.2.1'], owner: 'none' }])
    expect(taken.says).toContain('no TXT record says whose it is')
    expect((await json(stage, 'far.example.org')).says).toContain('is in no hosted zone')
  })

  it('explains the wildcard that a host falls under, and knows near names', async () => {
    await using stage = await playing()
    givenIngress(stage.kubernetes, { host: '*.example.com' })
    expect(await json(stage, 'any.example.com')).toMatchObject({ coveredBy: '*.example.com', wantedBy: [{ standing: 'holds' }] })
    givenIngress(stage.kubernetes, { name: 'shop', host: 'shop.example.net' })
    await expect(explained(stage, 'shpo.example.net')).rejects.toThrow(
      'no Ingress of Fairlead’s asks for shpo.example.net; did you mean shop.example.net?',
    )
    await expect(explained(stage, 'not a host')).rejects.toThrow('expected a DNS name such as shop.example.com')
  })
})
