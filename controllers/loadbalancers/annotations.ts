/**
 * Every annotation an Ingress of ours may carry, by what we do with it. The one list behind parsing, unknown-name
 * findings and the documentation. Names of `alb.ingress.kubernetes.io/` are those of the AWS Load Balancer Controller.
 */

/** One value per load balancer: the oldest member that states it wins, one that states another is refused. */
export const EXCLUSIVE = [
  'scheme',
  'ip-address-type',
  'ssl-policy',
  'ssl-redirect',
  'load-balancer-name',
  'load-balancer-attributes',
  'subnets',
  'security-groups',
] as const

/** Values of all members are put together. */
export const MERGED = ['listen-ports', 'certificate-arn', 'inbound-cidrs', 'tags', 'group.name', 'group.order'] as const

/** Per backend; the same annotation on the Service wins over the Ingress's. */
export const PER_BACKEND = [
  'target-type',
  'backend-protocol',
  'backend-protocol-version',
  'target-group-attributes',
  'healthcheck-path',
  'healthcheck-port',
  'healthcheck-protocol',
  'healthcheck-interval-seconds',
  'healthcheck-timeout-seconds',
  'healthy-threshold-count',
  'unhealthy-threshold-count',
  'success-codes',
] as const

/** Not supported yet, and ignoring it would serve what should not be served, or to whom it should not: the Ingress is refused. */
export const REFUSED_FOR_NOW = [
  'actions.*',
  'conditions.*',
  'transforms.*',
  'use-regex-path-match',
  'auth-type',
  'auth-idp-oidc',
  'auth-idp-cognito',
  'auth-on-unauthenticated-request',
  'auth-scope',
  'auth-session-cookie',
  'auth-session-timeout',
  'jwt-validation',
  'mutual-authentication',
  'wafv2-acl-arn',
  'wafv2-acl-name',
  'waf-acl-id',
  'web-acl-id',
  'shield-advanced-protection',
  'security-group-prefix-lists',
  'enable-frontend-nlb',
  'multi-cluster-target-group',
] as const

/** Not supported yet; the Ingress is served without it, with a warning. */
export const IGNORED_FOR_NOW = [
  'manage-backend-security-group-rules',
  'target-node-labels',
  'listener-attributes.*',
  'create-acm-cert',
  'acm-pca-arn',
  'customer-owned-ipv4-pool',
  'ipam-ipv4-pool-id',
  'minimum-load-balancer-capacity',
  'target-control-port.*',
  'frontend-nlb-*',
  'dry-run-plan',
] as const

export const ALB_ANNOTATIONS: readonly string[] = [
  ...EXCLUSIVE,
  ...MERGED,
  ...PER_BACKEND,
  ...REFUSED_FOR_NOW,
  ...IGNORED_FOR_NOW,
]

/** Our own names (DESIGN §7), whichever controller reads them: this one reports the unknown ones. */
export const FAIRLEAD_ANNOTATIONS: readonly string[] = [
  'certificate',
  'certificate-profile',
  'certificate-renew-before',
  'certificate-secret',
  'cloudfront',
  'cloudfront-*',
  'account',
  'zone',
  'load-balancer',
  'paused',
  'allowed-hosts',
  'allowed-profiles',
  'allowed-accounts',
  'cidr-quota',
  'status',
  'ready',
]

/** Ours, not built yet, and changing what is served: refused rather than ignored. */
export const FAIRLEAD_REFUSED_FOR_NOW = ['load-balancer', 'account'] as const
