import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CommandResult, runFairlead } from '../env/fairlead-process.ts'
import { AWS_ENV, NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, forbidden, writes } from '../support/audit-log.ts'
import type { AwsCall } from '../support/aws.ts'

const root = join(import.meta.dirname, '../..')
const SAMPLE = 'deploy/samples/game.yaml'

// The contract of `fairlead plan -o json`, written down a second time on purpose.
const unknown = z.strictObject({ unknown: z.strictObject({ change: z.string().min(1), field: z.string().min(1) }) })
const value: z.ZodType = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), unknown, z.array(value), z.record(z.string(), value)]),
)
const object = z.strictObject({ kind: z.string().min(1), namespace: z.string(), name: z.string().min(1) })
const change = z.strictObject({
  id: z.string().min(1),
  controller: z.enum(['certificates', 'loadbalancers', 'cloudfront', 'dns', 'cidrs']),
  action: z.enum(['create', 'update', 'replace', 'delete']),
  type: z.string().regex(/^(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+|Vault::PKI::Certificate|Kubernetes::[A-Z][A-Za-z]+)$/),
  target: z.string().min(1),
  account: z.string(),
  region: z.string(),
  object,
  before: z.record(z.string(), value).nullable(),
  after: z.record(z.string(), value).nullable(),
  reason: z.string().min(1),
  needs: z.array(z.string().min(1)),
  waits: z.array(z.strictObject({ kind: z.string().min(1), of: z.string().min(1), seconds: z.number().nonnegative() })),
  calls: z.array(z.string().min(1)).min(1),
  batch: z.string().min(1).nullable(),
  disruption: z.enum(['none', 'brief', 'outage']),
})
const finding = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Za-z]+$/),
  severity: z.enum(['blocking', 'warning', 'info']),
  object,
  field: z.string().min(1),
  read: z.string(),
  expected: z.string().min(1),
  message: z.string().min(1),
})
const planSchema = z.strictObject({
  version: z.literal(1),
  unit: z.string().min(1),
  changes: z.array(change),
  findings: z.array(finding),
  stops: z.array(
    z.strictObject({ kind: z.enum(['freeze', 'brake', 'pause']), object: object.nullable(), message: z.string().min(1) }),
  ),
})
type PlanJson = z.output<typeof planSchema>

