// `npm run bench:latency`: how long users wait, on the real clock, against the real servers without artificial delays.
import { showProgress } from '../env/progress.ts'
import { type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'
import { NO_DELAYS } from './no-delays.ts'

const WARM_UP = 3
const QUIET_MS = 1_500
const RUNS = Number(process.argv[2] ?? 20)
const WAITS = {
  firstHealthySeconds: 20,
  aliasTtlSeconds: 0,
  ttlMarginSeconds: 0,
  propagationSeconds: 0,
  loadBalancerActiveSeconds: 0,
}

type Call = {
  readonly seq: number
  readonly time: number
  readonly service: string
  readonly operation: string
  readonly params: unknown
}

function ingress(name: string, hosts: readonly string[], annotations: Readonly<Record<string, string>>): object {
  const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'game', port: { number: 80 } } } }]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: 'games',
      annotations: {
        'alb.ingress.kubernetes.io/scheme': 'internet-facing',
        'alb.ingress.kubernetes.io/target-type': 'ip',
        ...annotations,
      },
    },
    spec: { ingressClassName: 'fairlead', rules: hosts.map((host) => ({ host, http: { paths } })) },
  }
}

async function apply(stage: Stage, object: object): Promise<number> {
  const { kubeApply } = await import('../env/kube-api.ts')
  await kubeApply(stage.environment.apiServer, 'ingresses', object as Parameters<typeof kubeApply>[2])
  return Date.now()
}

/** The Route53 write that names the host: when it was sent. */
async function recordOf(stage: Stage, host: string, since: number): Promise<{ readonly at: number }> {
  return until(
    `${host} has a record`,
    async () => {
      const calls = (await stage.aws.calls({ since, service: 'route53' })) as readonly Call[]
      const named = calls.filter(
        (call) => call.operation === 'ChangeResourceRecordSets' && JSON.stringify(call.params).includes(host),
      )
      return named[0] === undefined ? undefined : { at: named[0].time * 1000 }
    },
    { seconds: 60, everyMs: 20 },
  )
}

const lastSeq = async (stage: Stage) => ((await stage.aws.calls()) as readonly Call[]).at(-1)?.seq ?? 0

/** A new Ingress with its own certificate and load balancer, until its record is written. */
async function newIngress(stage: Stage, run: number): Promise<number> {
  const [name, host] = [`new-${run}`, `new-${run}.example.com`]
  const since = await lastSeq(stage)
  const began = Date.now()
  await apply(stage, ingress(name, [host], { 'fairlead.dev/certificate': 'vault' }))
  const { at } = await recordOf(stage, host, since)
  await stage.kubectl('delete', 'ingress', name, '-n', 'games', '--wait=true', '--timeout=60s')
  // AWS gives out a CreateLoadBalancer each five seconds; waiting for it is AWS's time, not ours.
  const next = began + 8_000
  await until('the next load balancer may be created', () => Date.now() >= next, { seconds: 20 })
  return at - began
}

/** One more host on an Ingress that is served, under its wildcard certificate. */
async function changedHost(stage: Stage, run: number): Promise<{ readonly ms: number; readonly writes: number }> {
  const host = `changed-${run}.example.com`
  const since = await lastSeq(stage)
  const hosts = Array.from({ length: run + 1 }, (_, index) => `changed-${index}.example.com`)
  const answered = await apply(
    stage,
    ingress('changed', ['*.example.com', ...hosts], {
      'fairlead.dev/certificate': 'vault',
      'alb.ingress.kubernetes.io/group.name': 'bench',
    }),
  )
  const { at } = await recordOf(stage, host, since)
  // A second call right after the first would be one too many.
  const quietAt = Date.now() + QUIET_MS
  await until('it is quiet', () => Date.now() >= quietAt, { seconds: 10 })
  return { ms: at - answered, writes: (await stage.aws.calls({ since, service: 'route53' })).length }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function print(what: string, values: readonly number[], bound: number): void {
  process.stdout.write(
    `${what}: median ${Math.round(median(values))} ms, min ${Math.round(Math.min(...values))}, max ${Math.round(Math.max(...values))} (n=${values.length}, promised under ${bound})\n`,
  )
}

const { progress, status, end } = showProgress()
await using stage = await startStage({ progress, status, aws: NO_DELAYS, config: { waits: WAITS, sweepSeconds: 3600 } }).finally(
  end,
)
await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
await stage.kubectl('delete', 'ingress', 'game', '-n', 'games')
await stage.kubectl('rollout', 'status', 'deployment', 'game', '-n', 'games', '--timeout=60s')
stage.fairlead.start()
const fresh: number[] = []
for (let run = 0; run < RUNS + WARM_UP; run++) {
  const ms = await newIngress(stage, run)
  if (run >= WARM_UP) fresh.push(ms)
  progress(`new Ingress ${run + 1}: ${Math.round(ms)} ms`)
}
print('from applying a new Ingress (own certificate, own load balancer) to its Route53 call', fresh, 3000)
const changed: { readonly ms: number; readonly writes: number }[] = []
for (let run = 0; run < RUNS + WARM_UP; run++) {
  const one = await changedHost(stage, run)
  if (run >= WARM_UP) changed.push(one)
  progress(`changed host ${run + 1}: ${Math.round(one.ms)} ms, ${one.writes} Route53 calls`)
}
print(
  'from the API event of one changed host to its Route53 call',
  changed.map((one) => one.ms),
  1000,
)
process.stdout.write(`Route53 calls for one changed host: ${[...new Set(changed.map((one) => one.writes))].join(', ')}\n`)
