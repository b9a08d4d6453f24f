import type { FindingTable } from '../shared/finding-entry.ts'

/** Reasons of the Events that this controller's findings become, and what to do about each. */
export const CERTIFICATE_EVENTS: FindingTable = {
  InvalidAnnotation: {
    severity: 'blocking or warning',
    means: 'The value of a certificate annotation is not understood. A certificate that exists already goes on being served.',
    todo: 'Write the value that the message names.',
  },
  AnnotationNotYetSupported: {
    severity: 'blocking or warning',
    means:
      'The source of certificates (`acm`, `secret`, `vault-kv`) is not supported yet: blocking. `certificate-secret` has no effect yet: warning.',
    todo: 'Use `vault`, the ARN of an ACM certificate, or `none`; remove `certificate-secret`.',
  },
  NoHosts: {
    severity: 'blocking',
    means: 'A certificate is asked for, but the Ingress has no host in `spec.rules` or `spec.tls`.',
    todo: 'Add a host, or remove the annotation.',
  },
  UnknownProfile: {
    severity: 'blocking',
    means: 'No certificate profile of that name is configured.',
    todo: 'Use one of the profiles that the message names, or have it added to the configuration.',
  },
  VaultRefusedHost: {
    severity: 'blocking',
    means: "The Vault role refuses the hosts. Vault's own words are in the message.",
    todo: 'Use hosts that the role allows, another profile, or have the role changed.',
  },
  VaultRoleNotFound: {
    severity: 'blocking',
    means: 'The Vault role or mount of the profile does not exist.',
    todo: 'Create it in Vault, or correct the profile in the configuration.',
  },
  TTLShortened: {
    severity: 'warning',
    means: 'Vault gave a shorter life than the profile asks for. Renewal follows what was given.',
    todo: 'Lower `ttlSeconds` of the profile, or raise the limit of the role or its CA.',
  },
  AcmQuotaExceeded: {
    severity: 'blocking',
    means: 'ACM takes no more certificates.',
    todo: 'Have the ACM quota raised.',
  },
  AcmRefused: {
    severity: 'blocking',
    means: 'ACM refuses the certificate. Its own words are in the message.',
    todo: 'Change the profile so that Vault issues what ACM takes, for example another key type.',
  },
}
