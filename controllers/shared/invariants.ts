import { covers } from './hosts.ts'

/** What clients meet, as far as promises are made about it: a projection of what was observed, or of a step of a plan. */
export type ServingWorld = {
  /** Where resolvers may send clients of a host: records, and those that moved or went while their TTL runs. */
  readonly routes: readonly Route[]
  readonly balancers: readonly ServingBalancer[]
  /** Healthy targets by target group ARN; absent: the group does not exist. */
  readonly healthy: Readonly<Record<string, number>>
  /** Hosts that a certificate covers, by ARN; absent: the certificate does not exist. */
  readonly certificates: Readonly<Record<string, readonly string[]>>
  /** Hosts that people no longer want over TLS: they may lose their certificate. */
  readonly plain: readonly string[]
  /** Objects that our finalizer keeps. */
  readonly kept: readonly string[]
  /** What there is for one object alone, and wanted by no other. */
  readonly belongings: readonly { readonly object: string; readonly what: string }[]
  /** What nothing proves to be ours, as it is. */
  readonly foreign: readonly string[]
}

/** `ipv6`: by an AAAA record, to its IPv6 addresses. */
export type Route = { readonly host: string; readonly dnsName: string; readonly ipv6: boolean }

export type ServingBalancer = {
  readonly dnsName: string
  readonly active: boolean
  /** It has IPv6 addresses. */
  readonly ipv6: boolean
  /** It was said before that it is to go, and the time until which it had to stay has passed. */
  readonly mayGo: boolean
  readonly listeners: readonly {
    readonly port: number
    readonly secure: boolean
    readonly certificates: readonly string[]
    readonly rules: readonly ServingRule[]
  }[]
}

/** `id` tells the same rule in two worlds. `groups` are the target groups with a weight above 0; `hosts` empty: any host. */
export type ServingRule = { readonly id: string; readonly hosts: readonly string[]; readonly groups: readonly string[] }

/** A promise that a step broke. */
export type Violation = { readonly invariant: Invariant; readonly of: string; readonly detail: string }

export type Invariant =
  | 'route-to-live-balancer'
  | 'route-to-an-address'
  | 'host-has-certificate'
  | 'host-has-rule'
  | 'rule-keeps-healthy-targets'
  | 'group-in-use-exists'
  | 'certificate-in-use-exists'
  | 'announced-before-gone'
  | 'kept-until-nothing-is-left'
  | 'foreign-stays'

/**
 * Holds one step of a plan against the promises. `before` and `after` are the worlds around one applied change.
 * A host that was not served before is not held to be served after: coming up is gradual, going down is not.
 */
export function violationsOf(before: ServingWorld, after: ServingWorld): readonly Violation[] {
  return [...routes(before, after), ...rules(before, after), ...dangling(after), ...removals(before, after)]
}

function routes(before: ServingWorld, after: ServingWorld): readonly Violation[] {
  return after.routes.flatMap(({ host, dnsName, ipv6 }) => {
    const balancer = after.balancers.find((item) => item.dnsName === dnsName)
    if (balancer === undefined || !balancer.active)
      return [
        {
          invariant: 'route-to-live-balancer' as const,
          of: host,
          detail: `${host} is sent to ${dnsName}, which ${balancer ? 'is not active' : 'does not exist'}`,
        },
      ]
    const found: Violation[] = []
    if (ipv6 && !balancer.ipv6)
      found.push({
        invariant: 'route-to-an-address',
        of: host,
        detail: `${host} is sent to IPv6 addresses of ${dnsName}, which has none`,
      })
    const wasRouted = before.routes.some((route) => route.host === host && route.dnsName === dnsName && route.ipv6 === ipv6)
    const was = wasRouted ? serving(before, dnsName, host) : null
    const is = serving(after, dnsName, host)
    const newly = !wasRouted
    if ((newly || was?.rule) && !is.rule)
      found.push({ invariant: 'host-has-rule', of: host, detail: `no rule of ${dnsName} matches ${host}` })
    if (after.plain.includes(host)) return found
    if ((newly || was?.certificate) && is.secure && !is.certificate)
      found.push({
        invariant: 'host-has-certificate',
        of: host,
        detail: `no listener of ${dnsName} holds a certificate for ${host}`,
      })
    if (was?.secure && !is.secure)
      found.push({ invariant: 'host-has-certificate', of: host, detail: `${dnsName} no longer serves ${host} over TLS` })
    return found
  })
}

