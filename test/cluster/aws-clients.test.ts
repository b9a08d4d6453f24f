import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../controllers/aws/calls.ts'
import type { AwsClients, AwsConfig } from '../../controllers/aws/clients.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { awsAccount, awsRegion, otherAwsAccount, type Seeded, type StartedAws, startAws } from '../support/aws.ts'

let aws: StartedAws
let seeded: Seeded
const open: AwsClients[] = []
const records: CallRecord[] = []
const here = { account: awsAccount, region: awsRegion }
const there = { account: otherAwsAccount, region: awsRegion }
const { signal } = new AbortController()

const clients = (options: Partial<AwsConfig> = {}): AwsClients => {
  const made = aws.clients({ onCall: (record) => records.push(record), ...options })
  open.push(made)
  return made
}
const group = (name: string) => ({
  Name: name,
  Protocol: 'HTTP' as const,
  Port: 80,
  TargetType: 'ip' as const,
  VpcId: seeded.vpcId,
})

beforeAll(async () => {
  aws = await startAws({ config: { trust: { [`arn:aws:iam::${otherAwsAccount}:role/guarded`]: { externalId: 'xyz' } } } })
})
beforeEach(async () => {
  await aws.reset()
  seeded = await aws.seed({ zones: ['example.com'] })
  records.length = 0
})
afterAll(async () => {
  for (const one of open) one.close()
  await aws?.[Symbol.asyncDispose]()
})

