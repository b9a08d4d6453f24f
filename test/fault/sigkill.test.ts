import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FairleadProcess } from '../env/fairlead-process.ts'
import { leftovers, proveServed } from '../env/proof.ts'
import { ACCOUNT, AWS_ENV, NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { auditedRequests, forbidden } from '../support/audit-log.ts'
import { type WriteCounter, writeCounter } from './sigkill-proxy.ts'

const exhaustive = process.env.FAIRLEAD_LONG === '1'
/** A successor takes over after three seconds. */
const LEASE = { durationSeconds: 3, renewSeconds: 2, retrySeconds: 0.5 }
const KILL_EVERY = 5
const END_EVERY = exhaustive ? 1 : KILL_EVERY
const PROMISED_EXIT_SECONDS = 20
/** For a cycle in which it is ended at each write. */
const DEADLINE_SECONDS = exhaustive ? 400 : 150

/** The demo's Ingress, brought up and taken down by a process that is killed right after the server has executed a write. */
describe('Fairlead killed by SIGKILL after its writes (real clock)', () => {
  let stage: Stage
  let writes: WriteCounter
  let fairlead: FairleadProcess
  let inOneCycle = 0
  beforeAll(async () => {
    stage = await startStage()
    writes = await writeCounter(stage.environment)
    fairlead = await throughProxies(stage, writes)
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games')
  })
  afterAll(async () => {
    await fairlead?.stop()
    await writes?.close()
    await stage?.stop()
  })

  /** Up and down again; the process is killed at the writes told, counted over all its lives, and started again. Returns what was written. */
  async function cycle(isFatal: (write: number) => boolean, end: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<readonly string[]> {
    const written: string[] = []
    writes.onWrite((what) => {
      written.push(what)
      if (!isFatal(written.length)) return false
      void (end === 'SIGKILL' ? fairlead.kill() : terminate()).then(() => fairlead.start())
      // Whoever is told to end gets the answer; whoever is dead does not.
      return end === 'SIGKILL'
    })
    const since = (await stage.aws.calls()).at(-1)?.seq ?? 0
    fairlead.start()
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    await until('the game is served', () => isServed(stage), { seconds: DEADLINE_SECONDS, everyMs: 200 })
    await proveServed(stage, 'game.example.com')
    expect(await census(stage)).toEqual({
      certificates: 1,
      loadBalancers: 1,
      listeners: 2,
      rules: 2,
      targetGroups: 2,
      securityGroups: 1,
      records: 2,
    })
    await keysAreWhereTheyBelong(stage)
    // A second import would be removed again, but imports are counted by the year.
    const imports = await stage.aws.calls({ since, service: 'acm', operation: 'ImportCertificate' })
    expect(imports.map((call) => call.status)).toEqual([200])
    await stage.kubectl('delete', 'ingress', 'game', '-n', 'games', '--wait=true', `--timeout=${DEADLINE_SECONDS}s`)
    await until('nothing is left', async () => (await leftovers(stage)).length === 0, { seconds: 30 }).catch(() => undefined)
    expect(await leftovers(stage)).toEqual([])
    return written
  }

  const exits: number[] = []
  async function terminate(): Promise<void> {
    const told = performance.now()
    await fairlead.terminate(PROMISED_EXIT_SECONDS)
    exits.push((performance.now() - told) / 1000)
  }

  it('writes a known number of times in one cycle', async () => {
    const written = await cycle(() => false)
    inOneCycle = written.length
    process.stdout.write(`writes of one cycle, up and down: ${inOneCycle}\n`)
    expect(inOneCycle).toBeGreaterThan(30)
  })

  it(`ends in the same state when it dies after every ${KILL_EVERY}th write`, { timeout: 400_000 }, async () => {
    const killed: number[] = []
    const began = performance.now()
    const written = await cycle((write) => write % KILL_EVERY === 0 && killed.push(write) > 0)
    process.stdout.write(
      `killed ${killed.length} times in one cycle of ${written.length} writes, ${((performance.now() - began) / 1000).toFixed(0)} s\n`,
    )
    expect(killed.length).toBeGreaterThan(5)
  })

  it(`ends in the same state when it is told to end at every ${END_EVERY}th write, and is out in under ${PROMISED_EXIT_SECONDS} s`, {
    timeout: 1_200_000,
  }, async () => {
    await cycle((write) => write % END_EVERY === 0, 'SIGTERM')
    process.stdout.write(`told to end ${exits.length} times; the slowest was out after ${Math.max(...exits).toFixed(1)} s\n`)
    expect(exits.length).toBeGreaterThan(5)
  })

  if (exhaustive)
    it('ends in the same state whichever of its writes it dies after', { timeout: 7_200_000 }, async () => {
      for (let fatal = 1; fatal <= inOneCycle; fatal++) {
        await cycle((write) => write === fatal).catch(async (error: unknown) => {
          const log = (await readFile(fairlead.logFile, 'utf8')).trimEnd().split('\n').slice(-20).join('\n')
          throw new Error(`killed after write ${fatal} of ${inOneCycle}; the end of its log:\n${log}`, { cause: error })
        })
      }
    })

  it('was refused nothing', async () => {
    const requests = await auditedRequests(stage.environment.auditLog, { namespace: NAMESPACE, name: 'fairlead' })
    expect(forbidden(requests)).toEqual([])
  })
})

/** Fairlead with the stage's configuration, but every server behind a proxy that counts what it writes. */
async function throughProxies(stage: Stage, writes: WriteCounter): Promise<FairleadProcess> {
  const { environment } = stage
  const config = JSON.parse(await readFile(stage.configFile, 'utf8')) as {
    aws: object
    vaults: { default: object }
  }
  const configFile = join(environment.dir, 'sigkill.json')
  await writeFile(
    configFile,
    JSON.stringify({
      ...config,
      lease: LEASE,
      aws: { ...config.aws, endpoint: writes.aws },
      vaults: { default: { ...config.vaults.default, address: writes.vault } },
    }),
  )
  const kubeconfig = join(environment.dir, 'sigkill.kubeconfig')
  const real = JSON.parse(await readFile(stage.kubeconfig, 'utf8')) as object
  // client-node takes plain HTTP only with insecure-skip-tls-verify.
  const cluster = { server: writes.kubernetes, 'insecure-skip-tls-verify': true }
  await writeFile(kubeconfig, JSON.stringify({ ...real, clusters: [{ name: 'fairlead', cluster }] }), { mode: 0o600 })
  return new FairleadProcess({
    args: ['--config', configFile, '--kubeconfig', kubeconfig, 'run'],
    env: AWS_ENV,
    logFile: join(environment.dir, 'sigkill.log'),
  })
}

async function isServed(stage: Stage): Promise<boolean> {
  const ready = '{.metadata.annotations.fairlead\\.dev/ready}'
  return (await stage.kubectl('get', 'ingress', 'game', '-n', 'games', '-o', `jsonpath=${ready}`)) === 'true'
}

type Account = {
  readonly certificates: readonly object[]
  readonly loadBalancers: readonly {
    readonly listeners: readonly { readonly rules: readonly { readonly priority: string }[] }[]
  }[]
  readonly targetGroups: readonly object[]
  readonly securityGroups: readonly object[]
  readonly zones: readonly { readonly name: string; readonly records: readonly { readonly Name: string }[] }[]
}

async function accountOf(stage: Stage): Promise<Account> {
  return ((await stage.aws.state()) as { accounts: Record<string, Account> }).accounts[ACCOUNT]!
}

async function census(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const { certificates, loadBalancers, targetGroups, securityGroups, zones } = await accountOf(stage)
  const listeners = loadBalancers.flatMap((balancer) => balancer.listeners)
  return {
    certificates: certificates.length,
    loadBalancers: loadBalancers.length,
    listeners: listeners.length,
    // AWS takes a rule twice, at two priorities.
    rules: listeners.flatMap(({ rules }) => rules.filter(({ priority }) => priority !== 'default')).length,
    targetGroups: targetGroups.length,
    securityGroups: securityGroups.length,
    records: zones.flatMap((zone) => zone.records.filter((record) => record.Name !== zone.name)).length,
  }
}

/** Each certificate in ACM has its key in exactly one Secret, and there is no other Secret with a key. */
async function keysAreWhereTheyBelong(stage: Stage): Promise<void> {
  const selector = ['-n', NAMESPACE, '-l', 'fairlead.dev/certificate=true', '-o', 'json']
  const { items } = JSON.parse(await stage.kubectl('get', 'secrets', ...selector)) as {
    items: readonly { readonly data?: Readonly<Record<string, string>> }[]
  }
  const keys = items.flatMap(({ data }) =>
    data?.['tls.key'] === undefined ? [] : [createPrivateKey(Buffer.from(data['tls.key'], 'base64'))],
  )
  const { certificates } = await accountOf(stage)
  expect(keys).toHaveLength(certificates.length)
  for (const one of certificates) {
    const pem = Object.values(one).find((value) => typeof value === 'string' && value.includes('BEGIN CERTIFICATE')) as string
    const certificate = new X509Certificate(pem)
    expect(keys.filter((key) => certificate.checkPrivateKey(key))).toHaveLength(1)
  }
}
