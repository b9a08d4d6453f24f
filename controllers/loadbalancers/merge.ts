import { ALB, badAnnotation } from '../shared/annotations.ts'
import type { Finding } from '../shared/finding.ts'
import { canonicalJson } from '../shared/names.ts'
import type { Settings } from '../shared/settings.ts'
import type { Member } from './member.ts'
import { mergeListeners } from './merge-listeners.ts'
import { mergeTags } from './merge-tags.ts'
import type { BalancerSettings, ListenPort } from './settings.ts'
import { isUnread } from './unread.ts'
import { type BalancerWish, type ListenerWish, refKey, type Shared, type Uncertain } from './wish.ts'

const ANNOTATION: Readonly<Record<keyof BalancerSettings, string>> = {
  scheme: 'scheme',
  ipAddressType: 'ip-address-type',
  sslPolicy: 'ssl-policy',
  sslRedirect: 'ssl-redirect',
  name: 'load-balancer-name',
  attributes: 'load-balancer-attributes',
  subnets: 'subnets',
  securityGroups: 'security-groups',
}

export type Merged = {
  readonly loadBalancer: BalancerWish
  readonly listeners: readonly ListenerWish[]
  readonly shared: Shared
  /** By member (its place by age): what it stated against an older one. It is refused alone; the group goes on. */
  readonly conflicts: ReadonlyMap<number, readonly Finding[]>
  /** What refuses nobody. */
  readonly findings: readonly Finding[]
}

/** Puts together what the members say of the load balancer they share. Members in order of age. */
export function mergeMembers(members: readonly Member[], settings: Settings): Merged {
  const conflicts = new Map<number, Finding[]>()
  const refuse = (member: Member, key: string, expected: string, because: string) => {
    const finding = badAnnotation(member.ingress, key, expected, { code: 'GroupConflict', because })
    conflicts.set(member.age, [...(conflicts.get(member.age) ?? []), finding])
  }
  const uncertain: Uncertain[] = []
  const oldest = <K extends keyof BalancerSettings>(field: K): NonNullable<BalancerSettings[K]> | null => {
    const key = ALB + ANNOTATION[field]
    const isRead = (member: Member) => member.balancer[field] !== undefined && !isUnread(member, ANNOTATION[field])
    const stating = members.filter((member) => isRead(member) || isUnread(member, ANNOTATION[field]))
    const readable = stating.filter(isRead)
    const value = readable[0]?.balancer[field]
    // The other Ingress may be of another namespace, whose values are its own affair: only what is allowed here is told.
    const expected = 'the value of the group, or no such annotation'
    if (stating.length > 0 && stating[0] !== readable[0]) {
      const because = 'the load balancer of the group has another value, and an older Ingress states one that cannot be read'
      const statements = readable.map((member) => ({
        object: member.object,
        value: member.balancer[field],
        finding: badAnnotation(member.ingress, key, expected, { code: 'GroupConflict', because }),
      }))
      uncertain.push({ field, annotation: key, statements })
    } else
      for (const member of readable)
        if (canonicalJson(member.balancer[field]) !== canonicalJson(value))
          refuse(member, key, expected, 'an older Ingress of the group states another value')
    return (value ?? null) as NonNullable<BalancerSettings[K]> | null
  }
  const stated = oldest('sslRedirect')
  const scheme = oldest('scheme')
  const redirect = uncertain.some(({ field }) => field === 'sslRedirect') ? 'unread' : stated
  const naming = members.find((member) => member.balancer.subnets !== undefined)
  const loadBalancer: Omit<BalancerWish, 'tags' | 'keptTags' | 'uncertain'> = {
    scheme: scheme ?? (uncertain.some(({ field }) => field === 'scheme') ? null : settings.defaults.scheme),
    ipAddressType: oldest('ipAddressType') ?? 'ipv4',
    sslPolicy: oldest('sslPolicy') ?? settings.defaults.sslPolicy,
    name: oldest('name'),
    attributes: oldest('attributes') ?? {},
    subnets: oldest('subnets'),
    subnetsOf: naming === undefined ? null : { object: naming.object, alone: members.length === 1 },
    securityGroups: oldest('securityGroups'),
  }
  const protocols = new Map<number, ListenPort['protocol']>()
  for (const member of members.filter((item) => !isRefused(item))) {
    for (const { port, protocol } of member.ports) {
      const taken = protocols.get(port) ?? protocol
      const because = 'an older Ingress of the group uses the port otherwise'
      if (taken !== protocol) refuse(member, `${ALB}listen-ports`, `port ${port} with ${taken}`, because)
    }
    if (!conflicts.has(member.age)) for (const { port, protocol } of member.ports) protocols.set(port, protocol)
  }
  const refused = members.filter((member) => isRefused(member) || conflicts.has(member.age)).map(({ object }) => refKey(object))
  const { tags, kept, findings } = mergeTags(members, refused, settings.defaults.tags)
  return {
    loadBalancer: { ...loadBalancer, tags, keptTags: kept, uncertain },
    listeners: mergeListeners(
      members.filter((member) => !refused.includes(refKey(member.object))),
      redirect,
      loadBalancer.sslPolicy,
    ),
    shared: { members, refused, redirect, tags: settings.defaults.tags },
    conflicts,
    findings,
  }
}

export function isRefused(member: Member): boolean {
  return member.findings.some((finding) => finding.severity === 'blocking')
}
