import type { ObjectRef } from '../shared/change.ts'

/** A hosted zone; `name` without the trailing dot. */
export type Zone = { readonly id: string; readonly name: string; readonly private: boolean }

export type AliasTarget = { readonly dnsName: string; readonly zoneId: string; readonly evaluateTargetHealth: boolean }

/** One resource record set, canonical: names lower case, unescaped, without trailing dot. */
export type RecordSet = {
  readonly name: string
  readonly type: string
  /** Null for an alias: AWS decides. */
  readonly ttl: number | null
  readonly values: readonly string[]
  readonly alias: AliasTarget | null
  readonly healthCheckId: string | null
  /** Part of a routing policy (weighted, latency, …); never one of ours. */
  readonly setIdentifier: string | null
}

/** A record that moved away from `dnsName` or was deleted; resolvers may still know it. */
export type PendingChange = {
  readonly host: string
  readonly type: string
  readonly zoneId: string
  readonly dnsName: string
  /** What GetChange takes; null when the answer that named it was lost. */
  readonly changeId: string | null
  readonly submittedAt: number
  readonly insyncAt: number | null
}

/** What an Ingress wants: hosts may move between units, and the first keeps what two want. */
export type Claim = {
  readonly object: ObjectRef
  readonly unit: string
  readonly hosts: readonly string[]
  /** Sorts by age: creation time, then uid. */
  readonly age: string
  /** Of our class and not being deleted. */
  readonly live: boolean
  /** It has a load balancer already, so a record can move to it. */
  readonly serves: boolean
}

/** What is known of Route 53. Plain data: it can be exported and read back for an offline plan. */
export type DnsObserved = {
  /** Null if nobody could look them up. */
  readonly zones: readonly Zone[] | null
  /** By zone id, the whole zone; a zone that was not read is absent. */
  readonly records: Readonly<Record<string, readonly RecordSet[]>>
  readonly pending: readonly PendingChange[]
  /** Of objects of whatever unit; those of the unit that is planned do not count, since it says itself what it wants. */
  readonly claims: readonly Claim[]
  /** Whether `claims` holds every object of the cluster that is not in this unit; else what is in neither may still exist. */
  readonly complete: boolean
  /** Of those, as `namespace/name host`, that will not get the host, since their namespace may not have it: nobody waits for them. */
  readonly refused?: readonly string[]
  /** Hosts that Route 53 refused, as `zone host`: they go alone, so that they cannot fail a batch of others. */
  readonly quarantined: readonly string[]
  /** When this memory begins: what was removed earlier is not in `pending`. */
  readonly since: number
}

export const nothingObserved: DnsObserved = {
  zones: null,
  records: {},
  pending: [],
  claims: [],
  complete: false,
  quarantined: [],
  since: 0,
}
