import { CERTIFICATE_METRICS } from '../../controllers/certificates/metrics.ts'
import { DNS_METRICS } from '../../controllers/dns/metrics.ts'
import { LOAD_BALANCER_METRICS } from '../../controllers/loadbalancers/metrics.ts'
import { SAFETY_METRICS } from '../../controllers/runtime/safety-metrics.ts'
import { FAIRLEAD_METRICS, type MetricSpecs, RUNTIME_METRICS } from '../../controllers/runtime/telemetry-metrics.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

export function metricsPage(): string {
  return `${generatedNotice('the metric tables in controllers/runtime and metrics.ts of each controller')}# Metrics

What \`/metrics\` tells ([how to ask](guides/http.md), [alerts](guides/operating.md#alerts)). Of units, objects, certificates, load balancers and records the
leader alone tells: add replicas up, or take the largest. A histogram has \`_bucket\`, \`_sum\` and \`_count\`.

## Work

${table(FAIRLEAD_METRICS)}
## What stops it

See the [safety guide](guides/safety.md).

${table(SAFETY_METRICS)}
## Certificates

${table(CERTIFICATE_METRICS)}
## Load balancers

${table(LOAD_BALANCER_METRICS)}
## DNS

${table(DNS_METRICS)}
## Queue, API server, leadership

With the names and the meaning that client-go and controller-runtime give them.

${table(RUNTIME_METRICS)}
## The process

Memory, processor, event loop and garbage collection, as prom-client has them: \`process_*\` and \`nodejs_*\`.
`
}

function table(specs: MetricSpecs): string {
  const rows = Object.entries(specs).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ])
  return markdownTable(['metric', 'type', 'labels', 'what it tells'], rows)
}
