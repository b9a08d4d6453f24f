import { type AnnotationEntry, type AnnotationTable, later } from '../shared/annotation-entry.ts'

function written(type: string, does: string): AnnotationEntry {
  return { support: 'yes', merge: 'written', type, default: '', does }
}

/** Our own annotations on an Ingress, whichever controller reads them. Those on a Namespace: `namespace-annotations.ts`. */
export const FAIRLEAD_TABLE: AnnotationTable = {
  certificate: {
    support: 'yes',
    merge: 'ingress',
    type: '`vault`, the ARN of an ACM certificate, or `none`',
    default: 'no certificate is issued',
    does: '`vault`: one certificate for all hosts of the Ingress, issued by Vault, kept in ACM and renewed. An ARN: that certificate is served and never changed; it must be of the configured account and region. `none`: no HTTPS. `acm`, `secret` and `vault-kv` are not supported yet: no certificate, and the hosts are not served.',
  },
  'certificate-profile': {
    support: 'yes',
    merge: 'ingress',
    type: 'name of a profile in the configuration',
    default: '`defaultProfile`',
    does: 'How the certificate is issued: Vault, mount, role, key type, lifetime. Read with `certificate: vault`.',
  },
  'certificate-renew-before': {
    support: 'yes',
    merge: 'ingress',
    type: 'duration, such as `72h` or `30d`',
    default: '`renewBeforeSeconds` of the profile',
    does: 'The certificate is renewed when about this is left, at most a third of its life. Renewals are spread a little, so that not all come due at once.',
  },
  'certificate-secret': later('ignored', 'A TLS Secret with the certificate. The warning comes only with `certificate: vault`.'),
  cloudfront: later('ignored', 'A CloudFront distribution for the hosts.'),
  'cloudfront-*': later('ignored', 'Settings of the distribution.'),
  account: later('refused', 'The AWS account to use.'),
  zone: {
    support: 'yes',
    merge: 'ingress',
    type: 'id of a hosted zone (`Z…`)',
    default: 'the longest public zone that the host ends with; for an internal load balancer a private one if there is one',
    does: 'The zone for the records of this Ingress. Needed when several zones have the same name.',
  },
  'load-balancer': later('refused', 'ARN of a load balancer to use without owning it.'),
  paused: {
    support: 'yes',
    merge: 'ingress',
    type: '`true` or `false`',
    default: '`false`',
    does: 'Nothing is written for this Ingress, nor, on a Namespace, for any in it; status and Events go on. See the safety guide.',
  },
  status: written('JSON', 'Phase, one state per controller, what it waits for, findings, the hosts in place. Do not edit.'),
  ready: written('`true` or `false`', 'Whether the whole chain is in place. Do not edit.'),
}
