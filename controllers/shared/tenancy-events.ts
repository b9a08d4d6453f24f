import type { FindingTable } from './finding-entry.ts'

/** Reasons of the Events about what a namespace may have, and what to do about each. */
export const TENANCY_EVENTS: FindingTable = {
  HostNotAllowed: {
    severity: 'blocking',
    means:
      'The Namespace or the configuration does not allow the host. No certificate, rule or record is made for it; what is served already stays.',
    todo: 'Use a host that the message names, or ask whoever administers the Namespace. To take away what is served, remove the host from the Ingress.',
  },
  HostClaimed: {
    severity: 'blocking',
    means:
      'Another namespace has the host, the wildcard above it, or a host below it. No certificate, rule or record is made for it here.',
    todo: 'Use another host, or have one of the Namespaces listed for it with `fairlead.dev/allowed-hosts`.',
  },
  ProfileNotAllowed: {
    severity: 'blocking',
    means: 'The namespace may not use the certificate profile. A certificate that it issued already is renewed.',
    todo: 'Use a profile that the message names, or ask whoever administers the Namespace.',
  },
  AccountNotAllowed: {
    severity: 'blocking',
    means: 'The namespace may not use the AWS account.',
    todo: 'Use an account that the message names, or ask whoever administers the Namespace.',
  },
  NamespaceQuotaExceeded: {
    severity: 'blocking or warning',
    means:
      'The namespace asks for more load balancers, certificates or records than it may have. What is there already stays (a warning); of the rest the oldest get theirs.',
    todo: 'Remove some, share a load balancer by `group.name`, or have the quota raised where the message says.',
  },
  NamespaceAnnotationInvalid: {
    severity: 'warning',
    means: 'Part of an annotation of the Namespace is not understood. It allows nothing.',
    todo: 'Have whoever administers the Namespace correct it, as the message says.',
  },
}
