import { CERTIFICATE_EVENTS } from '../../controllers/certificates/events.ts'
import { EXTERNAL_DNS_TABLE } from '../../controllers/dns/annotations.ts'
import { DNS_EVENTS } from '../../controllers/dns/events.ts'
import { ALB_TABLE } from '../../controllers/loadbalancers/annotations.ts'
import { FAIRLEAD_TABLE } from '../../controllers/loadbalancers/annotations-own.ts'
import { loadBalancersEvents } from '../../controllers/loadbalancers/events.ts'
import type { AnnotationEntry, AnnotationTable, MergeRule, Support } from '../../controllers/shared/annotation-entry.ts'
import { ALB, EXTERNAL_DNS_PREFIXES, FAIRLEAD } from '../../controllers/shared/annotations.ts'
import type { FindingTable } from '../../controllers/shared/finding-entry.ts'
import { NAMESPACE_TABLE } from '../../controllers/shared/namespace-annotations.ts'
import { SAFETY_EVENTS } from '../../controllers/shared/safety-events.ts'
import { TENANCY_EVENTS } from '../../controllers/shared/tenancy-events.ts'
import { configurationPage } from './generated-configuration.ts'
import { metricsPage } from './generated-metrics.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

/** The pages of docs/ that are made from the tables the product itself reads. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    'docs/annotations.md': annotationsPage(),
    'docs/findings.md': findingsPage(),
    'docs/configuration.md': configurationPage(),
    'docs/metrics.md': metricsPage(),
  }
}

const MERGE: Readonly<Record<MergeRule, string>> = {
  exclusive: 'exclusive',
  merged: 'merged',
  ingress: 'per Ingress',
  backend: 'per backend',
  written: 'written by Fairlead',
}

const NOT_YET: Readonly<Record<Exclude<Support, 'yes'>, string>> = {
  refused: '**refused**: blocking `AnnotationNotYetSupported`; the Ingress is left as it is',
  ignored: 'warning `AnnotationNotYetSupported`; no effect',
}

function annotationsPage(): string {
  return `${generatedNotice('the annotation tables of controllers/*/annotations*.ts')}# Annotations

Fairlead reads these annotations on Ingresses of a class whose controller is \`fairlead.dev/ingress\`. What holds without any of them:
[defaults](guides/defaults.md). What the Events mean: [findings](findings.md).

**In a group.** Ingresses with the same \`group.name\` share a load balancer. How their values are put together:

- *exclusive*: one value per load balancer. The oldest Ingress that states one decides. An Ingress that states another is refused
  (\`GroupConflict\`) and left as it is; the others go on.
- *merged*: the values of all members are put together.
- *per Ingress*: it counts for the Ingress that has it.
- *per backend*: it counts for the backends of the Ingress. The same annotation on the Service wins.

**An unknown name** with one of these prefixes has no effect. It is a warning (\`UnknownAnnotation\`) that offers the nearest name. **A value that
cannot be read** is a blocking finding (\`InvalidAnnotation\`), unless said otherwise. An Ingress with a blocking annotation is left as it is: what is
served already goes on. On a Service only the annotations that are *per backend* are read; any other is not looked at.

## ${ALB}

The names of the AWS Load Balancer Controller.

${tables(ALB, ALB_TABLE)}
## ${FAIRLEAD}

${tables(FAIRLEAD, FAIRLEAD_TABLE)}
On a Namespace, for all objects in it. What they mean together: [who may have what](guides/tenancy.md).

${namespaceTable()}
The label \`ssl: "true"\` on an Ingress without \`${FAIRLEAD}certificate\` is not supported yet: the Ingress is held
(\`AnnotationNotYetSupported\`), and its hosts are never served over plain HTTP in its place.

## ${EXTERNAL_DNS_PREFIXES.join(' and ')}

The names of external-dns. Both prefixes are read; where both are there, the second wins.

${tables(EXTERNAL_DNS_PREFIXES[1], EXTERNAL_DNS_TABLE)}`
}

function tables(prefix: string, table: AnnotationTable): string {
  const named = Object.entries(table).map(([name, entry]): readonly [string, AnnotationEntry] => [`\`${prefix}${name}\``, entry])
  const supported = named.filter(([, entry]) => entry.support === 'yes')
  const later = named.filter(([, entry]) => entry.support !== 'yes')
  const rows = supported.map(([name, { type, default: byDefault, merge, does }]) => [name, type, byDefault, MERGE[merge], does])
  const laterRows = later.map(([name, { support, does }]) => [name, does, support === 'yes' ? '' : NOT_YET[support]])
  return `Supported:

${markdownTable(['annotation', 'value', 'default', 'in a group', 'what it does'], rows)}
Known, not supported yet:

${markdownTable(['annotation', 'what it is for', 'what happens now'], laterRows)}`
}

function namespaceTable(): string {
  const rows = Object.entries(NAMESPACE_TABLE).map(([name, one]) => [`\`${FAIRLEAD}${name}\``, one.type, one.default, one.does])
  return markdownTable(['annotation', 'value', 'default', 'what it does'], rows)
}

function findingsPage(): string {
  return `${generatedNotice('events.ts of each controller')}# Findings

A finding says what is wrong with an input: in \`fairlead plan\`, in \`fairlead status\`, and as an Event on the object, whose reason is the code.
Blocking and warning findings are Events of type Warning, info findings of type Normal.

- **blocking**: what the message names is not served, or left as it is. Everything else goes on, other objects too.
- **warning**: it is served, but not in the way that was asked for.
- **info**: good to know.

Fairlead also writes the Event \`Served\` (Normal) when the whole chain of an Ingress is in place.

## Certificates

${findingTable(CERTIFICATE_EVENTS)}
## Load balancers

${findingTable(loadBalancersEvents)}
## DNS

${findingTable(DNS_EVENTS)}
## Who may have what

See [the guide](guides/tenancy.md). Of those about the Namespace’s own annotations one is told on the Namespace, too.

${findingTable(TENANCY_EVENTS)}
## What stops Fairlead

See the [safety guide](guides/safety.md).

${findingTable(SAFETY_EVENTS)}`
}

function findingTable(table: FindingTable): string {
  const rows = Object.entries(table).map(([code, { severity, means, todo }]) => [`\`${code}\``, severity, means, todo])
  return markdownTable(['code', 'severity', 'what it means', 'what to do'], rows)
}
