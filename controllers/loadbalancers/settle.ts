import { ALB } from '../shared/annotations.ts'
import { annotationField, type Finding } from '../shared/finding.ts'
import { canonicalJson, TAG_OBJECT, TAG_RETIRE_AFTER, tagValue } from '../shared/names.ts'
import { problem } from './backend.ts'
import { mergeListeners } from './merge-listeners.ts'
import { mergeTags } from './merge-tags.ts'
import type { LoadBalancersObserved, ObservedListener, ObservedLoadBalancer } from './observed.ts'
import { type BalancerWish, type ListenerWish, type LoadBalancerIntent, refKey, type Uncertain } from './wish.ts'

export type Settled = {
  readonly intent: LoadBalancerIntent
  readonly findings: readonly Finding[]
  /** The load balancer that counts while something cannot be read. */
  readonly standing: ObservedLoadBalancer | undefined
  /** Annotations without whose value no load balancer can be made: another one may stand already, or it would let anybody in. */
  readonly missing: readonly string[]
}

/**
 * PURE: while nobody can read what decides about something shared, what stands goes on. Who states another value than what stands
 * is refused meanwhile: it would be served otherwise than it says. What is served on a port by a refused member is kept as well.
 */
export function settle(intent: LoadBalancerIntent, observed: LoadBalancersObserved): Settled {
  const standing = standingOf(observed)
  const { uncertain } = intent.loadBalancer
  if (uncertain.length === 0 && intent.held.objects.length === 0) return { intent, findings: [], standing, missing: [] }
  const there = observed.listeners.filter((item) => item.LoadBalancerArn === standing?.LoadBalancerArn)
  const loadBalancer = { ...intent.loadBalancer, ...(standing && kept(uncertain, standing, there, observed)) }
  const against = uncertain.flatMap((item) => contradictions(item, loadBalancer, standing))
  const agreed = without(
    against.map(({ object }) => refKey(object)),
    { ...intent, loadBalancer },
  )
  const clashing = agreed.listeners.filter((wish) => clashes(wish, there, intent, observed))
  const stays = (port: number) => !clashing.some((wish) => wish.port === port)
  const lines = agreed.rules
    .filter((rule) => !stays(rule.port))
    .flatMap(({ parts, object, port, host }) => parts.map((part) => ({ ...part, object, port, host })))
  const listeners = agreed.listeners.filter(({ port }) => stays(port))
  return {
    intent: {
      ...agreed,
      listeners: listeners.map((wish) => asItStands(wish, uncertain, there, intent)),
      rules: agreed.rules.filter(({ port }) => stays(port)),
      held: { ...agreed.held, lines: [...agreed.held.lines, ...lines] },
    },
    findings: [...against.map(({ finding }) => finding), ...clashing.map(otherProtocol)],
    standing,
    missing:
      standing === undefined ? uncertain.filter((item) => isNeeded(item, loadBalancer)).map((item) => item.annotation) : [],
  }
}

/** The intent of the members that are left when these are refused as a whole. */
function without(objects: readonly string[], intent: LoadBalancerIntent): LoadBalancerIntent {
  const { shared, held, loadBalancer } = intent
  const refused = [...new Set([...shared.refused, ...objects])]
  const members = shared.members.filter((member) => !refused.includes(refKey(member.object)))
  const { tags, kept: keptTags } = mergeTags(shared.members, refused, shared.tags)
  return {
    ...intent,
    loadBalancer: { ...loadBalancer, tags, keptTags },
    listeners: mergeListeners(members, shared.redirect, loadBalancer.sslPolicy),
    rules: intent.rules.filter((rule) => !objects.includes(refKey(rule.object))),
    held: { ...held, objects: [...new Set([...held.objects, ...objects])] },
  }
}

/** The load balancer of a unit that has one: not the one that is to go, where there are two. */
function standingOf({ loadBalancers }: LoadBalancersObserved): ObservedLoadBalancer | undefined {
  return loadBalancers.find((item) => item.Tags[TAG_RETIRE_AFTER] === undefined) ?? loadBalancers[0]
}

function kept(
  uncertain: readonly Uncertain[],
  standing: ObservedLoadBalancer,
  there: readonly ObservedListener[],
  { securityGroups }: LoadBalancersObserved,
): Partial<BalancerWish> {
  const own = securityGroups.some((group) => standing.SecurityGroups.includes(group.GroupId))
  const policy = there.find((item) => item.SslPolicy !== null)?.SslPolicy
  const values: { readonly [K in Uncertain['field']]: Partial<BalancerWish> } = {
    scheme: { scheme: standing.Scheme },
    ipAddressType: { ipAddressType: standing.IpAddressType },
    name: { name: standing.LoadBalancerName },
    securityGroups: { securityGroups: own ? null : standing.SecurityGroups },
    subnets: { subnets: null },
    attributes: { attributes: {} },
    sslPolicy: policy === undefined || policy === null ? {} : { sslPolicy: policy },
    sslRedirect: {},
  }
  return Object.assign({}, ...uncertain.map(({ field }) => values[field])) as Partial<BalancerWish>
}

/** Subnets may be stated by other names than what stands has, attributes in part, and a redirect is each member's own. */
function contradictions(
  { field, statements }: Uncertain,
  wish: BalancerWish,
  standing: ObservedLoadBalancer | undefined,
): Uncertain['statements'] {
  if (field === 'sslRedirect' || (standing !== undefined && (field === 'subnets' || field === 'attributes'))) return []
  return statements.filter(({ value }) => canonicalJson(sorted(value)) !== canonicalJson(sorted(wish[field])))
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value
}

/** Another protocol than that by which a refused member is served there. */
function clashes(
  wish: ListenerWish,
  there: readonly ObservedListener[],
  { held }: LoadBalancerIntent,
  { rules }: LoadBalancersObserved,
): boolean {
  const listener = there.find((item) => item.Port === wish.port)
  if (listener === undefined || listener.Protocol === wish.protocol) return false
  const objects = held.objects.map(tagValue)
  return rules.some((rule) => rule.ListenerArn === listener.ListenerArn && objects.includes(rule.Tags[TAG_OBJECT] ?? ''))
}

function otherProtocol({ object, port, protocol }: ListenerWish): Finding {
  const says = `Port ${port} serves an older Ingress of the group otherwise`
  const field = annotationField(`${ALB}listen-ports`)
  return problem(object, 'GroupConflict', field, `${protocol}:${port}`, 'another port, or the protocol that the port has', says)
}

/** A listener with what a refused member may have asked for. */
function asItStands(
  wish: ListenerWish,
  uncertain: readonly Uncertain[],
  there: readonly ObservedListener[],
  { held }: LoadBalancerIntent,
): ListenerWish {
  const listener = there.find((item) => item.Port === wish.port)
  const unread = uncertain.some(({ field }) => field === 'sslPolicy')
  const [action] = listener?.DefaultActions ?? []
  const redirects = wish.protocol === 'HTTP' && wish.redirectTo === null && held.objects.length > 0 && action?.Type === 'redirect'
  return {
    ...wish,
    sslPolicy: (unread ? listener?.SslPolicy : null) ?? wish.sslPolicy,
    redirectTo: redirects ? Number(action.RedirectConfig.Port) : wish.redirectTo,
  }
}

function isNeeded({ field }: Uncertain, { scheme, securityGroups }: BalancerWish): boolean {
  return field === 'name' || (field === 'scheme' && scheme === null) || (field === 'securityGroups' && securityGroups === null)
}
