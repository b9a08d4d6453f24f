// `npm run bench:start`: how long the image takes to be ready, and what it holds in memory with nothing to do; against the real servers.
//
// Ready means that it leads: every watch has been listed, the Lease is taken, and work begins. It is seen from outside, as the moment at which a
// watch of the API server tells of the Lease with its new holder.
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { makeBundle } from '../env/bundle.ts'
import { kubeRequest } from '../env/kube-api.ts'
import { showProgress } from '../env/progress.ts'
import { NAMESPACE, type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'

const RUNS = Number(process.argv[2] ?? 10)
const IDLE_SECONDS = 10
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`
const PROMISED = { ms: 500, mebibytes: 130 }

type Start = { readonly connectedMs: number; readonly readyMs: number; readonly mebibytes: number }

/** One life of the process, from nothing: no Lease, and nothing to do. */
async function start(stage: Stage): Promise<Start> {
  const { apiServer } = stage.environment
  await kubeRequest(apiServer, `${LEASES}/fairlead`, { method: 'DELETE' }).catch(() => undefined)
  const logged = (await readFile(stage.fairlead.logFile, 'utf8').catch(() => '')).length
  await using held = await watchLease(stage)
  const began = Date.now()
  stage.fairlead.start()
  const readyMs = (await held.at) - began
  const mebibytes = await resident(stage.fairlead.pid)
  const log = (await readFile(stage.fairlead.logFile, 'utf8')).slice(logged).split('\n')
  const starting = log.find((line) => line.includes('"msg":"starting"')) ?? '{}'
  await stage.fairlead.stop()
  return { connectedMs: Date.parse(JSON.parse(starting).ts) - began, readyMs, mebibytes }
}

/** `at` is when the API server first told of a Lease that somebody holds. */
async function watchLease(stage: Stage): Promise<AsyncDisposable & { readonly at: Promise<number> }> {
  const { url, caFile, adminToken } = stage.environment.apiServer
  const { metadata } = await kubeRequest<{ readonly metadata: { readonly resourceVersion: string } }>(
    stage.environment.apiServer,
    LEASES,
  )
  const asked = request(`${url}${LEASES}?watch=1&resourceVersion=${metadata.resourceVersion}`, {
    ca: await readFile(caFile),
    headers: { authorization: `Bearer ${adminToken}` },
  })
  const answered = Promise.withResolvers<void>()
  const held = Promise.withResolvers<number>()
  asked.on('response', (response) => {
    answered.resolve()
    let text = ''
    response.on('data', (part: Buffer) => {
      text += part.toString()
      if (/"holderIdentity":"[^"]+"/.test(text)) held.resolve(Date.now())
    })
  })
  asked.on('error', held.reject)
  asked.end()
  await answered.promise
  return { at: held.promise, [Symbol.asyncDispose]: async () => void asked.destroy() }
}

/** What the kernel says is resident, after it had nothing to do for a while. */
async function resident(pid: number): Promise<number> {
  const end = performance.now() + IDLE_SECONDS * 1000
  await until('it was idle', () => performance.now() >= end, { everyMs: 500 })
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

function print(what: string, values: readonly number[], unit: string, bound?: number): void {
  const sorted = [...values].sort((a, b) => a - b)
  const [least, middle, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) =>
    Math.round(value!),
  )
  const promised = bound === undefined ? '' : `, promised under ${bound}`
  process.stdout.write(`  ${what}: median ${middle} ${unit}, min ${least}, max ${most} (n=${values.length}${promised})\n`)
}

async function measure(title: string, entry: string | undefined, promised: boolean): Promise<void> {
  const { progress, status, end } = showProgress()
  const options = { progress, status, ...(entry === undefined ? {} : { entry }) }
  await using stage = await startStage(options).finally(end)
  // The first one warms the files of the machine, not of the image.
  await start(stage)
  const runs: Start[] = []
  for (let run = 0; run < RUNS; run++) runs.push(await start(stage))
  process.stdout.write(`${title}\n`)
  const bound = (value: number) => (promised ? value : undefined)
  print(
    'from exec to the first line of its log (configuration, cluster, AWS account and VPC known)',
    runs.map((run) => run.connectedMs),
    'ms',
  )
  print(
    'from exec to ready (every watch listed, the Lease taken)',
    runs.map((run) => run.readyMs),
    'ms',
    bound(PROMISED.ms),
  )
  print(
    `resident after ${IDLE_SECONDS} s with nothing to do`,
    runs.map((run) => run.mebibytes),
    'MiB',
    bound(PROMISED.mebibytes),
  )
}

await using image = await makeBundle()
await measure('the image: bundle, with compiled code', image.entry, true)
