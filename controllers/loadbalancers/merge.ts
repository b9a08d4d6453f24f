import { ALB, annotation, badAnnotation } from '../shared/annotations.ts'
import type { Finding } from '../shared/finding.ts'
import { canonicalJson } from '../shared/names.ts'
import type { Settings } from '../shared/settings.ts'
import type { Member } from './member.ts'
import { mergeTags } from './merge-tags.ts'
import type { BalancerSettings, ListenPort } from './settings.ts'
import type { BalancerWish, ListenerWish } from './wish.ts'

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
  /** The group's `ssl-redirect`. */
  readonly redirect: number | null
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
  const oldest = <K extends keyof BalancerSettings>(field: K): NonNullable<BalancerSettings[K]> | null => {
    const first = members.find((member) => member.balancer[field] !== undefined)
    if (first === undefined) return null
    const value = first.balancer[field]
    for (const member of members) {
      if (member.balancer[field] === undefined || canonicalJson(member.balancer[field]) === canonicalJson(value)) continue
      const key = ALB + ANNOTATION[field]
      // The other Ingress may be of another namespace, whose values are its own affair: only what is allowed here is told.
      refuse(member, key, 'the value of the group, or no such annotation', 'an older Ingress of the group states another value')
    }
    return value as NonNullable<BalancerSettings[K]>
  }
  const redirect = oldest('sslRedirect')
  const scheme = oldest('scheme')
  const uncertain = members.some((member) => {
    const stated = annotation(member.ingress, `${ALB}scheme`)
    return stated !== undefined && member.balancer.scheme === undefined
  })
  const naming = members.find((member) => member.balancer.subnets !== undefined)
  const loadBalancer: Omit<BalancerWish, 'tags' | 'keptTags'> = {
    scheme: scheme ?? (uncertain ? null : settings.defaults.scheme),
    ipAddressType: oldest('ipAddressType') ?? 'ipv4',
    sslPolicy: oldest('sslPolicy') ?? settings.defaults.sslPolicy,
    name: oldest('name'),
    attributes: oldest('attributes') ?? {},
    subnets: oldest('subnets'),
    subnetsOf: naming === undefined ? null : { object: naming.object, alone: members.length === 1 },
    securityGroups: oldest('securityGroups'),
  }
  const everyone = loadBalancer.ipAddressType === 'dualstack' ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0']
  const listeners = new Map<number, ListenerWish>()
  const good = members.filter((member) => !isRefused(member))
  for (const member of good) {
    for (const port of member.ports) {
      const held = listeners.get(port.port)
      if (held !== undefined && held.protocol !== port.protocol) {
        refuse(
          member,
          `${ALB}listen-ports`,
          `port ${port.port} with ${held.protocol}`,
          'an older Ingress of the group uses the port otherwise',
        )
        continue
      }
      if (!conflicts.has(member.age))
        listeners.set(port.port, joined(held, member, port, redirect, loadBalancer.sslPolicy, everyone))
    }
  }
  const { tags, kept, findings } = mergeTags(
    members,
    (member) => isRefused(member) || conflicts.has(member.age),
    settings.defaults.tags,
  )
  return {
    loadBalancer: { ...loadBalancer, tags, keptTags: kept },
    listeners: [...listeners.values()].sort((a, b) => a.port - b.port),
    redirect,
    conflicts,
    findings,
  }
}

function joined(
  held: ListenerWish | undefined,
  member: Member,
  port: ListenPort,
  redirect: number | null,
  sslPolicy: string,
  everyone: readonly string[],
): ListenerWish {
  const cidrs = member.shared.inboundCidrs ?? everyone
  return {
    ...port,
    object: held?.object ?? member.object,
    redirectTo: port.protocol === 'HTTP' ? (held?.redirectTo ?? redirectOf(member, redirect)) : null,
    sslPolicy,
    cidrs: [...new Set([...(held?.cidrs ?? []), ...cidrs])].sort(),
  }
}

/** Where a member's HTTP goes: the group's `ssl-redirect` if the member listens there with HTTPS, else its own default. */
export function redirectOf(member: Member, redirect: number | null): number | null {
  const listens = redirect !== null && member.ports.some((item) => item.protocol === 'HTTPS' && item.port === redirect)
  return listens ? redirect : member.redirectTo
}

export function isRefused(member: Member): boolean {
  return member.findings.some((finding) => finding.severity === 'blocking')
}
