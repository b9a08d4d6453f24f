import type { ObjectRef, Wait } from './change.ts'
import type { Known } from './known.ts'

/** What has to be done and waited for before something may be taken away or put in place. Both empty: nothing. */
export type Until = { readonly needs: readonly string[]; readonly waits: readonly Wait[] }

/** certificates -> loadbalancers, cloudfront. One certificate that covers `hosts`, in the account and region of the unit. */
export type CertificateFact = {
  /** The certificate's content identity, stable over renewals. */
  readonly slot: string
  readonly object: ObjectRef
  readonly hosts: readonly string[]
  readonly arn: Known<string>
  readonly serial: string | null
  readonly keyType: string
  readonly trust: 'private' | 'public' | 'given'
  /** It is not there yet and cannot be made for now: nothing that can do without it may wait for it. */
  readonly blocked?: boolean
  /** What has to be done before it covers all of `hosts`, where its ARN is known already. */
  readonly ready?: Until
  /** Hosts that are not wanted any more, but that it covers as it is, for as long as anybody is sent there. */
  readonly dropped?: readonly string[]
}
export type CertificateFacts = { readonly current: readonly CertificateFact[]; readonly retiring: readonly CertificateFact[] }

/** loadbalancers -> dns, cloudfront. What serves one host. */
export type ServingFact = {
  readonly host: string
  /** The Ingress that brought the host first; the record is written for it. */
  readonly object: ObjectRef
  readonly loadBalancerArn: Known<string>
  readonly dnsName: Known<string>
  /** CanonicalHostedZoneId of the load balancer. */
  readonly zoneId: Known<string>
  readonly scheme: 'internal' | 'internet-facing'
  readonly ipAddressType: 'ipv4' | 'dualstack'
  /** The change that gives it IPv6 addresses, where it is still to get them. */
  readonly ipv6Needs?: readonly string[]
  readonly certificateArn: Known<string> | null
  /** What must be so before the host may be published there: listener, rule, certificate, a healthy target. */
  readonly publishable: Until
}
/** loadbalancers -> certificates. An ARN that a listener holds, and the changes that will take it off (none: it stays). */
export type CertificateUse = { readonly arn: string; readonly until: Until; readonly stays: boolean }
/** loadbalancers -> dns. A host that a rule there answers for now, wanted or not. */
export type AnsweringFact = { readonly host: string; readonly dnsName: string }
export type LoadBalancerFacts = {
  readonly serving: readonly ServingFact[]
  readonly uses: readonly CertificateUse[]
  readonly answering?: readonly AnsweringFact[]
}

/** dns -> loadbalancers, certificates. A record of ours that points (or recently pointed) from `host` at `dnsName`, and when it no longer does for anyone. */
export type RecordFact = { readonly host: string; readonly dnsName: string; readonly gone: Until | null }
/** `pointingIpv6`: the same for AAAA records alone. */
export type DnsFacts = { readonly pointing: readonly RecordFact[]; readonly pointingIpv6?: readonly RecordFact[] }

export type Facts = { readonly certificates: CertificateFacts; readonly loadbalancers: LoadBalancerFacts; readonly dns: DnsFacts }