describe('AWS clients (real clock)', () => {
  it('speak every protocol the services have, and record each call', async () => {
    const made = clients()
    await made.elbv2(here).createTargetGroup(group('web'), { signal })
    await made.ec2(here).describeVpcs({}, { signal })
    await made.acm(here).listCertificates({}, { signal })
    await made.route53(here).listHostedZones({}, { signal })
    await made.tagging(here).getResources({}, { signal })
    expect((await made.sts(here).getCallerIdentity({}, { signal })).Account).toBe(awsAccount)
    expect(records.map(({ service, operation, write, status, attempt }) => [service, operation, write, status, attempt])).toEqual(
      [
        ['elbv2', 'CreateTargetGroup', true, 200, 1],
        ['ec2', 'DescribeVpcs', false, 200, 1],
        ['acm', 'ListCertificates', false, 200, 1],
        ['route53', 'ListHostedZones', false, 200, 1],
        ['tagging', 'GetResources', false, 200, 1],
        ['sts', 'GetCallerIdentity', false, 200, 1],
      ],
    )
    expect(records[0]).toMatchObject({ account: awsAccount, region: awsRegion, errorCode: null, requestId: expect.any(String) })
  })

  it('work in another account by its role, with one AssumeRole for all', async () => {
    const made = clients()
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(
      names.map((name) =>
        made
          .elbv2(there)
          .createTargetGroup({ ...group(name), VpcId: seeded.vpcId }, { signal })
          .catch(() => null),
      ),
    )
    expect((await made.sts(there).getCallerIdentity({}, { signal })).Account).toBe(otherAwsAccount)
    const calls = await aws.calls()
    expect(calls.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1)
    expect(calls.filter(({ operation }) => operation === 'CreateTargetGroup').map(({ account }) => account)).toEqual(
      names.map(() => otherAwsAccount),
    )
  })

  it('say when the role may not be assumed, and send nothing else', async () => {
    const roleArn = `arn:aws:iam::${otherAwsAccount}:role/guarded`
    const accounts = (externalId?: string) => ({
      [awsAccount]: { endpoints: aws.endpoint },
      [otherAwsAccount]: { endpoints: aws.endpoint, roleArn, externalId },
    })
    const denied = clients({ accounts: accounts() })
    await expect(denied.ec2(there).describeVpcs({}, { signal })).rejects.toMatchObject({
      operation: 'AssumeRole',
      kind: 'forbidden',
      code: 'AccessDenied',
    })
    expect((await aws.calls({ service: 'ec2' })).length).toBe(0)
    await expect(
      clients({ accounts: accounts('xyz') })
        .ec2(there)
        .describeVpcs({}, { signal }),
    ).resolves.toBeDefined()
  })

  it('repeat a read whose answer is lost', async () => {
    await aws.faults([{ service: 'elbv2', operation: 'DescribeTargetGroups', nth: 1, count: 2, kind: 'reset' }])
    await expect(clients().elbv2(here).describeTargetGroups({}, { signal })).resolves.toBeDefined()
    expect(records.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, null],
      [2, null],
      [3, 200],
    ])
  })

  it('repeat a write that ends the same, although it happened and the answer was lost', async () => {
    await aws.faults([{ service: 'elbv2', operation: 'CreateTargetGroup', nth: 1, kind: 'after-reset' }])
    const made = clients().elbv2(here)
    await made.createTargetGroup(group('web'), { signal })
    expect((await made.describeTargetGroups({}, { signal })).TargetGroups).toHaveLength(1)
  })

  it('do not repeat a write that could happen twice: it is in doubt', async () => {
    const zone = seeded.zones[0]!.id
    const record = { Name: 'a.example.com', Type: 'A' as const, TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] }
    await aws.faults([{ service: 'route53', operation: 'ChangeResourceRecordSets', nth: 1, kind: 'after-reset' }])
    const made = clients().route53(here)
    const create = () =>
      made.changeResourceRecordSets(
        { HostedZoneId: zone, ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] } },
        { signal },
      )
    await expect(create()).rejects.toMatchObject({ kind: 'transient', doubtful: true, status: null, attempts: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'InvalidChangeBatch', kind: 'stale', doubtful: false })
  })

  it('wait out throttling', async () => {
    await aws.faults([{ service: 'ec2', operation: 'DescribeVpcs', nth: 1, count: 2, kind: 'throttle' }])
    await expect(clients().ec2(here).describeVpcs({}, { signal })).resolves.toBeDefined()
    expect(records.map(({ errorCode }) => errorCode)).toEqual(['RequestLimitExceeded', 'RequestLimitExceeded', null])
  })

  it('end a call under way when told to', async () => {
    await aws.faults([{ service: 'ec2', operation: 'DescribeVpcs', nth: 1, kind: 'hang', seconds: 20 }])
    const given = new AbortController()
    const call = clients().ec2(here).describeVpcs({}, { signal: given.signal })
    const started = performance.now()
    realClock.after(200, () => given.abort(new Error('stopping')))
    await expect(call).rejects.toMatchObject({ code: 'Aborted', kind: 'transient', doubtful: false })
    expect(performance.now() - started).toBeLessThan(5000)
    await aws.clearFaults()
  })

  it('do not wait for an answer longer than their timeout', async () => {
    await aws.faults([{ service: 'ec2', operation: 'CreateSecurityGroup', nth: 1, kind: 'hang', seconds: 20 }])
    const input = { GroupName: 'g', Description: 'd', VpcId: seeded.vpcId }
    const call = clients({ requestTimeoutMs: 300 }).ec2(here).createSecurityGroup(input, { signal })
    await expect(call).rejects.toMatchObject({ code: 'TimeoutError', kind: 'transient', doubtful: true, attempts: 1 })
    await aws.clearFaults()
  })

  it('send no write once the fence is down, but reads', async () => {
    const made = clients({
      beforeWrite: () => {
        throw new Error('no longer the leader')
      },
    })
    await expect(made.elbv2(here).createTargetGroup(group('web'), { signal })).rejects.toMatchObject({
      awsMessage: 'no longer the leader',
      doubtful: false,
    })
    await made.elbv2(here).describeTargetGroups({}, { signal })
    expect((await aws.calls({ service: 'elbv2' })).map(({ operation }) => operation)).toEqual(['DescribeTargetGroups'])
  })

  it('keep a burst of writes within the buckets', async () => {
    const made = clients().elbv2(here)
    await Promise.all(Array.from({ length: 30 }, (_, n) => made.createTargetGroup(group(`g${n}`), { signal })))
    const calls = await aws.calls({ service: 'elbv2' })
    expect(calls).toHaveLength(30)
    expect(calls.filter(({ errorCode }) => errorCode === 'Throttling')).toEqual([])
  })
})
