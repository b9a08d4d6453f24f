import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leftovers, proveServed } from '../env/proof.ts'
import { ACCOUNT, NAMESPACE, ROLES, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, forbidden } from '../support/audit-log.ts'
import type { AwsCall } from '../support/aws.ts'

describe('the main job on real servers (real clock)', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
    stage.fairlead.start()
  })
  afterAll(() => stage?.stop())

  it('serves an annotated Ingress: name, certificate, every path, redirect', async () => {
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    await until('the game is served', () => isReady(stage, 'game'), { seconds: 60, everyMs: 100 })
    await proveServed(stage, 'game.example.com')
    const address = await stage.kubectl(
      'get',
      'ingress',
      'game',
      '-n',
      'games',
      '-o',
      'jsonpath={.status.loadBalancer.ingress[0].hostname}',
    )
    expect(address).toMatch(/\.us-east-1\.elb\.amazonaws\.com$/)
  })

  it('costs 2N+3 ELBv2 writes for N Services, whatever paths they have; one import and one Route 53 change', async () => {
    const calls = (await stage.aws.calls()).filter(isWrite)
    const of = (service: string) => calls.filter((call) => call.service === service && call.operation !== 'RegisterTargets')
    const names = of('elbv2').map((call) => call.operation)
    expect(names.sort()).toEqual([
      ...['CreateListener', 'CreateListener', 'CreateLoadBalancer'],
      ...['CreateRule', 'CreateRule', 'CreateTargetGroup', 'CreateTargetGroup'],
    ])
    expect(of('acm')).toHaveLength(1)
    expect(of('route53').filter((call) => call.operation === 'ChangeResourceRecordSets')).toHaveLength(1)
  })

  it('has each controller call AWS as its own role, and asks for a session of each once', async () => {
    const calls = await stage.aws.calls()
    const roleBehind = (caller: string) => /:assumed-role\/fairlead-(\w+)\/fairlead-\1$/.exec(caller)?.[1] ?? caller
    const rolesOf = (service: string) =>
      new Set(calls.filter((call) => call.service === service).map((call) => roleBehind(call.caller)))
    expect(rolesOf('acm')).toEqual(new Set(['certificates']))
    expect(rolesOf('elbv2')).toEqual(new Set(['loadbalancers']))
    expect(rolesOf('ec2')).toEqual(new Set(['loadbalancers']))
    expect(rolesOf('route53')).toEqual(new Set(['dns']))
    expect(
      calls
        .filter((call) => call.operation === 'AssumeRole')
        .map((call) => call.params.RoleArn)
        .sort(),
    ).toEqual(Object.values(ROLES).sort())
  })

  it('follows the pods of a Deployment, up and down', async () => {
    for (const replicas of [4, 1]) {
      await stage.kubectl('scale', 'deployment', 'api', '-n', 'games', `--replicas=${replicas}`)
      await until(`${replicas} targets`, async () => {
        const [pods, targets] = await Promise.all([podsOf(stage, 'api'), targetsOf(stage, 'api')])
        return pods.length === replicas && JSON.stringify(pods) === JSON.stringify(targets)
      })
    }
    await proveServed(stage, 'game.example.com')
  })

  it('takes everything down when the Ingress is deleted', async () => {
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games', '--wait=true', '--timeout=60s')
    await until('nothing is left', async () => (await leftovers(stage)).length === 0, { seconds: 30 }).catch(() => undefined)
    expect(await leftovers(stage)).toEqual([])
  })

  it('asked for nothing in the cluster that it may not have', async () => {
    const requests = await auditedRequests(stage.environment.auditLog, { namespace: NAMESPACE, name: 'fairlead' })
    expect(requests.length).toBeGreaterThan(20)
    expect(forbidden(requests)).toEqual([])
  })

  it('reported no trouble in its log', () => {
    const lines = readFileSync(stage.fairlead.logFile, 'utf8').split('\n').filter(Boolean)
    const troubles = lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line))
    // AWS does not tell when the network interfaces of a deleted load balancer let go of its security group: it is asked again.
    expect(troubles.filter((line) => !/DeleteSecurityGroup .*DependencyViolation/.test(line))).toEqual([])
  })
})

async function isReady(stage: Stage, name: string): Promise<boolean> {
  const ready = '{.metadata.annotations.fairlead\\.dev/ready}'
  return (await stage.kubectl('get', 'ingress', name, '-n', 'games', '-o', `jsonpath=${ready}`)) === 'true'
}

function isWrite(call: AwsCall): boolean {
  return !/^(Describe|List|Get|Assume)/.test(call.operation)
}

async function podsOf(stage: Stage, app: string): Promise<readonly string[]> {
  const addresses = await stage.kubectl(
    'get',
    'pods',
    '-n',
    'games',
    '-l',
    `app=${app}`,
    '-o',
    'jsonpath={.items[*].status.podIP}',
  )
  return addresses.split(' ').filter(Boolean).sort()
}

/** Addresses registered for a Service, those that are being drained left out. */
async function targetsOf(stage: Stage, service: string): Promise<readonly string[]> {
  type Group = {
    readonly name: string
    readonly targets: readonly { readonly id: string; readonly state: string }[]
  }
  const { accounts } = (await stage.aws.state()) as { accounts: Record<string, { targetGroups: readonly Group[] }> }
  const groups = accounts[ACCOUNT]!.targetGroups.filter((group) => group.name.startsWith(`fl-games-${service}-`))
  return groups
    .flatMap((group) => group.targets.filter((target) => target.state !== 'draining').map((target) => target.id))
    .sort()
}
