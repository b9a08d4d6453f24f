import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { METRICS, type MetricName, type MetricSpec, type MetricSpecs } from './telemetry-metrics.ts'

export type Labels = Readonly<Record<string, string>>
export type Sample = { readonly labels: Labels; readonly value: number }
/** Asked when metrics are: what the value is at that moment. */
export type Source = () => readonly Sample[]

type Instrument =
  | { readonly type: 'counter'; readonly it: Counter }
  | { readonly type: 'gauge'; readonly it: Gauge }
  | { readonly type: 'histogram'; readonly it: Histogram }

/** Counts and measures; what it holds is what /metrics answers. A name that no table describes cannot be used. */
export class Telemetry {
  readonly #registry = new Registry()
  readonly #instruments = new Map<string, Instrument>()
  readonly #sources = new Map<string, Source>()

  constructor() {
    this.define(METRICS)
  }

  /** Adds the metrics of a part that the runtime does not know. */
  define(specs: MetricSpecs): void {
    for (const [name, spec] of Object.entries(specs)) {
      if (!this.#instruments.has(name)) this.#instruments.set(name, instrument(this.#registry, name, spec))
    }
  }

  /** What prom-client knows of the process itself: memory, CPU, event loop, garbage collection. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry })
  }

  count(name: MetricName, labels: Labels = {}, by = 1): void {
    const known = this.#instruments.get(name)
    if (known?.type === 'counter') known.it.inc(labels, by)
  }

  observe(name: MetricName, labels: Labels, value: number): void {
    const known = this.#instruments.get(name)
    if (known?.type === 'histogram') known.it.observe(labels, value)
  }

  /** Where a gauge's values come from, each time anew: what is no more is not served any more. */
  source(name: string, source: Source): void {
    this.#sources.set(name, source)
  }

  /** Everything, in Prometheus' text format. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    for (const [name, source] of this.#sources) this.#read(name, source)
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }

  #read(name: string, source: Source): void {
    const known = this.#instruments.get(name)
    if (known?.type !== 'gauge') throw new RangeError(`no gauge is named ${name}`)
    known.it.reset()
    for (const { labels, value } of source()) known.it.set(labels, value)
  }
}

function instrument(registry: Registry, name: string, { type, help, labels, buckets }: MetricSpec): Instrument {
  const options = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') return { type, it: new Counter(options) }
  if (type === 'gauge') return { type, it: new Gauge(options) }
  return { type, it: new Histogram({ ...options, ...(buckets === undefined ? {} : { buckets: [...buckets] }) }) }
}