/** Whether a balancer serves a host: by a rule, over TLS, with a certificate that covers it. */
function serving(world: ServingWorld, dnsName: string, host: string): { rule: boolean; secure: boolean; certificate: boolean } {
  const listeners = world.balancers.find((item) => item.dnsName === dnsName)?.listeners ?? []
  const matching = listeners.filter((listener) =>
    listener.rules.some((rule) => rule.hosts.length === 0 || rule.hosts.some((name) => covers(name, host))),
  )
  const secure = listeners.filter((listener) => listener.secure)
  const certificate = secure.some((listener) =>
    listener.certificates.some((arn) => (world.certificates[arn] ?? []).some((name) => covers(name, host))),
  )
  return { rule: matching.length > 0, secure: secure.length > 0, certificate }
}

function rules(before: ServingWorld, after: ServingWorld): readonly Violation[] {
  const earlier = new Map(allRules(before).map((rule) => [rule.id, rule]))
  return allRules(after).flatMap((rule) => {
    const was = earlier.get(rule.id)
    if (was === undefined || !was.groups.some((group) => (before.healthy[group] ?? 0) > 0)) return []
    if (rule.groups.some((group) => (after.healthy[group] ?? 0) > 0)) return []
    return [
      {
        invariant: 'rule-keeps-healthy-targets' as const,
        of: rule.id,
        detail: `rule ${rule.id} had healthy targets and now has none`,
      },
    ]
  })
}

function dangling(after: ServingWorld): readonly Violation[] {
  const groups = allRules(after).flatMap((rule) =>
    rule.groups
      .filter((group) => after.healthy[group] === undefined)
      .map((group) => ({
        invariant: 'group-in-use-exists' as const,
        of: group,
        detail: `rule ${rule.id} points at ${group}, which does not exist`,
      })),
  )
  const listeners = after.balancers.flatMap((balancer) => balancer.listeners.map((listener) => ({ balancer, listener })))
  const certificates = listeners.flatMap(({ balancer, listener }) =>
    listener.certificates
      .filter((arn) => after.certificates[arn] === undefined)
      .map((arn) => ({
        invariant: 'certificate-in-use-exists' as const,
        of: arn,
        detail: `port ${listener.port} of ${balancer.dnsName} holds ${arn}, which does not exist`,
      })),
  )
  return [...groups, ...certificates]
}

/** Whatever is gone: a load balancer was marked in time, an object left nothing behind, and what is not ours was not touched. */
function removals(before: ServingWorld, after: ServingWorld): readonly Violation[] {
  const hasty = before.balancers
    .filter((item) => !item.mayGo && !after.balancers.some((other) => other.dnsName === item.dnsName))
    .map(({ dnsName }) => ({
      invariant: 'announced-before-gone' as const,
      of: dnsName,
      detail: `${dnsName} is gone, and no restart could have known how long it had to stay`,
    }))
  const letGo = before.kept.filter((object) => !after.kept.includes(object))
  const left = after.belongings
    .filter(({ object }) => letGo.includes(object))
    .map(({ object, what }) => ({
      invariant: 'kept-until-nothing-is-left' as const,
      of: object,
      detail: `${object} may go, and ${what} is left`,
    }))
  const touched = before.foreign
    .filter((item) => !after.foreign.includes(item))
    .map((item) => ({ invariant: 'foreign-stays' as const, of: item, detail: `${item} is not ours, and was touched` }))
  return [...hasty, ...left, ...touched]
}

function allRules(world: ServingWorld): readonly ServingRule[] {
  return world.balancers.flatMap((balancer) => balancer.listeners.flatMap((listener) => listener.rules))
}
