import type { ObjectRef } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import type { Member } from './member.ts'
import type { Attributes, HealthCheck } from './observed.ts'
import type { PathType } from './paths.ts'
import type { BalancerSettings, ListenPort } from './settings.ts'
import type { Target } from './targets.ts'

/** What the members of a unit want, merged: everything that Kubernetes alone can tell. */
export type LoadBalancerIntent = {
  /** The oldest member, for which what is shared is made; null when nobody wants anything. */
  readonly owner: ObjectRef | null
  readonly loadBalancer: BalancerWish
  readonly listeners: readonly ListenerWish[]
  /** In order of precedence. */
  readonly rules: readonly RuleWish[]
  readonly targetGroups: readonly GroupWish[]
  readonly held: Held
  readonly shared: Shared
  /** The namespace may not have another load balancer: none is made where there is none. */
  readonly overQuota: boolean
}

/** Of what the listeners and tags were put together: without some of the members they are others. */
export type Shared = {
  readonly members: readonly Member[]
  /** `kind/namespace/name` of those that count for nothing. */
  readonly refused: readonly string[]
  readonly redirect: Redirect
  /** Of the configuration. */
  readonly tags: Readonly<Record<string, string>>
}

/** A group's `ssl-redirect`; `unread`: somebody states one that cannot be read. */
export type Redirect = number | null | 'unread'

export type BalancerWish = {
  /** Null: nobody can read what decides about it. */
  readonly scheme: 'internal' | 'internet-facing' | null
  readonly ipAddressType: 'ipv4' | 'dualstack'
  readonly sslPolicy: string
  readonly name: string | null
  readonly attributes: Attributes
  readonly subnets: readonly string[] | null
  /** Whose wish the subnets are; `alone` if nobody else is in the group. */
  readonly subnetsOf: { readonly object: ObjectRef; readonly alone: boolean } | null
  readonly securityGroups: readonly string[] | null
  readonly tags: Readonly<Record<string, string>>
  /** Keys of them whose value stays where a resource has one: a refused member may have given it. */
  readonly keptTags: readonly string[]
  /** What the oldest member that states it states unreadably: see `settle`. */
  readonly uncertain: readonly Uncertain[]
}

export type ListenerWish = ListenPort & {
  readonly object: ObjectRef
  /** The port an HTTP listener redirects to where no rule says otherwise; null: 404. */
  readonly redirectTo: number | null
  /** Of HTTPS listeners. */
  readonly sslPolicy: string
  /** Who may connect, when the security group is ours. */
  readonly cidrs: readonly string[]
  /** Somebody who listens there lets everybody connect. */
  readonly open: boolean
}

/** Something shared of which nobody knows what is asked for, and what younger members state of it, each with what is told if that is not it. */
export type Uncertain = {
  readonly field: keyof BalancerSettings
  readonly annotation: string
  readonly statements: readonly { readonly object: ObjectRef; readonly value: unknown; readonly finding: Finding }[]
}

export type RuleWish = {
  /** What the rule is by content, within the load balancer: the port, and a hash of host, path and path type of its first path. */
  readonly slot: string
  /** What it is made of, the first with its own slot: paths of one host and Service share a rule. */
  readonly parts: readonly RulePart[]
  readonly object: ObjectRef
  /** Where it stands in the object. */
  readonly field: string
  /** The place of its member by age; when there is not enough room, the oldest are served. */
  readonly age: number
  readonly port: number
  readonly secure: boolean
  /** '' is any host. */
  readonly host: string
  /** The first of its paths as written. */
  readonly path: string
  readonly pathType: PathType
  readonly order: number
  /** Values of the path-pattern condition; none: any path. */
  readonly paths: readonly string[]
  /** `key` of the target group. */
  readonly group: string
  /** ARNs its member named; tried before those other controllers know. */
  readonly certificateArns: readonly string[]
  /** Its namespace may not have the host: a rule that is there is looked after, but none is made. */
  readonly refused: boolean
}

/** One path of an Ingress: its slot, and its values of the path-pattern condition. */
export type RulePart = { readonly slot: string; readonly paths: readonly string[] }

export type GroupWish = {
  /** `namespace/ingress/service:port`. */
  readonly key: string
  readonly object: ObjectRef
  readonly service: string
  readonly field: string
  readonly Protocol: 'HTTP' | 'HTTPS'
  readonly ProtocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
  /** The Service's port; every target is registered with its own. */
  readonly Port: number
  readonly TargetType: 'instance' | 'ip'
  readonly HealthCheck: HealthCheck
  readonly attributes: Attributes
  readonly targets: readonly Target[]
}

/** What stays as it is because its object exists and is merely broken: its last good state goes on serving. */
export type Held = {
  /** `kind/namespace/name` of members that were refused as a whole. */
  readonly objects: readonly string[]
  /** Single paths that were refused. */
  readonly lines: readonly HeldLine[]
}

/** A refused path: the rule that has its slot stays, and so does one of its object that serves it among others. */
export type HeldLine = {
  readonly slot: string
  readonly object: ObjectRef
  readonly port: number
  readonly host: string
  /** None: any path. Null: no load balancer can match it, so none ever did. */
  readonly paths: readonly string[] | null
}

export function refKey(object: ObjectRef): string {
  return `${object.kind}/${object.namespace}/${object.name}`
}
