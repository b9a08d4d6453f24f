import type { Partition } from './partition.ts'

/** The part of the configuration that planners read: plain data, the same for every unit. Durations in seconds. */
export type Settings = {
  /** Whether the policy lets anything be removed: if not, no finalizer is put on, and none waits. */
  readonly removes: boolean
  /** Identity of this cluster in tags and names: the kube-system UID unless configured. */
  readonly clusterId: string
  /** 12 digits. */
  readonly account: string
  readonly region: string
  /** The accounts beside that one, by the names that annotations use. */
  readonly accounts: Readonly<Record<string, NamedAccount>>
  /** The VPC of load balancers; null when nobody could tell (an offline plan). */
  readonly vpcId: string | null
  /** Where Fairlead's own Secrets live. */
  readonly ownNamespace: string
  /** The owner in TXT ownership records; never `default`. */
  readonly txtOwner: string
  readonly profiles: Readonly<Record<string, CertificateProfile>>
  /** The profile for `fairlead.dev/certificate: vault` when the object names none. */
  readonly defaultProfile: string
  readonly defaults: {
    readonly scheme: 'internal' | 'internet-facing'
    readonly targetType: 'instance' | 'ip'
    readonly sslPolicy: string
    readonly tags: Readonly<Record<string, string>>
  }
  readonly waits: {
    /** First publication goes on with a warning after this long without a healthy target. */
    readonly firstHealthySeconds: number
    /** TTL of an alias record to a load balancer (60 s, fixed by AWS), and a margin on top. */
    readonly aliasTtlSeconds: number
    readonly ttlMarginSeconds: number
    /** Route53 says changes reach its name servers within 60 s; assumed when GetChange can no longer tell. */
    readonly propagationSeconds: number
    /** How long an ALB usually takes from provisioning to active; only shown. */
    readonly loadBalancerActiveSeconds: number
  }
  /** AWS's quotas per load balancer (research: load balancers, 5a); DescribeAccountLimits can raise them. */
  readonly quotas: {
    readonly rulesPerLoadBalancer: number
    readonly certificatesPerLoadBalancer: number
    readonly targetGroupsPerLoadBalancer: number
    readonly conditionValuesPerRule: number
    readonly conditionWildcardsPerRule: number
    readonly targetsPerTargetGroup: number
  }
  readonly tenancy: TenancySettings
}

/** What namespaces may have, as far as the configuration says it; the Namespaces' own annotations say the rest. */
export type TenancySettings = {
  /** What a namespace may have that nobody listed: what it claims first, or nothing. */
  readonly unlisted: 'first-claim' | 'deny'
  /** By the name of a namespace, or a pattern in which `*` is any text. */
  readonly namespaces: Readonly<
    Record<
      string,
      {
        readonly hosts?: readonly string[] | undefined
        readonly profiles?: readonly string[] | undefined
        readonly accounts?: readonly string[] | undefined
        readonly quotas: {
          readonly loadBalancers?: number | undefined
          readonly certificates?: number | undefined
          readonly records?: number | undefined
        }
      }
    >
  >
}

/** An account that the configuration names. `id` is what AWS is asked with. */
export type NamedAccount = {
  readonly id: string
  readonly partition: Partition
  /** The first one where an object names none. */
  readonly regions: readonly string[]
  readonly vpcId: string | null
  /** The hosted zones that may be used; null for every one. */
  readonly zones: readonly string[] | null
}

/** How certificates of one kind are issued. */
export type CertificateProfile = {
  readonly vault: string
  readonly mount: string
  readonly role: string
  readonly keyType: 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ec-p256' | 'ec-p384'
  readonly ttlSeconds: number
  /** Renewed when less than this is left; never more than a third of the certificate's life. */
  readonly renewBeforeSeconds: number
}
