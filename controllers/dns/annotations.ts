import { type AnnotationTable, later, namesWith } from '../shared/annotation-entry.ts'

/** external-dns's annotations on an Ingress, under either prefix; all but `controller` are still to come, and say so when used. */
export const EXTERNAL_DNS_TABLE: AnnotationTable = {
  controller: {
    support: 'yes',
    merge: 'ingress',
    type: '`dns-controller`, or the name of another controller',
    default: '`dns-controller`',
    does: 'Any other value: the records of this Ingress are neither written nor removed.',
  },
  hostname: later('ignored', 'Hosts besides those of rules.'),
  'internal-hostname': later('ignored', 'Hosts for internal addresses.'),
  target: later('ignored', 'What the records point at.'),
  ttl: later('ignored', 'TTL of the records. An alias record has the TTL of its target.'),
  'ingress-hostname-source': later('ignored', 'Where hosts are taken from.'),
  access: later('ignored', 'Public or private addresses.'),
  'endpoints-type': later('ignored', 'Which addresses of nodes.'),
  alias: later('ignored', 'Whether records are aliases. Those of Fairlead are.'),
  'record-type': later('ignored', 'Types of records.'),
  'set-identifier': later('ignored', 'Identity in a routing policy.'),
  'aws-*': later('ignored', 'Routing policies and health checks of Route 53.'),
}

export const EXTERNAL_DNS_KNOWN: readonly string[] = Object.keys(EXTERNAL_DNS_TABLE)
export const EXTERNAL_DNS_NOT_YET: readonly string[] = namesWith(EXTERNAL_DNS_TABLE, 'ignored')
