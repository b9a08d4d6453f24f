import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asController } from '../../controllers/aws/as-controller.ts'
import type { AwsClients } from '../../controllers/aws/clients.ts'
import { dnsEffects } from '../../controllers/dns/controller.ts'
import { dnsPlanner } from '../../controllers/dns/planner.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import type { Change } from '../../controllers/shared/change.ts'
import { ChangeFailed } from '../../controllers/shared/failure.ts'
import type { Ingress } from '../../controllers/shared/objects.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import { awsAccount, type StartedAws, startAws } from '../support/aws.ts'
import { contextOf, ingress, plan, serving, settings, upOf } from '../unit/dns/fixtures.ts'

const signal = new AbortController().signal
const zoneName = 'example.com'

describe('records against Route 53 (real clock)', () => {
  let aws: StartedAws
  let clients: AwsClients
  let balancer: { readonly dnsName: string; readonly zoneId: string }

  beforeAll(async () => {
    aws = await startAws({ config: { route53InsyncSeconds: 0 } })
  })
  afterAll(() => aws[Symbol.asyncDispose]())
  afterEach(() => clients.close())
  beforeEach(async () => {
    await aws.reset()
    // A reset ends the sessions of all roles.
    clients = aws.clients()
    const seeded = await aws.seed({ region: settings.region, zones: [zoneName] })
    zoneId = seeded.zones[0]?.id ?? ''
    const elbv2 = clients.elbv2({ account: awsAccount, region: settings.region })
    const subnets = seeded.subnets.public.map((subnet) => subnet.id)
    const made = await elbv2.createLoadBalancer({ Name: 'one', Scheme: 'internet-facing', Subnets: subnets }, { signal })
    const { DNSName = '', CanonicalHostedZoneId = '' } = made.LoadBalancers?.[0] ?? {}
    balancer = { dnsName: DNSName.toLowerCase(), zoneId: CanonicalHostedZoneId }
  })
  let zoneId = ''

  /** One process of ours, and what its load balancer serves. */
  function process(ingresses: readonly Ingress[], hosts: readonly string[]) {
    const effects = dnsEffects({ aws: asController(clients, 'dns'), clock: realClock, settings, ingresses: () => ingresses })
    const facts = hosts.map((host) => serving(host, { ...balancer, ipAddressType: 'dualstack' }))
    const context = (): PlanContext => contextOf(ingresses, { now: realClock.now() })
    const planned = (): readonly Change[] => plan(context(), effects.observed(context()), upOf(facts)).changes
    const refresh = (kind: 'missing' | 'sweep' = 'missing') =>
      effects.refresh(context(), dnsPlanner.intend(context()).intent, { kind }, signal)
    const apply = (changes = planned()) => effects.apply(context(), changes, signal)
    return {
      effects,
      context,
      planned,
      refresh,
      apply,
      pointing: () => plan(context(), effects.observed(context()), upOf(facts)).pointing,
    }
  }
  const route53Calls = async (run: () => Promise<unknown>) =>
    (await aws.callsDuring(run)).filter((call) => call.service === 'route53').map((call) => `${call.operation} ${call.status}`)
  const listed = async () => {
    const answer = await clients
      .route53({ account: awsAccount, region: 'us-east-1' })
      .listResourceRecordSets({ HostedZoneId: zoneId }, { signal })
    return (answer.ResourceRecordSets ?? [])
      .filter((set) => set.Type !== 'NS' && set.Type !== 'SOA')
      .map((set) => `${set.Name} ${set.Type}`)
  }
  const write = (Action: 'CREATE' | 'UPSERT' | 'DELETE', Name: string, Type: 'A' | 'TXT' | 'CNAME', value: string) =>
    clients.route53({ account: awsAccount, region: 'us-east-1' }).changeResourceRecordSets(
      {
        HostedZoneId: zoneId,
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: [{ Value: value }] } }] },
      },
      { signal },
    )

  it('writes a host in one call, knows it without another, and removes it leaving nothing', async () => {
    const web = ingress('web', ['www.example.com', '*.example.com'])
    const one = process([web], ['www.example.com', '*.example.com'])
    await one.refresh()
    expect(await route53Calls(() => one.apply())).toEqual(['ChangeResourceRecordSets 200'])
    expect(one.planned()).toEqual([])
    expect((await listed()).length).toBe(8)

    const restarted = process([web], ['www.example.com', '*.example.com'])
    await restarted.refresh()
    expect(restarted.planned()).toEqual([])
    expect(await route53Calls(() => restarted.refresh())).toEqual([])

    const last = process([], [])
    expect(await last.effects.inventory(signal)).toEqual(['ingress/games/web'])
    expect(await route53Calls(() => last.apply())).toEqual(['ChangeResourceRecordSets 200'])
    expect(await listed()).toEqual([])
    const wait = { kind: 'record-insync' as const, of: 'www.example.com', seconds: 60 }
    await last.effects.refresh(last.context(), { wishes: {}, formerHosts: [] }, { kind: 'waits', waits: [wait] }, signal)
    const fact = last.pointing().find((item) => item.host === 'www.example.com')
    expect(fact?.gone?.waits.map((item) => item.kind)).toEqual(['ttl-passed'])
  })

  it('overwrites nobody who came first, and lets the others through', async () => {
    const hosts = ['a1.example.com', 'b1.example.com', 'c1.example.com']
    const one = process([ingress('web', hosts)], hosts)
    await one.refresh()
    await write('CREATE', 'b1.example.com', 'A', '192.0.2.1')
    const failure = await one.apply().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      kind: 'stale',
      changes: [expect.stringContaining('b1.example.com A'), expect.stringContaining('b1.example.com AAAA')],
    })
    expect(failure).toBeInstanceOf(ChangeFailed)
    expect((await listed()).filter((set) => set.startsWith('a1') || set.startsWith('c1'))).toHaveLength(4)
    await one.refresh()
    expect(one.planned()).toEqual([])
    expect((await listed()).filter((set) => set.includes('b1'))).toEqual(['b1.example.com. A'])
  })

  it('takes its ownership out of a TXT set that others use, too, and leaves theirs', async () => {
    const one = process([ingress('web', ['www.example.com'])], ['www.example.com'])
    await one.refresh()
    await one.apply()
    const zone = clients.route53({ account: awsAccount, region: 'us-east-1' })
    const answer = await zone.listResourceRecordSets({ HostedZoneId: zoneId }, { signal })
    const ours = answer.ResourceRecordSets?.find((set) => set.Name === 'a-www.example.com.')
    const theirs = { Value: '"v=spf1 -all"' }
    const shared = { ...ours!, Name: 'www.example.com', ResourceRecords: [...(ours?.ResourceRecords ?? []), theirs] }
    const Changes = [
      { Action: 'DELETE' as const, ResourceRecordSet: ours },
      { Action: 'CREATE' as const, ResourceRecordSet: shared },
    ]
    await zone.changeResourceRecordSets({ HostedZoneId: zoneId, ChangeBatch: { Changes } }, { signal })
    const gone = process([], [])
    await gone.effects.inventory(signal)
    expect(await route53Calls(() => gone.apply())).toEqual(['ChangeResourceRecordSets 200'])
    expect(gone.planned()).toEqual([])
    const after = await zone.listResourceRecordSets({ HostedZoneId: zoneId }, { signal })
    const left = after.ResourceRecordSets?.filter((set) => set.Type === 'TXT')
    expect(left).toMatchObject([{ Name: 'www.example.com.', TTL: 300, ResourceRecords: [theirs] }])
  })

  it('notices that a record was changed by hand between plan and write', async () => {
    const one = process([ingress('web', ['www.example.com'])], ['www.example.com'])
    await one.refresh()
    await one.apply()
    const gone = process([], [])
    await gone.effects.inventory(signal)
    const planned = gone.planned()
    await write('UPSERT', 'a-www.example.com', 'TXT', '"heritage=external-dns,external-dns/owner=default"')
    await expect(gone.apply(planned)).rejects.toMatchObject({ kind: 'stale' })
    expect(await listed()).toHaveLength(4)
  })

  it('quarantines a host that Route 53 refuses', async () => {
    const hosts = ['good.example.com', 'bad.example.com']
    const one = process([ingress('web', hosts)], hosts)
    await one.refresh()
    const planned = one.planned()
    const spoiled = planned.map((item) =>
      item.target === 'bad.example.com A'
        ? {
            ...item,
            after: { ...item.after, AliasTarget: { HostedZoneId: 'ZWRONG', DNSName: 'nowhere.', EvaluateTargetHealth: true } },
          }
        : item,
    )
    await expect(one.apply(spoiled)).rejects.toMatchObject({
      kind: 'refused',
      finding: { code: 'Route53Refused', read: 'bad.example.com' },
    })
    expect(await listed()).toHaveLength(4)
    const [first] = one.planned()
    expect(first?.batch).toBe(`${zoneId} bad.example.com`)
    await one.apply()
    expect(one.planned()).toEqual([])
    expect(one.effects.observed(one.context()).quarantined).toEqual([])
  })

  it('takes what comes while a call is under way together in the next', async () => {
    const hosts = Array.from({ length: 12 }, (_, index) => `h${index}.example.com`)
    const one = process([ingress('web', hosts)], hosts)
    await one.refresh()
    const planned = one.planned()
    const each = hosts.map((host) => planned.filter((item) => item.target.startsWith(`${host} `)))
    const calls = await route53Calls(() => Promise.all(each.map((changes) => one.apply(changes))))
    expect(calls).toEqual(['ChangeResourceRecordSets 200', 'ChangeResourceRecordSets 200'])
    expect(one.planned()).toEqual([])
  })

  it('looks again after an answer was lost, and waits as if the record had gone', async () => {
    const web = ingress('web', ['www.example.com'])
    const one = process([web], ['www.example.com'])
    await one.refresh()
    await one.apply()
    const last = process([], [])
    await last.effects.inventory(signal)
    await aws.faults([{ service: 'route53', operation: 'ChangeResourceRecordSets', nth: 1, kind: 'after-reset' }])
    await expect(last.apply()).rejects.toMatchObject({ doubtful: true })
    await aws.clearFaults()
    await last.effects.inventory(signal)
    expect(last.planned()).toEqual([])
    expect(last.pointing()).toMatchObject([{ host: 'www.example.com', gone: { needs: [] } }])
  })
})
