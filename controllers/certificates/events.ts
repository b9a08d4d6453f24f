/** Reasons of the Events that this controller's findings become, and what to do about each. */
export const CERTIFICATE_EVENTS: Readonly<Record<string, string>> = {
  InvalidAnnotation: 'The value of a certificate annotation is not understood; the message says what would be right.',
  AnnotationNotYetSupported: 'The annotation is known, but has no effect yet.',
  NoHosts: 'A certificate is asked for, but the object has no host.',
  UnknownProfile: 'No certificate profile of that name is configured.',
  VaultRefusedHost: "The Vault role refuses the hosts; Vault's own words are in the message.",
  VaultRoleNotFound: 'The Vault role or mount of the profile does not exist.',
  TTLShortened: 'Vault gave a shorter life than was asked for; renewal follows what was given.',
  AcmQuotaExceeded: 'ACM takes no more certificates; have the quota raised.',
  AcmRefused: 'ACM refuses the certificate; its own words are in the message.',
}
