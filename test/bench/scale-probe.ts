// Loaded into Fairlead's own process by `npm run bench:scale`. On SIGUSR2 it appends to a file how late the event loop was since the last time,
// and what the process holds and used; and it makes AWS's request rates larger, since at their own ten thousand Ingresses take hours to be made.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export type ProbeLine = {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssMebibytes: number
  readonly peakMebibytes: number
  readonly heapMebibytes: number
  /** Beyond the tick of the measurement itself. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

const TICK_MS = 10
const { SCALE_PROBE_FILE: file = '', SCALE_PROBE_RATES: rates = '1' } = process.env

const RATES = 'capacity, refillPerSecond })'
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith('/controllers/aws/buckets.ts')) return loaded
    const source = String(loaded.source)
    if (!source.includes(RATES)) throw new Error('AWS’s request rates are written in another way than the probe knows')
    const larger = `capacity: capacity * ${Number(rates)}, refillPerSecond: refillPerSecond * ${Number(rates)} })`
    return { ...loaded, source: source.replace(RATES, larger) }
  },
})

const lag = monitorEventLoopDelay({ resolution: TICK_MS })
lag.enable()
let began = performance.now()
let cpu = process.cpuUsage()

process.on('SIGUSR2', () => {
  const used = process.cpuUsage(cpu)
  const late = (percent: number) => Math.max(0, lag.percentile(percent) / 1e6 - TICK_MS)
  const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const line: ProbeLine = {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (used.user + used.system) / 1e6,
    rssMebibytes: mebibytes(process.memoryUsage.rss()),
    peakMebibytes: mebibytes(process.resourceUsage().maxRSS * 1024),
    heapMebibytes: mebibytes(process.memoryUsage().heapUsed),
    lagMs: { p50: late(50), p99: late(99), max: late(100) },
  }
  appendFileSync(file, `${JSON.stringify(line)}\n`)
  lag.reset()
  began = performance.now()
  cpu = process.cpuUsage()
})
