import type { MetricSpecs } from '../../controllers/runtime/telemetry-metrics.ts'

/** Words of the language that stand where a metric could. https://prometheus.io/docs/prometheus/latest/querying/basics/ */
const WORDS = new Set(
  'sum max min avg count absent increase rate time min_over_time max_over_time by without and or unless on ignoring bool'.split(
    ' ',
  ),
)

/** What a PromQL expression asks for that is not there: metrics, and labels that none of its metrics has. */
export function problemsOf(expression: string, metrics: MetricSpecs): readonly string[] {
  const bare = expression.replace(/"[^"]*"/g, '""')
  const selectors = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap((match) =>
    [...match[1]!.matchAll(/(\w+) *(?:=|!=|=~|!~) *""/g)].map((one) => one[1]!),
  )
  const grouped = [...bare.matchAll(/\b(?:by|without) *\(([^)]*)\)/g)].flatMap((match) =>
    match[1]!.split(',').map((one) => one.trim()),
  )
  const rest = bare.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) *\([^)]*\)/g, ' ')
  const names = [...rest.matchAll(/[A-Za-z_:][A-Za-z0-9_:]*/g)].map((match) => match[0]).filter((name) => !WORDS.has(name))
  const found = names.map((name) => [name, specOf(name, metrics)] as const)
  const labels = found.flatMap(([, spec]) =>
    spec === undefined ? [] : spec.type === 'histogram' ? [...spec.labels, 'le'] : spec.labels,
  )
  return [
    ...found.flatMap(([name, spec]) => (spec === undefined ? [`no metric ${name}`] : [])),
    ...[...selectors, ...grouped].filter((label) => !labels.includes(label)).map((label) => `no label ${label}`),
  ]
}

/** A histogram is told as three series. */
function specOf(name: string, metrics: MetricSpecs): MetricSpecs[string] | undefined {
  const [, base = ''] = /^(.+)_(?:bucket|sum|count)$/.exec(name) ?? []
  const histogram = metrics[base]
  return metrics[name]?.type === 'histogram'
    ? undefined
    : (metrics[name] ?? (histogram?.type === 'histogram' ? histogram : undefined))
}
