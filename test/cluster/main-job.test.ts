import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leftovers, proveServed } from '../env/proof.ts'
import { ACCOUNT, NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, forbidden, grantedPermissions, usedPermissions } from '../support/audit-log.ts'
import type { AwsCall } from '../support/aws.ts'

const deploy = join(import.meta.dirname, '../../deploy')

/** Granted, and used on paths only that one cycle up and down does not take. Each with the path it is for. */
const RARELY_USED: Readonly<Record<string, string>> = {
  'get secrets in fairlead-system': 'a certificate’s Secret is read again after a conflict (test/contract/certificates.test.ts)',
  'create configmaps in fairlead-system': 'the brake is kept when it comes on (test/cluster/safety.test.ts)',
  'patch configmaps in fairlead-system': 'the brake is kept when it comes on (test/cluster/safety.test.ts)',
  'create authentication.k8s.io/tokenreviews': 'somebody shows a token of the cluster (test/cluster/http.test.ts)',
  'create authorization.k8s.io/subjectaccessreviews': 'what that caller may see (test/cluster/http.test.ts)',
  'patch events.k8s.io/events': 'an Event that comes again after two minutes becomes a series (test/cluster/runtime.test.ts)',
}

/** Calls for which AWS asks no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const NEEDS_NO_PERMISSION = ['sts:GetCallerIdentity']

/** IAM's name of a service, where it is not the stand-in's. */
const IAM_PREFIX: Readonly<Record<string, string>> = { elbv2: 'elasticloadbalancing', resourcegroupstaggingapi: 'tag' }

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

  it('needed every permission it has in the cluster, and no other', async () => {
    const account = { namespace: NAMESPACE, name: 'fairlead' }
    const requests = await auditedRequests(stage.environment.auditLog, account)
    expect(requests.length).toBeGreaterThan(20)
    expect(forbidden(requests)).toEqual([])
    const used = usedPermissions(requests)
    const granted = grantedPermissions(readFileSync(join(deploy, 'kustomize/base/rbac.yaml'), 'utf8'))
    const unused = granted.filter((permission) => !used.has(permission))
    process.stdout.write(
      `${granted.length} verbs granted in the cluster, not used in this run: ${unused.map((name) => `${name} (${RARELY_USED[name] ?? 'NO REASON'})`).join('; ') || 'none'}\n`,
    )
    expect(unused.filter((name) => !(name in RARELY_USED))).toEqual([])
    expect(
      Object.keys(RARELY_USED).filter((name) => !granted.includes(name)),
      'exceptions for what is not granted any more',
    ).toEqual([])
  })

  it('made no call to AWS that its IAM policies do not allow', async () => {
    const granted = new Set(readdirSync(join(deploy, 'iam')).flatMap((file) => actionsIn(join(deploy, 'iam', file))))
    const made = [
      ...new Set((await stage.aws.calls()).map((call) => `${IAM_PREFIX[call.service] ?? call.service}:${call.operation}`)),
    ]
    expect(made.length).toBeGreaterThan(15)
    expect(made.filter((action) => !granted.has(action) && !NEEDS_NO_PERMISSION.includes(action))).toEqual([])
    const unused = [...granted].filter((action) => !made.includes(action)).sort()
    process.stdout.write(`${granted.size} actions granted in AWS, not used in this run: ${unused.join(', ')}\n`)
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
  return !/^(Describe|List|Get)/.test(call.operation)
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

function actionsIn(file: string): readonly string[] {
  const { Statement } = JSON.parse(readFileSync(file, 'utf8')) as { Statement: readonly { readonly Action: readonly string[] }[] }
  return Statement.flatMap((statement) => statement.Action)
}
