import type { ServiceName } from './aws.ts'

/** One of AWS's token buckets: a call takes one token of every bucket it falls into. */
export type Bucket = { readonly name: string; readonly capacity: number; readonly refillPerSecond: number }

export type BucketChoice = {
  /**
   * Route 53 documents 5 requests a second per account in one place and token buckets of 50 and 10/s in another.
   * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
   */
  readonly route53: 'classic' | 'buckets'
}

const bucket = (name: string, capacity: number, refillPerSecond: number): Bucket => ({ name, capacity, refillPerSecond })

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-api-throttling.html */
const elbv2 = {
  account: bucket('Account', 40, 10),
  describe: bucket('Describe', 40, 10),
  mutating: bucket('Mutating', 20, 3),
  targets: bucket('Targets', 20, 4),
  heavy: bucket('CreateLoadBalancer', 10, 0.2),
}
const elbv2Own: Readonly<Record<string, Bucket>> = {
  RegisterTargets: elbv2.targets,
  DeregisterTargets: elbv2.targets,
  CreateLoadBalancer: elbv2.heavy,
  SetSubnets: elbv2.heavy,
}

/** Requests a second. https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html#api-rate-limits */
const acmRates: Readonly<Record<string, number>> = {
  ImportCertificate: 1,
  ListCertificates: 8,
  DescribeCertificate: 10,
  GetCertificate: 10,
  DeleteCertificate: 10,
  ListTagsForCertificate: 10,
  AddTagsToCertificate: 5,
}
const acmRateOfOthers = 5

/** https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const ec2 = { read: bucket('Non-mutating', 100, 20), write: bucket('Mutating', 50, 5) }

/** STS and the tagging API publish one rate each: https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html, https://docs.aws.amazon.com/general/latest/gr/arg.html */
const sts = bucket('Account', 600, 600)
const tagging = bucket('Account', 15, 15)

/** The buckets of one account (and region, for a regional service) that a call falls into. */
export function bucketsOf(service: ServiceName, operation: string, choice: BucketChoice): readonly Bucket[] {
  switch (service) {
    case 'elbv2':
      return [elbv2.account, operation.startsWith('Describe') ? elbv2.describe : (elbv2Own[operation] ?? elbv2.mutating)]
    case 'acm': {
      const rate = acmRates[operation] ?? acmRateOfOthers
      return [bucket(operation, rate, rate)]
    }
    case 'route53':
      return choice.route53 === 'classic' ? [bucket('Account', 5, 5)] : [bucket('Account', 50, 10), bucket(operation, 50, 10)]
    case 'ec2':
      return [/^(Describe|Get|List)/.test(operation) ? ec2.read : ec2.write]
    case 'sts':
      return [sts]
    case 'tagging':
      return [tagging]
  }
}

/** Services whose buckets are counted per account, whatever the region. */
export const globalServices: ReadonlySet<ServiceName> = new Set(['route53'])
