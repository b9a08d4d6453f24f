import { type AnnotationEntry, type AnnotationTable, type MergeRule, namesWith } from '../shared/annotation-entry.ts'
import { ALB_LATER } from './annotations-later.ts'
import { FAIRLEAD_TABLE } from './annotations-own.ts'

function is(merge: MergeRule, type: string, byDefault: string, does: string): AnnotationEntry {
  return { support: 'yes', merge, type, default: byDefault, does }
}

/**
 * Every annotation of the AWS Load Balancer Controller that an Ingress of ours may carry. The one list behind parsing,
 * unknown-name findings and docs/annotations.md.
 */
export const ALB_TABLE: AnnotationTable = {
  scheme: is(
    'exclusive',
    '`internal` or `internet-facing`',
    '`defaults.scheme`, which is `internal`',
    'Who can reach the load balancer. A change makes another load balancer and moves the records to it.',
  ),
  'ip-address-type': is(
    'exclusive',
    '`ipv4` or `dualstack`',
    '`ipv4`',
    'Addresses of the load balancer. With `dualstack` each host gets an AAAA record, too.',
  ),
  subnets: is(
    'exclusive',
    'ids or Name tags, comma-separated',
    'subnets tagged `kubernetes.io/role/elb=1` or `kubernetes.io/role/internal-elb=1`; without tags, by their routes',
    'Subnets of the load balancer: at least two, each in another zone.',
  ),
  'security-groups': is(
    'exclusive',
    'ids (`sg-…`), comma-separated',
    'a security group of its own, which Fairlead makes',
    'Security groups to use instead. Fairlead does not change them.',
  ),
  'ssl-policy': is(
    'exclusive',
    'name of a security policy',
    '`defaults.sslPolicy`',
    'TLS versions and ciphers of HTTPS listeners.',
  ),
  'ssl-redirect': is(
    'exclusive',
    'port number',
    '443 with a certificate and without `listen-ports`; else no redirect',
    'HTTP listeners answer with a redirect (301) to this port. The Ingress must listen there with HTTPS.',
  ),
  'load-balancer-name': is(
    'exclusive',
    'at most 32 letters, digits and hyphens',
    'made from the namespace and name, or the group',
    'Fixes the name. A change that needs another load balancer is then refused.',
  ),
  'load-balancer-attributes': is(
    'exclusive',
    '`key=value`, comma-separated, as AWS documents them for application load balancers',
    'attributes are left as they are',
    'Attributes to set; one that AWS would refuse blocks the Ingress. An attribute that is not named is left as it is.',
  ),
  'group.name': is(
    'ingress',
    'at most 63 lower-case letters, digits, `-` and `.`',
    'a load balancer of its own',
    'Ingresses with the same group name share one load balancer, across namespaces.',
  ),
  'group.order': is(
    'ingress',
    'whole number from -1000 to 1000',
    '0',
    'Rules of a lower order come first, whatever their hosts and paths.',
  ),
  'listen-ports': is(
    'merged',
    'JSON, such as `[{"HTTP":80},{"HTTPS":443}]`',
    'HTTP 80; with a certificate HTTP 80 and HTTPS 443',
    'Ports and protocols. With it, HTTP redirects only if `ssl-redirect` says so.',
  ),
  'certificate-arn': is(
    'merged',
    'ARNs of ACM certificates, comma-separated',
    'none',
    'Certificates to serve for the hosts of this Ingress. Fairlead does not change or delete them.',
  ),
  'inbound-cidrs': is(
    'merged',
    'CIDRs, comma-separated',
    '`0.0.0.0/0`, with `dualstack` also `::/0`',
    'Who may connect, per port. An Ingress of the group without it opens the port to everybody. No effect with `security-groups`.',
  ),
  tags: is(
    'merged',
    '`key=value`, comma-separated, at most 40; no key of `aws:` or `fairlead.dev/`',
    '`defaults.tags`',
    'Tags on what is made for the load balancer. Of two values for one key the oldest Ingress’s counts. A tag no longer asked for stays. No key under `fairlead.dev/` or `aws:`, and what AWS does not take refuses the Ingress.',
  ),
  'target-type': is(
    'backend',
    '`instance` or `ip`',
    '`defaults.targetType`, which is `instance`',
    '`ip`: pods. `instance`: ready nodes, on the node port of the Service.',
  ),
  'backend-protocol': is('backend', '`HTTP` or `HTTPS`', '`HTTP`', 'Protocol to the targets.'),
  'backend-protocol-version': is('backend', '`HTTP1`, `HTTP2` or `GRPC`', '`HTTP1`', 'Version of the protocol to the targets.'),
  'target-group-attributes': is(
    'backend',
    '`key=value`, comma-separated, as AWS documents them for targets of this kind',
    'attributes are left as they are',
    'Attributes of the target group, such as `deregistration_delay.timeout_seconds=30`.',
  ),
  'healthcheck-protocol': is('backend', '`HTTP` or `HTTPS`', '`HTTP`', 'Protocol of health checks.'),
  'healthcheck-port': is(
    'backend',
    '`traffic-port` or a number',
    '`traffic-port`',
    'Port of health checks. Not the name of a port.',
  ),
  'healthcheck-path': is('backend', 'path', '`/`; for gRPC `/AWS.ALB/healthcheck`', 'Path of health checks.'),
  'healthcheck-interval-seconds': is('backend', '5 to 300', '15', 'Seconds between health checks.'),
  'healthcheck-timeout-seconds': is(
    'backend',
    '2 to 120, less than the interval',
    '5',
    'Seconds until a health check has failed.',
  ),
  'healthy-threshold-count': is('backend', '2 to 10', '2', 'Successes in a row that make a target healthy.'),
  'unhealthy-threshold-count': is('backend', '2 to 10', '2', 'Failures in a row that make a target unhealthy.'),
  'success-codes': is(
    'backend',
    'codes and ranges, such as `200,301-308`; 200 to 499, for gRPC 0 to 99',
    '`200`; for gRPC `12`',
    'Answers that a healthy target gives.',
  ),
  ...ALB_LATER,
}

export const ALB_ANNOTATIONS: readonly string[] = Object.keys(ALB_TABLE)

/** Not supported yet, and ignoring it would serve what should not be served, or to whom it should not: the Ingress is refused. */
export const REFUSED_FOR_NOW = namesWith(ALB_TABLE, 'refused')

/** Not supported yet; the Ingress is served without it, with a warning. */
export const IGNORED_FOR_NOW = namesWith(ALB_TABLE, 'ignored')

/** Our own names (DESIGN §7), whichever controller reads them: this one reports the unknown ones. */
export const FAIRLEAD_ANNOTATIONS: readonly string[] = Object.keys(FAIRLEAD_TABLE)

/** Ours, not built yet, and changing what is served: refused rather than ignored. */
export const FAIRLEAD_REFUSED_FOR_NOW = namesWith(FAIRLEAD_TABLE, 'refused')
export const FAIRLEAD_IGNORED_FOR_NOW = namesWith(FAIRLEAD_TABLE, 'ignored')
