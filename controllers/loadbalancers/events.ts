import type { FindingTable } from '../shared/finding-entry.ts'

/** Reasons of the Events that this controller's findings become, and what to do about each. */
export const loadBalancersEvents: FindingTable = {
  AnnotationNotYetSupported: {
    severity: 'blocking or warning',
    means:
      'An annotation that Fairlead knows but does not do yet. Blocking where serving without it would be wrong: the Ingress is left as it is. Else a warning, and it has no effect.',
    todo: 'Remove the annotation. The list of annotations says which is which.',
  },
  UnknownAnnotation: {
    severity: 'warning',
    means: 'An annotation with one of our prefixes that is not known. It has no effect.',
    todo: 'Correct the name; the message offers the nearest one.',
  },
  InvalidAnnotation: {
    severity: 'blocking',
    means: 'The value of an annotation cannot be read. On the Ingress: it is left as it is. On a Service: the paths to it are.',
    todo: 'Write the value that the message names.',
  },
  GroupConflict: {
    severity: 'blocking',
    means:
      'An Ingress states for the shared load balancer something else than an older Ingress of the group. It is left as it is; the others go on.',
    todo: 'Remove the annotation, or state the value of the group.',
  },
  GroupNotReadable: {
    severity: 'blocking',
    means:
      'Another Ingress of the group states the scheme, the name or the security groups of the load balancer so that nobody can read it, and there is no load balancer yet that would tell. None is made: it could be a second one, or open to everybody.',
    todo: 'Mend the annotation of the other Ingress, which has the finding `InvalidAnnotation`. The scheme and the security groups may also be stated in this one.',
  },
  HostNotDnsName: {
    severity: 'blocking',
    means: 'The host is not a DNS name of at least two labels. Its paths are not served.',
    todo: 'Correct the host.',
  },
  HostNotMatchable: {
    severity: 'blocking',
    means:
      'A load balancer cannot match the host: its last label has something else than letters, or it has more than 128 characters. Its paths are not served.',
    todo: 'Use another host.',
  },
  PathNotSupported: {
    severity: 'blocking',
    means:
      'A load balancer cannot match the path: `*` or `?` with path type Exact or Prefix, or a character or length it does not take.',
    todo: 'Change the path, or use path type ImplementationSpecific, where `*` and `?` are wildcards.',
  },
  DuplicateHostPath: {
    severity: 'blocking or warning',
    means:
      'Another rule has the host and path. Blocking: an older Ingress of the group has it and keeps it. Warning: this Ingress has it twice, and the first counts.',
    todo: 'Remove one of them.',
  },
  BackendNotSupported: {
    severity: 'blocking',
    means: 'The backend is not a Service.',
    todo: 'Use a Service.',
  },
  ServiceNotFound: {
    severity: 'blocking',
    means: 'The Service does not exist in the namespace of the Ingress. Other paths are served.',
    todo: 'Create the Service, or correct the name.',
  },
  ServiceIsExternalName: {
    severity: 'blocking',
    means: 'The Service is an ExternalName, which has no endpoints.',
    todo: 'Use a Service with endpoints.',
  },
  ServicePortNotFound: {
    severity: 'blocking',
    means: 'The Service does not have the port.',
    todo: 'Use one of the ports that the message lists.',
  },
  ServiceHasNoNodePort: {
    severity: 'blocking',
    means: 'Target type `instance` needs a node port, which the Service does not have.',
    todo: 'Make the Service a NodePort, or set `target-type: ip`.',
  },
  NoCertificateForHost: {
    severity: 'blocking',
    means: 'The host is to be served by HTTPS, and no certificate covers it. It is not served.',
    todo: 'Ask for a certificate with `fairlead.dev/certificate`, or name one with `certificate-arn`.',
  },
  NoSubnets: {
    severity: 'blocking',
    means: 'There are no subnets to put the load balancer into.',
    todo: 'Tag subnets in two zones, or name them with `subnets`. Each needs 8 free addresses.',
  },
  NoHealthyTargets: {
    severity: 'warning',
    means: 'The host is published although none of its targets is healthy, because the first wait is over.',
    todo: 'Look at the pods and the health check.',
  },
  ShadowedRule: {
    severity: 'info',
    means: 'No request can reach the path, because a rule before it takes them all.',
    todo: 'Change the path or `group.order`, if it is not meant.',
  },
  TooManyRules: {
    severity: 'blocking',
    means: 'The rule does not fit into the quota of the load balancer. The oldest Ingresses are served.',
    todo: 'Use another `group.name`, or raise `quotas.rulesPerLoadBalancer` after AWS raised the quota.',
  },
  TooManyTargetGroups: {
    severity: 'blocking',
    means: 'The target group does not fit into the quota of the load balancer.',
    todo: 'Use another `group.name`.',
  },
  TooManyCertificates: {
    severity: 'blocking',
    means: 'The certificate does not fit into the quota of the load balancer.',
    todo: 'Use another `group.name`, or one certificate for more hosts.',
  },
  TooManyConditionValues: {
    severity: 'blocking',
    means: 'The rule has more values than a rule may have.',
    todo: 'Use fewer values.',
  },
  TooManyConditionWildcards: {
    severity: 'blocking',
    means: 'The host and path of the rule have more wildcards, `*` and `?`, than a rule may have.',
    todo: 'Use fewer wildcards.',
  },
  TooManyTags: {
    severity: 'warning',
    means:
      'The tags of the Ingress do not fit on the load balancer beside those of older Ingresses of the group and of the configuration. None of them is put on; the Ingress is served.',
    todo: 'Ask for fewer tags, or use another `group.name`.',
  },
  TooManyTargets: {
    severity: 'warning',
    means: 'There are more targets than a target group may have. The first are registered.',
    todo: 'Use fewer pods or nodes for the Service, or raise `quotas.targetsPerTargetGroup` after AWS raised the quota.',
  },
  ReplacementNeedsAnotherName: {
    severity: 'blocking',
    means: 'The load balancer would have to be replaced, but its name is fixed.',
    todo: 'Change `load-balancer-name`, or remove it.',
  },
  DeletionProtected: {
    severity: 'blocking',
    means: 'The load balancer is to go, but somebody protected it from deletion.',
    todo: 'Switch the protection off in AWS, if it is to go.',
  },
  NotOurs: {
    severity: 'blocking',
    means: 'Something that is not proven ours has the name, port or priority. It is not touched.',
    todo: 'Remove it, or use another name or port.',
  },
  CertificateNotFound: {
    severity: 'blocking',
    means: 'AWS does not find a certificate of the listener.',
    todo: 'Name an issued certificate of the same account and region.',
  },
  UnsupportedCertificate: {
    severity: 'blocking',
    means: 'The load balancer does not take the certificate.',
    todo: 'Use a certificate with a domain name and an RSA or EC key.',
  },
  SSLPolicyNotFound: {
    severity: 'blocking',
    means: 'AWS does not know the security policy.',
    todo: 'Correct `ssl-policy`.',
  },
  InvalidSecurityGroup: {
    severity: 'blocking',
    means: 'AWS refuses a security group.',
    todo: 'Name security groups of the VPC of the load balancer.',
  },
  SubnetNotFound: {
    severity: 'blocking',
    means: 'AWS does not find a subnet.',
    todo: 'Correct `subnets`.',
  },
  InvalidSubnet: {
    severity: 'blocking',
    means: 'AWS refuses a subnet.',
    todo: 'Use subnets of one VPC, each a /27 or larger with 8 free addresses; an internet-facing load balancer needs an internet gateway.',
  },
  AvailabilityZoneNotSupported: {
    severity: 'blocking',
    means: 'The zone of a subnet takes no load balancer.',
    todo: 'Use a subnet in another zone.',
  },
  TargetRefused: {
    severity: 'blocking',
    means: 'AWS refuses a target.',
    todo: 'Use targets inside the VPC.',
  },
  QuotaExceeded: {
    severity: 'blocking',
    means: 'A quota of AWS is full.',
    todo: 'Have it raised, or use fewer.',
  },
  AwsRefused: {
    severity: 'blocking',
    means: 'AWS refuses a call. Its own words are in the message.',
    todo: 'Do what the message says.',
  },
}
