import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { vaultRequest } from '../env/vault-api.ts'
import { census, manifests, served } from './games.ts'
import { type Replica, replica } from './replica.ts'

const exhaustive = process.env.FAIRLEAD_LONG === '1'
const OTHER_AWS_SERVICES = { acm: 'acm', ec2: 'ec2', route53: 'route53', tagging: 'resourcegroupstaggingapi' }

/** Real servers that go away and come back while something is to be done; `ServiceDown` has to name what the reader needs to know. */
type Outage = {
  readonly name: string
  /** As the finding names it. */
  readonly dependency: RegExp
  begin(): Promise<() => Promise<void>>
  /** Whether kubectl still works meanwhile. */
  readonly kubectl: boolean
}

describe('servers that go away and come back (real clock)', () => {
  let stage: Stage
  let one: Replica
  let round = 0
  beforeAll(async () => {
    stage = await startStage()
    await stage.kubectl('create', 'namespace', 'games')
    one = await replica(stage, 'one')
    one.start()
    await one.identity()
  })
  afterAll(async () => {
    await one?.stop()
    await stage?.stop()
  })

  const stopped = (name: 'etcd' | 'kube-apiserver') => async () => {
    await stage.environment.component(name).stop()
    return () => stage.environment.startAnew(name)
  }
  const sealed = async () => {
    const { vault, dir } = stage.environment
    const key = /Unseal Key: (\S+)/.exec(await readFile(join(dir, 'vault.log'), 'utf8'))?.[1]
    await vaultRequest(vault, 'sys/seal', { body: {} })
    return async () => void (await vaultRequest(vault, 'sys/unseal', { body: { key }, token: null }))
  }
  const cut = (server: 'vault' | 'kubernetes') => async () => {
    one.network[server].cut()
    return async () => one.network[server].heal()
  }
  const hanging = (service: string) => async () => {
    await stage.aws.faults([{ service, every: 1, kind: 'hang', seconds: 60 }])
    return () => stage.aws.clearFaults()
  }
  const outages: readonly Outage[] = [
    { name: 'etcd', dependency: /Kubernetes API server/, begin: stopped('etcd'), kubectl: false },
    { name: 'a sealed Vault', dependency: /Vault default/, begin: sealed, kubectl: true },
    { name: 'elbv2 that does not answer', dependency: /AWS elbv2/, begin: hanging('elbv2'), kubectl: true },
    ...(exhaustive
      ? [
          { name: 'the API server', dependency: /Kubernetes API server/, begin: stopped('kube-apiserver'), kubectl: false },
          { name: 'a Vault that does not answer', dependency: /Vault default/, begin: cut('vault'), kubectl: true },
          ...Object.entries(OTHER_AWS_SERVICES).map(([name, service]) => ({
            name: `${name} that does not answer`,
            dependency: new RegExp(`AWS ${name}`),
            begin: hanging(service),
            kubectl: true,
          })),
        ]
      : []),
  ]

  for (const outage of outages)
    it(`${outage.name}: told once, nothing made twice, and all is done afterwards`, { timeout: 300_000 }, async () => {
      const before = `before-${++round}`
      const after = `after-${round}`
      const since = (await stage.aws.calls()).at(-1)?.seq ?? 0
      await stage.kubectl('apply', '-f', await manifests(stage, [before]))
      const during = await manifests(stage, [after])
      // In the middle of its work: what was begun has to be ended by what is read again.
      await until('something was asked of AWS', async () => (await stage.aws.calls({ since })).length > 0, { everyMs: 20 })
      const end = await outage.begin()
      try {
        if (outage.kubectl) await stage.kubectl('apply', '-f', during)
        await until('it is told', async () => (await told()).some((line) => outage.dependency.test(line)), { seconds: 90 })
      } finally {
        await end()
      }
      if (!outage.kubectl)
        await until('kubectl works again', () => stage.kubectl('apply', '-f', during).then(() => true), { seconds: 60 })
      await until('all is served', () => served(stage, [before, after]), { seconds: 150, everyMs: 200 })
      const made = 2 * round
      expect(await census(stage)).toEqual({
        certificates: made,
        loadBalancers: made,
        targetGroups: made,
        securityGroups: made,
        records: 2 * made,
      })
      expect((await told()).filter((line) => outage.dependency.test(line))).toHaveLength(1)
      await until('that it is over is told', async () => (await lines()).at(-1)?.startsWith('No longer'), { seconds: 30 })
      told.from = (await lines()).length
    })

  /** What was said of services that are down, in this round. */
  const lines = async () =>
    (await readFile(join(stage.environment.dir, 'one.log'), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"code":"ServiceDown"'))
      .map((line) => (JSON.parse(line) as { readonly msg: string }).msg)
  const told = Object.assign(async () => (await lines()).slice(told.from).filter((line) => !line.startsWith('No longer')), {
    from: 0,
  })
})
