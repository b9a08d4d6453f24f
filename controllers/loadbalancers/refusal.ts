import { ALB } from '../shared/annotations.ts'
import type { Change, Shape } from '../shared/change.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { canonicalJson } from '../shared/names.ts'
import { LISTENER, LISTENER_CERTIFICATE } from './changes.ts'

// PURE: what AWS refused, in words for whoever wrote the object, with the annotation to look at.

type Words = { readonly code: string; readonly field: string; readonly read: unknown; readonly expected: string }

const QUOTAS = 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html'

/** `code` is AWS's, without "Exception"; null if there is nothing a user could do about it. */
export function refusal(code: string, kind: string, said: string, change: Change, input: Shape): Finding | null {
  const words = wordsFor(code, kind, change, input)
  if (words === null) return null
  return {
    code: words.code,
    severity: 'blocking',
    object: change.object,
    field: words.field,
    read: typeof words.read === 'string' ? words.read : canonicalJson(words.read ?? ''),
    expected: words.expected,
    message: `AWS refused ${change.calls[0]} for ${nameOf(change)}: ${said}; expected ${words.expected}`,
  }
}

function wordsFor(code: string, kind: string, change: Change, input: Shape): Words | null {
  const at = (name: string) => annotationField(`${ALB}${name}`)
  switch (code) {
    case 'CertificateNotFound':
    case 'UnsupportedCertificate':
      if (change.type !== LISTENER && change.type !== LISTENER_CERTIFICATE) return null
      return {
        code,
        field: at('certificate-arn'),
        read: input.Certificates,
        expected:
          'an issued certificate in ACM, in the account and region of the load balancer, with a domain name and an RSA or EC key it supports',
      }
    case 'SSLPolicyNotFound':
      return {
        code,
        field: at('ssl-policy'),
        read: input.SslPolicy,
        expected: 'the name of a security policy of Elastic Load Balancing',
      }
    case 'InvalidSecurityGroup':
      return {
        code,
        field: at('security-groups'),
        read: input.SecurityGroups,
        expected: 'security groups of the load balancer’s VPC',
      }
    case 'SubnetNotFound':
    case 'InvalidSubnet':
    case 'AvailabilityZoneNotSupported':
      return {
        code,
        field: at('subnets'),
        read: input.Subnets,
        expected:
          'subnets in at least two zones of one VPC, each a /27 or larger with 8 free addresses, and an internet gateway if internet-facing',
      }
    case 'OperationNotPermitted':
      if (change.action !== 'delete') break
      return {
        code: 'DeletionProtected',
        field: at('load-balancer-attributes'),
        read: 'deletion_protection.enabled=true',
        expected: 'deletion protection switched off by whoever switched it on',
      }
    case 'InvalidTarget':
    case 'ValidationError':
      if (input.Targets === undefined) break
      return {
        code: 'TargetRefused',
        field: at('target-type'),
        read: input.Targets,
        expected: 'targets that run inside the VPC of the target group',
      }
  }
  if (kind === 'quota')
    return { code: 'QuotaExceeded', field: 'spec', read: code, expected: `a higher quota, or fewer of them (${QUOTAS})` }
  if (kind === 'refused') return { code: 'AwsRefused', field: 'spec', read: code, expected: 'what AWS accepts' }
  return null
}

/** Something that is not proven ours stands where we would create. */
export function notOurs(change: Change, holder: string): Finding {
  return {
    code: 'NotOurs',
    severity: 'blocking',
    object: change.object,
    field: 'spec',
    read: holder,
    expected: 'a name, port or priority that nobody else uses, or the tags of Fairlead on what uses it',
    message: `${holder} exists and its tags do not say that it belongs to this cluster; Fairlead will not touch it, so ${nameOf(change)} cannot be created`,
  }
}

function nameOf(change: Change): string {
  return `${change.type.split('::').at(-1)} ${change.target}`
}