describe('the command line on real servers (real clock)', () => {
  let stage: Stage
  let folder: string
  let kubeconfig: string
  beforeAll(async () => {
    stage = await startStage()
    folder = await mkdtemp(join(tmpdir(), 'fairlead-cli-'))
    // Another account with the very permissions of Fairlead: what it does not write, it could have.
    const account = `--serviceaccount=${NAMESPACE}:reader`
    await stage.kubectl('create', 'serviceaccount', 'reader', '-n', NAMESPACE)
    await stage.kubectl('create', 'clusterrolebinding', 'reader', '--clusterrole=fairlead-runtime', account)
    for (const role of ['fairlead-runtime', 'fairlead-certificates'])
      await stage.kubectl('create', 'rolebinding', `reader-${role}`, '-n', NAMESPACE, `--role=${role}`, account)
    kubeconfig = await stage.environment.kubeconfigFor({ namespace: NAMESPACE, serviceAccount: 'reader' })
  })
  afterAll(async () => {
    await stage?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const fairlead = (...args: readonly string[]): Promise<CommandResult> =>
    runFairlead(['--kubeconfig', kubeconfig, '--config', stage.configFile, ...args], { env: AWS_ENV })

  /** The plan as JSON, held against the contract. */
  async function planned(...args: readonly string[]): Promise<PlanJson & { readonly code: number }> {
    const { code, stdout, stderr } = await fairlead('plan', '-o', 'json', ...args)
    expect(stderr).toBe('')
    const plan = planSchema.parse(JSON.parse(stdout))
    const ids = plan.changes.map((item) => item.id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const item of plan.changes) for (const need of item.needs) expect(ids).toContain(need)
    return { ...plan, code }
  }

  /** What the cluster holds, as one manifest file: everything a plan reads. */
  async function dump(name: string): Promise<string> {
    const kinds = 'ingresses,ingressclasses,services,endpointslices,nodes,namespaces'
    const { items } = JSON.parse(await stage.kubectl('get', kinds, '-A', '-o', 'json')) as { items: readonly object[] }
    const secrets = await stage.kubectl('get', 'secrets', '-n', NAMESPACE, '-l', 'fairlead.dev/certificate=true', '-o', 'json')
    const file = join(folder, name)
    const all = [...items, ...(JSON.parse(secrets) as { items: readonly object[] }).items]
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: all }), { mode: 0o600 })
    return file
  }

  /** Live with an export, then offline from it: the same plan. */
  async function sameOffline(name: string): Promise<PlanJson & { readonly code: number }> {
    const state = join(folder, `${name}.state.json`)
    const live = await planned('--export-aws-state', state)
    const offline = await planned('--offline', '-f', await dump(`${name}.json`), '--aws-state', state)
    expect(timeless(offline)).toEqual(timeless(live))
    return live
  }

  it('plans nothing for an empty cluster: exit code 0', async () => {
    const { code, stdout } = await fairlead('plan')
    expect(stdout).toContain('Nothing to do')
    expect(code).toBe(0)
  })

  it('plans the whole chain of a new Ingress, writes nothing, and plans the same offline: exit code 2', async () => {
    await stage.kubectl('apply', '-f', SAMPLE)
    await until('the pods have addresses', async () => {
      const text = await stage.kubectl(
        'get',
        'endpointslices',
        '-n',
        'games',
        '-o',
        'jsonpath={.items[*].endpoints[*].conditions.ready}',
      )
      return text === 'true true true true'
    })
    const calls = await stage.aws.callsDuring(async () => {
      const plan = await sameOffline('new')
      expect(plan.code).toBe(2)
      expect(plan.unit).toBe('ingress/games/game')
      expect(countsOf(plan)).toEqual({
        'create AWS::CertificateManager::Certificate': 1,
        'create AWS::EC2::SecurityGroup': 1,
        'create AWS::EC2::SecurityGroupIngress': 1,
        'create AWS::ElasticLoadBalancingV2::Listener': 2,
        'create AWS::ElasticLoadBalancingV2::ListenerRule': 2,
        'create AWS::ElasticLoadBalancingV2::LoadBalancer': 1,
        'create AWS::ElasticLoadBalancingV2::TargetGroup': 2,
        'create AWS::Route53::RecordSet': 1,
        'create Kubernetes::Secret': 1,
        'create Vault::PKI::Certificate': 1,
        'update AWS::ElasticLoadBalancingV2::TargetGroup': 2,
        'update Kubernetes::Ingress': 1,
      })
    })
    expect(calls.length).toBeGreaterThan(0)
    expect(calls.filter(isWrite)).toEqual([])
  })

  it('plans offline from the manifests alone, with no credentials of any kind: exit code 2', async () => {
    const nowhere = { KUBECONFIG: '/nonexistent', HOME: folder, AWS_PROFILE: 'none', AWS_EC2_METADATA_DISABLED: 'true' }
    const { code, stdout, stderr } = await runFairlead(['plan', '--offline', '-f', SAMPLE, '-o', 'json'], { env: nowhere })
    expect([code, stderr]).toEqual([2, ''])
    const plan = planSchema.parse(JSON.parse(stdout))
    expect(plan.findings.filter((item) => item.severity === 'blocking')).toEqual([])
    expect(countsOf(plan)).toMatchObject({
      'create AWS::ElasticLoadBalancingV2::LoadBalancer': 1,
      'create AWS::ElasticLoadBalancingV2::ListenerRule': 2,
      'create AWS::Route53::RecordSet': 1,
    })
  })

  it('waits in vain while nothing runs, and says how far it is: exit code 1', async () => {
    const { code, stderr } = await fairlead('wait', 'games/game', '--for=served', '--timeout=1s')
    expect(code).toBe(1)
    expect(stderr).toContain('games/game is not served after 1 s')
    expect(stderr).toContain('Fairlead has not said anything about it yet')
  })

  it('waits until it is served: exit code 0', async () => {
    stage.fairlead.start()
    const { code, stdout } = await fairlead('wait', 'games/game', '--for=served', '--timeout=60s')
    expect([code, stdout]).toEqual([0, 'games/game is served\n'])
  })

  it('shows the chain of one Ingress, and of all', async () => {
    for (const args of [['status', 'games/game'], ['status']]) {
      const { code, stdout } = await fairlead(...args)
      expect(code).toBe(0)
      expect(stdout).toContain('games/game  Served')
      expect(stdout).toContain('certificates done → loadbalancers done → dns done')
      expect(stdout).toMatch(/address {2}fl-games-game-\S+\.elb\.amazonaws\.com/)
    }
    const missing = await fairlead('status', 'games/gmae')
    expect(missing.code).toBe(1)
    expect(missing.stderr).toBe('fairlead: there is no Ingress games/gmae\n')
  })

  it('shows it to somebody who may only view the namespace', async () => {
    await stage.kubectl('create', 'serviceaccount', 'player', '-n', 'games')
    await stage.kubectl('create', 'rolebinding', 'player', '-n', 'games', '--clusterrole=view', '--serviceaccount=games:player')
    const theirs = await stage.environment.kubeconfigFor({ namespace: 'games', serviceAccount: 'player' })
    const { code, stdout } = await runFairlead(['--kubeconfig', theirs, 'status', 'games/game'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('games/game  Served')])
    const all = await runFairlead(['--kubeconfig', theirs, 'status'])
    expect([all.code, all.stderr]).toEqual([1, expect.stringContaining('403')])
  })

  it('plans nothing for what is served, live and offline: exit code 0', async () => {
    const calls = await stage.aws.callsDuring(async () => {
      expect(await sameOffline('served')).toMatchObject({ code: 0, changes: [], findings: [], stops: [] })
    })
    expect(calls.filter(isWrite)).toEqual([])
  })

  it('plans the difference of a changed Ingress, live and offline, and the removal of one: exit code 2', async () => {
    await stage.fairlead.stop()
    await stage.kubectl(
      'annotate',
      'ingress',
      'game',
      '-n',
      'games',
      'alb.ingress.kubernetes.io/ssl-policy=ELBSecurityPolicy-TLS13-1-3-2021-06',
    )
    const changed = await sameOffline('changed')
    expect(changed.code).toBe(2)
    expect(countsOf(changed)).toEqual({ 'update AWS::ElasticLoadBalancingV2::Listener': 1 })
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games', '--wait=false')
    const removed = await sameOffline('removed')
    expect(removed.code).toBe(2)
    expect(countsOf(removed)).toMatchObject({
      'delete AWS::CertificateManager::Certificate': 1,
      'delete AWS::ElasticLoadBalancingV2::LoadBalancer': 1,
      'delete AWS::Route53::RecordSet': 1,
    })
    stage.fairlead.start()
    await stage.kubectl('wait', '--for=delete', 'ingress/game', '-n', 'games', '--timeout=60s')
  })

  it('tells blocking findings, which win over changes: exit code 3', async () => {
    await stage.fairlead.stop()
    await stage.kubectl('apply', '-f', SAMPLE)
    await stage.kubectl('create', 'ingress', 'bad', '-n', 'games', '--class=fairlead', '--rule=bad.example.com/*=gmae:80')
    const plan = await planned()
    expect(plan.code).toBe(3)
    expect(plan.unit).toBe('*')
    expect(plan.changes.length).toBeGreaterThan(10)
    expect(plan.findings.map((item) => `${item.object.name} ${item.code}`)).toContain('bad ServiceNotFound')
    const text = await fairlead('plan')
    expect(text.code).toBe(3)
    expect(text.stdout).toContain('There is no Service gmae')
    expect(text.stdout).toMatch(/Findings: [1-9]\d* blocking/)
  })

  it('names the key of a broken configuration and the nearest valid one: exit code 1', async () => {
    const file = join(folder, 'broken.yaml')
    await writeFile(file, 'sweepSecond: 30\naws:\n  regoin: eu-west-1\nworkers: many\n')
    const { code, stdout, stderr } = await runFairlead(['--config', file, 'plan'], { env: AWS_ENV })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('sweepSecond is not a setting; did you mean sweepSeconds?')
    expect(stderr).toContain('aws.regoin is not a setting; did you mean aws.region?')
    expect(stderr).toMatch(/workers is "many"/)
    const missing = await runFairlead(['--config', join(folder, 'nowhere.yaml'), 'plan'], { env: AWS_ENV })
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('nowhere.yaml')
  })

  it('takes relative paths from where npm was called', async () => {
    const { dir } = stage.environment
    const common = ['--kubeconfig', basename(kubeconfig), '--config', basename(stage.configFile)]
    const npm = { cwd: dir, npm: true, env: AWS_ENV }
    const live = await runFairlead([...common, 'plan', '--export-aws-state', 'exported.json'], npm)
    expect([live.code, live.stderr]).toEqual([3, ''])
    const offline = ['plan', '--offline', '-f', relative(dir, join(root, SAMPLE)), '--aws-state', 'exported.json']
    const planned = await runFairlead([...common, ...offline], npm)
    expect([planned.code, planned.stderr]).toEqual([2, ''])
    expect(planned.stdout).toContain('fl-games-game-')
  })

  it('asked the cluster for nothing but reads, and nothing it may not have', async () => {
    const requests = await auditedRequests(stage.environment.auditLog, { namespace: NAMESPACE, name: 'reader' })
    expect(requests.length).toBeGreaterThan(20)
    expect(writes(requests)).toEqual([])
    expect(forbidden(requests)).toEqual([])
  })
})

/** What is to go is marked with the time of the plan. */
function timeless(plan: PlanJson): unknown {
  return JSON.parse(JSON.stringify(plan).replaceAll(/(?<=retire-after","Value":")[^"]+/g, 'then'))
}

function countsOf(plan: PlanJson): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const item of plan.changes) {
    const key = `${item.action} ${item.type}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

function isWrite(call: AwsCall): boolean {
  return !/^(Describe|List|Get|Assume)/.test(call.operation)
}
