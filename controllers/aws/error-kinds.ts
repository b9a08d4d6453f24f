import type { FailureKind } from '../shared/failure.ts'

/**
 * What each AWS error means for whoever asked. Names as the SDK gives them, without the suffix "Exception" that only some services write.
 * Every error that an operation of the port is documented to answer is here; a test compares with the SDK.
 */
const namesByKind: Readonly<Record<FailureKind, readonly string[]>> = {
  transient: [
    ...['InternalService', 'InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable', 'Unavailable'],
    ...['RequestTimeout', 'TimeoutError', 'AbortError', 'Aborted', 'RequestInProgress', 'HealthUnavailable'],
    // A change of the same zone, certificate or load balancer is still under way.
    ...['PriorRequestNotComplete', 'Conflict', 'CapacityReservationPending', 'TrustStoreNotReady'],
    // Still used: ACM clears InUseBy and EC2 frees network interfaces some time after the load balancer is gone.
    ...['ResourceInUse', 'DependencyViolation', 'InvalidGroup.InUse'],
    ...['ExpiredToken', 'PaginationTokenExpired'],
    ...['Throttling', 'Throttled', 'RequestLimitExceeded', 'TooManyRequests', 'RequestThrottled', 'SlowDown'],
  ],
  stale: [
    ...[
      'LoadBalancerNotFound',
      'ListenerNotFound',
      'RuleNotFound',
      'TargetGroupNotFound',
      'CertificateNotFound',
      'SubnetNotFound',
    ],
    ...[
      'AllocationIdNotFound',
      'TrustStoreNotFound',
      'ResourceNotFound',
      'NoSuchHostedZone',
      'NoSuchChange',
      'NoSuchHealthCheck',
    ],
    ...[
      'NoSuchDelegationSet',
      'DelegationSetNotReusable',
      'DuplicateLoadBalancerName',
      'DuplicateTargetGroupName',
      'DuplicateListener',
    ],
    ...['PriorityInUse', 'InvalidSecurityGroup', 'InvalidGroup.NotFound', 'InvalidGroup.Duplicate', 'InvalidGroupId.Malformed'],
    ...['InvalidSecurityGroupID.NotFound', 'InvalidPermission.NotFound', 'InvalidPermission.Duplicate', 'InvalidVpcID.NotFound'],
    ...['InvalidSubnetID.NotFound', 'InvalidInstanceID.NotFound', 'InvalidRouteTableID.NotFound', 'InvalidID'],
  ],
  quota: [
    ...[
      'TooManyLoadBalancers',
      'TooManyListeners',
      'TooManyRules',
      'TooManyTargetGroups',
      'TooManyTargets',
      'TooManyCertificates',
    ],
    ...[
      'TooManyRegistrationsForTargetId',
      'TooManyUniqueTargetGroupsPerLoadBalancer',
      'TargetGroupAssociationLimit',
      'LimitExceeded',
    ],
    ...['SecurityGroupLimitExceeded', 'RulesPerSecurityGroupLimitExceeded', 'TagLimitExceeded'],
  ],
  forbidden: [
    ...[
      'AccessDenied',
      'UnauthorizedOperation',
      'UnauthorizedAccess',
      'NotAuthorized',
      'AuthFailure',
      'OptInRequired',
      'Blocked',
    ],
    ...['InvalidClientTokenId', 'UnrecognizedClient', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignature'],
    ...['IncompleteSignature', 'MissingAuthenticationToken', 'RequestExpired', 'CredentialsProviderError', 'TokenProviderError'],
    ...['RegionDisabled', 'PendingVerification', 'InvalidContextAssertion', 'MalformedPolicyDocument', 'PackedPolicyTooLarge'],
  ],
  refused: [
    ...[
      'ValidationError',
      'Validation',
      'InvalidArn',
      'InvalidArgs',
      'InvalidParameter',
      'InvalidParameterValue',
      'InvalidInput',
    ],
    ...[
      'InvalidParameterCombination',
      'MissingParameter',
      'MalformedQueryString',
      'InvalidTag',
      'TagPolicy',
      'TooManyTags',
      'DuplicateTagKeys',
    ],
    ...[
      'UnsupportedProtocol',
      'IncompatibleProtocols',
      'InvalidTarget',
      'AvailabilityZoneNotSupported',
      'InvalidConfigurationRequest',
    ],
    ...['InvalidScheme', 'InvalidSubnet', 'OperationNotPermitted', 'ALPNPolicyNotSupported', 'InvalidLoadBalancerAction'],
    ...['SSLPolicyNotFound', 'TooManyActions', 'InvalidChangeBatch', 'InvalidGroup.Reserved', 'InvalidPermission.Malformed'],
  ],
}

const kinds: ReadonlyMap<string, FailureKind> = new Map(
  Object.entries(namesByKind).flatMap(([kind, names]) => names.map((name) => [name, kind as FailureKind] as const)),
)

/** An AWS error's name without the suffix that some services write and others do not. */
export const plainName = (name: string): string => name.replace(/Exception$/, '')

export const isKnownError = (name: string): boolean => kinds.has(plainName(name))

/** `status` is null when no answer came. */
export function errorKind(name: string, message: string, status: number | null): FailureKind {
  const plain = plainName(name)
  // One code for "the world is not as you believed" and for "this can never be": only the text tells.
  // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
  if (plain === 'InvalidChangeBatch' && /already exists|not found|do(es)? not match the (current )?values/.test(message))
    return 'stale'
  return kinds.get(plain) ?? kindOfStatus(status)
}

function kindOfStatus(status: number | null): FailureKind {
  if (status === null || status >= 500 || status === 429 || status === 408) return 'transient'
  if (status === 401 || status === 403) return 'forbidden'
  return status === 404 || status === 409 || status === 412 ? 'stale' : 'refused'
}
