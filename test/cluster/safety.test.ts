import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FairleadProcess, runFairlead } from '../env/fairlead-process.ts'
import { kubeApply } from '../env/kube-api.ts'
import { ACCOUNT, AWS_ENV, NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, writes } from '../support/audit-log.ts'
import type { AwsCall } from '../support/aws.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const REMOVALS = /^(Delete|Deregister|Remove|Revoke|ChangeResourceRecordSets)/
const READS = /^(Describe|Get|List|Assume)/
/** Longer than two sweeps. */
const WATCHED_SECONDS = 12

const web = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name,
    namespace: name < 'd' ? 'games' : 'shop',
    annotations: {
      'alb.ingress.kubernetes.io/group.name': 'safety',
      'alb.ingress.kubernetes.io/target-type': 'ip',
      'alb.ingress.kubernetes.io/scheme': 'internet-facing',
    },
  },
  spec: {
    ingressClassName: 'fairlead',
    rules: [
      {
        host: `${name}.example.com`,
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
      },
    ],
  },
})

describe('what stops Fairlead, on real servers (real clock)', () => {
  let stage: Stage
  const command = async (...args: readonly string[]) =>
    await runFairlead(['--config', stage.configFile, '--kubeconfig', stage.kubeconfig, ...args], { env: AWS_ENV })
  const callsFor = async (
    seconds: number,
    happen: () => Promise<unknown> = async () => undefined,
  ): Promise<readonly AwsCall[]> => {
    const since = (await stage.aws.calls()).length
    await happen()
    const end = performance.now() + seconds * 1000
    await until('the time is over', () => performance.now() > end, { seconds: seconds + 5, everyMs: 250 })
    return (await stage.aws.calls()).slice(since)
  }
  const removals = (calls: readonly AwsCall[]) => calls.filter((call) => REMOVALS.test(call.operation))
  const events = async (reason: string) => {
    const args = ['get', 'events.events.k8s.io', '-A', '-o', 'jsonpath={range .items[*]}{.reason}{"\\n"}{end}']
    return (await stage.kubectl(...args)).split('\n').filter((line) => line === reason)
  }

  beforeAll(async () => {
    stage = await startStage({
      // Beside their own policies the roles have that of the release, which comes last.
      release: true,
      config: {
        sweepSeconds: 5,
        waits: { firstHealthySeconds: 1, aliasTtlSeconds: 1, ttlMarginSeconds: 0, propagationSeconds: 1 },
      },
    })
    for (const name of ['games', 'shop']) {
      await kubeApply(stage.environment.apiServer, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      await kubeApply(stage.environment.apiServer, 'services', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: name },
        spec: { ports: [{ port: 80 }] },
      } as Parameters<typeof kubeApply>[2])
    }
    for (const name of NAMES) await kubeApply(stage.environment.apiServer, 'ingresses', web(name))
    stage.fairlead.start()
    const ready = ['get', 'ingress', '-A', '-o', 'jsonpath={.items[*].metadata.annotations.fairlead\\.dev/ready}']
    await until('all are served', async () => (await stage.kubectl(...ready)) === NAMES.map(() => 'true').join(' '), {
      seconds: 90,
      everyMs: 500,
    })
  })
  afterAll(() => stage?.stop())

  it('removes nothing when it may not read Ingresses any more, and tells so once', async () => {
    const rules = await stage.kubectl('get', 'clusterrole', 'fairlead-runtime', '-o', 'json')
    const role = JSON.parse(rules) as { rules: { resources: string[]; verbs: string[] }[] }
    const without = (rule: (typeof role.rules)[number]) =>
      rule.verbs.includes('list')
        ? { ...rule, resources: rule.resources.map((name) => (name === 'ingresses' ? 'nothing' : name)) }
        : rule
    const taken = { rules: role.rules.map(without) }
    stage.environment.wantedRefusals.takenAway.push('list ingresses', 'watch ingresses')
    await stage.kubectl('patch', 'clusterrole', 'fairlead-runtime', '--type=merge', '-p', JSON.stringify(taken))
    // A running watch outlives the permission: all of them begin anew with the API server.
    const calls = await callsFor(WATCHED_SECONDS, () => stage.environment.restartApiServer())
    expect(removals(calls)).toEqual([])
    await until('it is told', async () => (await events('CannotWatch')).length === 1, { seconds: 60 })
    await stage.kubectl('patch', 'clusterrole', 'fairlead-runtime', '--type=merge', '-p', JSON.stringify({ rules: role.rules }))
    expect(removals(await callsFor(WATCHED_SECONDS))).toEqual([])
  })

  it('removes nothing when the class disappears, until the brake is acknowledged by name; a wrong name does nothing', async () => {
    const calls = await callsFor(WATCHED_SECONDS, () => stage.kubectl('delete', 'ingressclass', 'fairlead'))
    expect(removals(calls)).toEqual([])
    expect(await events('RemovalsStopped')).toHaveLength(1)
    const shown = await command('brake')
    expect(shown.stdout).toMatch(/^lost-[0-9a-f]{8} {2}on since .*: 7 of 7 disappeared/)
    expect(await command('brake', 'acknowledge', 'lost-0')).toMatchObject({ code: 1 })
    await stage.kubectl('apply', '--server-side', '--force-conflicts', '-k', 'deploy/kustomize/base')
    const back = await callsFor(WATCHED_SECONDS)
    expect(removals(back)).toEqual([])
    const acknowledged = await command('brake', 'acknowledge', shown.stdout.slice(0, 'lost-00000000'.length))
    expect(acknowledged).toMatchObject({ code: 0 })
    expect((await command('brake')).stdout).toMatch(/not on/)
    expect(removals(await callsFor(WATCHED_SECONDS))).toEqual([])
  })

  it('freezes within a second, and goes on where it stopped', async () => {
    expect(await command('freeze', '--reason', 'an incident')).toMatchObject({ code: 0 })
    const end = performance.now() + 1000
    await until('a second is over', () => performance.now() > end)
    const calls = await callsFor(WATCHED_SECONDS, () => stage.kubectl('delete', 'ingress', 'g', '-n', 'shop', '--wait=false'))
    expect(calls.filter((call) => !READS.test(call.operation))).toEqual([])
    expect((await command('status')).stdout).toMatch(/^All writes are frozen: an incident\n/)
    expect(await command('unfreeze')).toMatchObject({ code: 0, stdout: expect.stringMatching(/an incident/) })
    await stage.kubectl('wait', '--for=delete', 'ingress/g', '-n', 'shop', '--timeout=60s')
  })

  it('removes what was in a Namespace deleted on purpose at once', async () => {
    await stage.kubectl('delete', 'namespace', 'games', '--timeout=60s')
    const left = await stage.kubectl('get', 'ingress', '-A', '-o', 'jsonpath={.items[*].metadata.name}')
    expect(left.split(' ')).toEqual(['d', 'e', 'f'])
    expect((await command('brake')).stdout).toMatch(/not on/)
  })

  it('writes nothing anywhere with the policy observe, not even a Lease', async () => {
    await stage.fairlead.stop()
    const config = JSON.parse(await readFile(stage.configFile, 'utf8')) as object
    const configFile = join(stage.environment.dir, 'observer.json')
    await writeFile(configFile, JSON.stringify({ ...config, policy: 'observe' }))
    const account = { namespace: NAMESPACE, name: 'fairlead' }
    const written = async () => writes(await auditedRequests(stage.environment.auditLog, account))
    const before = await written()
    const observer = new FairleadProcess({
      args: ['--config', configFile, '--kubeconfig', stage.kubeconfig, 'run'],
      env: AWS_ENV,
      logFile: join(stage.environment.dir, 'observer.log'),
    })
    try {
      const calls = await callsFor(WATCHED_SECONDS, async () => {
        observer.start()
        await stage.kubectl('delete', 'ingress', 'd', '-n', 'shop', '--wait=false')
        await kubeApply(stage.environment.apiServer, 'ingresses', { ...web('z') })
      })
      expect(calls.length).toBeGreaterThan(5)
      expect(calls.filter((call) => !READS.test(call.operation))).toEqual([])
    } finally {
      await observer.stop()
    }
    const asked = (await written()).slice(before.length)
    expect(asked).toEqual([])
  })

  it('gives nothing up while a controller runs, and then everything', async () => {
    stage.fairlead.start()
    const holder = ['get', 'lease', 'fairlead', '-n', NAMESPACE, '-o', 'jsonpath={.spec.holderIdentity}']
    await until('it leads', async () => (await stage.kubectl(...holder)) !== '', { seconds: 40, everyMs: 500 })
    expect((await command('release', '--all', '--yes')).stderr).toMatch(/is running, and would make again what is given up/)
    await stage.fairlead.stop()
    const before = await loadBalancers()
    const planned = await command('release', '--all')
    expect(planned).toMatchObject({ code: 2, stdout: expect.stringMatching(/Nothing was done/) })
    expect(await command('release', '--all', '--yes')).toMatchObject({ code: 0 })
    expect(await loadBalancers()).toBe(before)
    const marks = ['get', 'ingress', '-A', '-o', 'jsonpath={.items[*].metadata.finalizers}']
    expect(await stage.kubectl(...marks)).toBe('')
    expect(await command('release', '--all')).toMatchObject({ code: 0, stdout: 'nothing here is ours\n' })
  })

  it('removes everything that is ours', async () => {
    // What was given up is a stranger's now: another name makes another load balancer.
    await kubeApply(stage.environment.apiServer, 'ingresses', {
      ...web('y'),
      metadata: {
        ...web('y').metadata,
        annotations: { ...web('y').metadata.annotations, 'alb.ingress.kubernetes.io/group.name': 'again' },
      },
    } as Parameters<typeof kubeApply>[2])
    stage.fairlead.start()
    const ready = ['get', 'ingress', 'y', '-n', 'shop', '-o', 'jsonpath={.metadata.annotations.fairlead\\.dev/ready}']
    await until('it is served', async () => (await stage.kubectl(...ready)) === 'true', { seconds: 60, everyMs: 500 })
    await stage.fairlead.stop()
    expect(await loadBalancers()).toBe(2)
    const removed = await command('release', '--all', '--delete', '--yes')
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringMatching(/everything that was ours is removed/) })
    expect(await loadBalancers()).toBe(1)
    expect(await stage.kubectl('get', 'ingress', 'y', '-n', 'shop', '-o', 'jsonpath={.metadata.finalizers}')).toBe('')
  })

  async function loadBalancers(): Promise<number> {
    const { accounts } = (await stage.aws.state()) as { accounts: Record<string, { loadBalancers: readonly unknown[] }> }
    return accounts[ACCOUNT]!.loadBalancers.length
  }
})
