// `npm run bench:scale`: the real process with ten thousand Ingresses in a real API server, all served. What a restart, one change and doing
// nothing cost: time, calls to AWS and to Kubernetes, memory, processor time, and how late the event loop is.
import { open, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kubeRequest } from '../env/kube-api.ts'
import { showProgress } from '../env/progress.ts'
import { NAMESPACE, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { NO_DELAYS } from './no-delays.ts'
import { fleetOf } from './scale-fleet.ts'
import type { ProbeLine } from './scale-probe.ts'

const { values: given } = parseArgs({
  options: {
    ingresses: { type: 'string', default: '10000' },
    group: { type: 'string', default: '90' },
    changes: { type: 'string', default: '10' },
    'idle-seconds': { type: 'string', default: '120' },
    rates: { type: 'string', default: '50' },
  },
})
const [INGRESSES, PER_GROUP, CHANGES, IDLE_SECONDS, RATES] = [
  Number(given.ingresses),
  Number(given.group),
  Number(given.changes),
  Number(given['idle-seconds']),
  Number(given.rates),
]
/** What ELBv2 lets us read in a second: its bucket of 10, and our share of it. */
const READS_PER_SECOND = 10 * 0.7
const PROMISED_LAG_MS = 100
/** No account has all this from the start; AWS raises each on request. */
const QUOTAS = { albQuota: 1000, targetGroups: 100_000, acmCertificates: 10_000, acmYearlyImports: 50_000 }
const probeFile = join(tmpdir(), `fairlead-probe-${process.pid}.jsonl`)

type Counts = Readonly<Record<string, number>>
const total = (counts: Counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)
const listed = (counts: Counts) =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none'
const print = (line: string) => process.stdout.write(`${line}\n`)

const { progress, status, end } = showProgress()
let server: () => Parameters<typeof kubeRequest>[0]
const fleet = fleetOf(INGRESSES, PER_GROUP, () => server())
await using stage = await startStage({
  progress,
  status,
  components: ['kube-apiserver', 'vault', 'aws'],
  zones: fleet.zones,
  aws: { buckets: false, ...NO_DELAYS, ...QUOTAS },
  config: {
    // No sweep falls into what is measured, nor a heartbeat on a zone.
    sweepSeconds: 86_400,
    safety: { heartbeatSeconds: 86_400 },
    waits: {
      firstHealthySeconds: 20,
      aliasTtlSeconds: 0,
      ttlMarginSeconds: 0,
      propagationSeconds: 0,
      loadBalancerActiveSeconds: 0,
    },
  },
  env: {
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import ${join(import.meta.dirname, 'scale-probe.ts')}`,
    SCALE_PROBE_FILE: probeFile,
    SCALE_PROBE_RATES: String(RATES),
  },
})
server = () => stage.environment.apiServer
const apiServer = stage.environment.apiServer

/** What the process was like since it was last asked. */
async function probe(): Promise<ProbeLine> {
  const lines = async () => (await readFile(probeFile, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  const before = (await lines()).length
  process.kill(stage.fairlead.pid, 'SIGUSR2')
  return until('the probe has answered', async () => {
    const line = (await lines())[before]
    return line === undefined ? undefined : (JSON.parse(line) as ProbeLine)
  })
}

const awsCounts = async () => (await stage.aws.control('GET', 'calls/count')) as Counts
const forgetCalls = () => stage.aws.control('POST', 'calls/reset', {})

/** Requests of Fairlead's ServiceAccount since a place in the API server's audit log. */
async function kubernetesCalls(from: number): Promise<{ readonly reads: Counts; readonly writes: Counts }> {
  await using log = await open(stage.environment.auditLog)
  const { size } = await log.stat()
  const text = Buffer.alloc(size - from)
  await log.read(text, 0, text.length, from)
  const [reads, writes]: Record<string, number>[] = [{}, {}]
  for (const line of text.toString().split('\n')) {
    if (!line.includes(`system:serviceaccount:${NAMESPACE}:fairlead`) || !line.includes('"stage":"ResponseComplete"')) continue
    const { verb, objectRef } = JSON.parse(line) as { verb: string; objectRef?: { resource: string; subresource?: string } }
    const what = `${verb} ${[objectRef?.resource, objectRef?.subresource].filter((part) => part !== undefined).join('/')}`
    const side = /^(create|update|patch|delete)/.test(verb) ? writes! : reads!
    side[what] = (side[what] ?? 0) + 1
  }
  return { reads: reads!, writes: writes! }
}

const auditEnd = async () => (await stat(stage.environment.auditLog)).size

/** Waits until nothing is sent to AWS for a while; when the last call was, and what was sent in all. */
async function quiet(
  what: string,
  seconds: number,
  enough: (counts: Counts) => boolean,
): Promise<{ at: number; counts: Counts }> {
  let last = { at: Date.now(), sum: -1 }
  return until(
    what,
    async () => {
      const counts = await awsCounts()
      if (total(counts) !== last.sum) last = { at: Date.now(), sum: total(counts) }
      status(`${what}: ${last.sum} calls to AWS`)
      return enough(counts) && Date.now() - last.at > seconds * 1000 ? { at: last.at, counts } : undefined
    },
    { seconds: 3600, everyMs: 500 },
  )
}

function printProcess(
  phase: string,
  { lagMs, rssMebibytes, peakMebibytes, heapMebibytes, cpuSeconds, seconds }: ProbeLine,
): void {
  const { p50, p99, max } = lagMs
  print(
    `  event loop late by: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(0)} ms (${phase}, promised p99 under ${PROMISED_LAG_MS})`,
  )
  print(
    `  memory: ${rssMebibytes} MiB resident, ${peakMebibytes} at most, heap ${heapMebibytes}; processor: ${cpuSeconds.toFixed(2)} s of ${seconds.toFixed(0)} s`,
  )
}

type ReadyList = { readonly items: readonly { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }[] }

async function served(): Promise<number> {
  let count = 0
  for (let team = 0; team < 20; team++) {
    const path = `/apis/networking.k8s.io/v1/namespaces/team-${team}/ingresses`
    const { items } = await kubeRequest<ReadyList>(apiServer, path)
    count += items.filter((item) => item.metadata.annotations?.['fairlead.dev/ready'] === 'true').length
  }
  return count
}

async function converge(): Promise<void> {
  const began = Date.now()
  await fleet.create((done) => status(`${done} of ${fleet.objects} objects created`))
  const created = Date.now()
  progress(`${fleet.objects} objects created`)
  stage.fairlead.start()
  await until(
    'all Ingresses are served',
    async () => {
      const count = await served()
      status(`${count} of ${fleet.ingresses} served`)
      return count === fleet.ingresses
    },
    { seconds: 3 * 3600, everyMs: 5_000 },
  )
  const converged = Date.now()
  const { counts } = await quiet('all is made', 5, () => true)
  const { writes } = await kubernetesCalls(0)
  print(
    `${fleet.ingresses} Ingresses with a Service and an EndpointSlice each, ${fleet.groups} load balancers, ${fleet.zones.length} zones`,
  )
  print(`SET-UP (AWS’s request rates times ${RATES})`)
  print(`  objects created in ${seconds(created - began)}, all served ${seconds(converged - created)} after the start`)
  print(`  calls to AWS: ${total(counts)}, ${(total(counts) / fleet.ingresses).toFixed(1)} for each Ingress`)
  print(`  writes to Kubernetes: ${listed(writes)}`)
  printProcess('set-up', await probe())
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/fairlead`
type Lease = { readonly spec: { readonly holderIdentity?: string; readonly acquireTime?: string } }

async function restart(): Promise<void> {
  await stage.fairlead.stop()
  const { spec: before } = await kubeRequest<Lease>(apiServer, LEASE)
  await forgetCalls()
  const from = await auditEnd()
  const began = Date.now()
  stage.fairlead.start()
  await until(
    'it leads',
    async () => {
      const { spec } = await kubeRequest<Lease>(apiServer, LEASE)
      return spec.holderIdentity !== '' && spec.acquireTime !== before.acquireTime
    },
    { seconds: 120, everyMs: 50 },
  )
  const led = Date.now()
  const { at, counts } = await quiet(
    'every unit was looked at',
    8,
    (so) => (so['elbv2:DescribeTargetHealth'] ?? 0) >= fleet.ingresses,
  )
  const { reads, writes } = await kubernetesCalls(from)
  const elbv2 = Object.fromEntries(Object.entries(counts).filter(([name]) => name.startsWith('elbv2:')))
  print('RESTART')
  print(
    `  every store complete and leading after ${seconds(led - began)}; every load balancer looked at after ${seconds(at - began)}`,
  )
  print(`  calls to AWS: ${total(counts)}: ${listed(counts)}`)
  print(
    `  for each load balancer: ${(total(elbv2) / fleet.groups).toFixed(1)} of ELBv2; at AWS’s own rates that takes ${(total(elbv2) / READS_PER_SECOND / 60).toFixed(1)} minutes`,
  )
  print(`  reads of Kubernetes: ${listed(reads)}`)
  print(`  writes to Kubernetes: ${listed(writes)}`)
  printProcess('restart', await probe())
}

async function change(run: number): Promise<{ readonly ms: number; readonly counts: Counts; readonly writes: Counts }> {
  const group = run % fleet.groups
  const host = fleet.hostIn(group, `new${run}`)
  await forgetCalls()
  const from = await auditEnd()
  await fleet.addHost(group, 1 + Math.floor(run / fleet.groups), host)
  const began = Date.now()
  const at = await until(
    `${host} has a record`,
    async () => {
      const calls = await stage.aws.calls({ service: 'route53', operation: 'ChangeResourceRecordSets' })
      return calls.find((call) => JSON.stringify(call.params).includes(host))?.time
    },
    { seconds: 60, everyMs: 20 },
  )
  const { counts } = await quiet('the change is made', 3, () => true)
  return { ms: at * 1000 - began, counts, writes: (await kubernetesCalls(from)).writes }
}

async function changes(): Promise<void> {
  const runs: Awaited<ReturnType<typeof change>>[] = []
  for (let run = 0; run < CHANGES; run++) runs.push(await change(run))
  const sorted = runs.map((run) => run.ms).sort((a, b) => a - b)
  print('ONE CHANGE: one more host on one Ingress')
  print(
    `  from its answer to the Route53 call: median ${Math.round(sorted[Math.floor(CHANGES / 2)]!)} ms, min ${Math.round(sorted[0]!)}, max ${Math.round(sorted.at(-1)!)} (n=${CHANGES}, promised under 1000)`,
  )
  for (const counts of new Set(runs.map((run) => listed(run.counts)))) print(`  calls to AWS: ${counts}`)
  for (const writes of new Set(runs.map((run) => listed(withoutLease(run.writes)))))
    print(`  writes to Kubernetes but the Lease: ${writes}`)
  printProcess('changes', await probe())
}

function withoutLease(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => !name.endsWith(' leases')))
}

async function idle(): Promise<void> {
  await forgetCalls()
  const from = await auditEnd()
  await probe()
  const ends = performance.now() + IDLE_SECONDS * 1000
  await until('it was idle', () => performance.now() >= ends, { seconds: IDLE_SECONDS + 60, everyMs: 1000 })
  const line = await probe()
  const { reads, writes } = await kubernetesCalls(from)
  print(`IDLE for ${IDLE_SECONDS} s`)
  print(`  calls to AWS: ${listed(await awsCounts())}`)
  print(`  Kubernetes: reads ${listed(reads)}; writes ${listed(writes)}`)
  printProcess('idle', line)
}

try {
  await converge()
  await restart()
  await changes()
  await idle()
} finally {
  end()
}
