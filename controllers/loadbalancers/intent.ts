import type { Finding } from '../shared/finding.ts'
import { canonicalHost } from '../shared/hosts.ts'
import { membersOf } from '../shared/members.ts'
import { canonicalJson, hashOf } from '../shared/names.ts'
import type { IngressBackend } from '../shared/objects.ts'
import type { Intended, PlanContext } from '../shared/planner.ts'
import { tenancyOf } from '../shared/tenancy.ts'
import { problem, resolveBackend } from './backend.ts'
import { hostFault } from './host-fault.ts'
import { type Member, memberOf } from './member.ts'
import { isRefused, mergeMembers } from './merge.ts'
import { redirectOf } from './merge-listeners.ts'
import { type PathType, pathValues } from './paths.ts'
import { byPrecedence, shadowed } from './rule-order.ts'
import type { ListenPort } from './settings.ts'
import { type GroupWish, type HeldLine, type LoadBalancerIntent, type RuleWish, refKey } from './wish.ts'

/** One path as the Ingress has it; `host` and `path` as written. */
type Line = {
  readonly host: string
  readonly path: string
  readonly pathType: PathType
  readonly backend: IngressBackend
  readonly field: string
  readonly hostField: string
  readonly backendField: string
}

/** What the Ingresses of a unit want. One that is wrong is refused alone, as far as possible one path alone; see `Held`. */
export function intend(context: PlanContext): Intended<LoadBalancerIntent> {
  const { unit, view, settings } = context
  const tenancy = tenancyOf(context)
  const members = membersOf(view, unit).map(memberOf)
  const merged = mergeMembers(members, settings)
  const findings: Finding[] = members.flatMap((member) => [...member.findings, ...(merged.conflicts.get(member.age) ?? [])])
  findings.push(...merged.findings)
  const heldObjects: string[] = []
  const heldLines: HeldLine[] = []
  const rules: RuleWish[] = []
  const groups = new Map<string, GroupWish>()
  // Who has a host and path: the oldest. A refused member keeps its claim, or mending it would be a race.
  const claims = new Map<string, Member>()
  for (const member of members) {
    const refused = isRefused(member) || merged.conflicts.has(member.age)
    if (refused) heldObjects.push(refKey(member.object))
    const redirect = redirectOf(member, merged.shared.redirect)
    const ports = member.ports.filter((item) => item.protocol === 'HTTPS' || redirect === null || redirect === 'unread')
    // Nobody knows whether its HTTP is to be redirected: what serves there stays, and nothing begins to.
    const isOpen = (protocol: ListenPort['protocol']) => redirect === 'unread' && protocol === 'HTTP'
    for (const line of linesOf(member)) {
      const host = line.host === '' ? '' : canonicalHost(line.host)
      const content = hashOf(host ?? line.host, line.path, line.pathType).slice(0, 16)
      const slots = ports.map((port) => ({ ...port, slot: `rule/${port.port}/${content}` }))
      if (refused) {
        claims.set(content, claims.get(content) ?? member)
        continue
      }
      const problems: Finding[] = []
      if (host === null)
        problems.push(
          problem(
            member.object,
            'HostNotDnsName',
            line.hostField,
            line.host,
            'a DNS name of at least two labels',
            `Host ${JSON.stringify(line.host)} is not a DNS name`,
          ),
        )
      const fault = host === null || host === '' ? null : hostFault(host)
      if (fault !== null)
        problems.push(
          problem(
            member.object,
            'HostNotMatchable',
            line.hostField,
            line.host,
            fault,
            `Host ${JSON.stringify(line.host)} cannot be matched by a load balancer`,
          ),
        )
      const values = pathValues(line.path, line.pathType)
      if ('wrong' in values)
        problems.push(
          problem(
            member.object,
            'PathNotSupported',
            `${line.field}.path`,
            line.path,
            values.wrong,
            `Path ${JSON.stringify(line.path)} cannot be matched by a load balancer`,
          ),
        )
      const resolved = resolveBackend(member, line.backend, line.backendField, view, settings.defaults.targetType)
      findings.push(...problems, ...resolved.findings)
      for (const { slot, port, protocol } of slots) {
        const claimed = claims.get(slot) ?? claims.get(content)
        claims.set(slot, claimed ?? member)
        if (claimed !== undefined) findings.push(duplicate(member, claimed, line))
        else if (problems.length > 0 || resolved.group === null || 'wrong' in values || host === null || isOpen(protocol)) {
          const paths = 'wrong' in values ? null : values.values
          heldLines.push({ slot, object: member.object, port, host: host ?? line.host, paths })
        } else {
          groups.set(resolved.group.key, resolved.group)
          rules.push({
            slot,
            parts: [{ slot, paths: values.values }],
            object: member.object,
            field: line.field,
            age: member.age,
            port,
            secure: protocol === 'HTTPS',
            host,
            path: line.path,
            pathType: line.pathType,
            order: member.shared.order,
            paths: values.values,
            group: resolved.group.key,
            certificateArns: member.shared.certificateArns,
            refused: tenancy.refusesHost(member.object, host),
          })
        }
      }
    }
  }
  rules.sort((a, b) => a.port - b.port || byPrecedence(a, b))
  for (const port of new Set(rules.map((rule) => rule.port)))
    findings.push(...shadowed(rules.filter((rule) => rule.port === port)))
  const intent: LoadBalancerIntent = {
    owner: members[0]?.object ?? null,
    loadBalancer: merged.loadBalancer,
    listeners: merged.listeners,
    rules,
    targetGroups: [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    held: { objects: heldObjects, lines: heldLines },
    shared: merged.shared,
    overQuota: tenancy.refusesLoadBalancer,
  }
  return { intent, findings: unique(findings) }
}

/**
 * The paths of an Ingress. A rule without `path` takes every path of its host; one without `http` sends its host to
 * `spec.defaultBackend`; `spec.defaultBackend` itself is a rule of its own without host and path, behind all others
 * (not the listener's default action, which stays a 404: it has no owner that could be told apart in a group).
 */
function linesOf({ ingress }: Member): readonly Line[] {
  const fallback = ingress.spec.defaultBackend
  const backendField = 'spec.defaultBackend'
  const lines = (ingress.spec.rules ?? []).flatMap((rule, index): readonly Line[] => {
    const field = `spec.rules[${index}]`
    const host = rule.host ?? ''
    const hostField = `${field}.host`
    if (rule.http === undefined)
      return fallback
        ? [{ host, path: '', pathType: 'Default', backend: fallback, field: hostField, hostField, backendField }]
        : []
    return rule.http.paths.map((path, at) => ({
      host,
      path: path.path ?? '',
      pathType: path.path === undefined || path.path === '' ? 'Default' : path.pathType,
      backend: path.backend,
      field: `${field}.http.paths[${at}]`,
      hostField,
      backendField: `${field}.http.paths[${at}].backend`,
    }))
  })
  if (fallback === undefined) return lines
  const field = backendField
  return [...lines, { host: '', path: '', pathType: 'Default', backend: fallback, field, hostField: field, backendField }]
}

function duplicate(member: Member, owner: Member, line: Line): Finding {
  const what = `${line.host}${line.path}`
  if (owner === member)
    return problem(
      member.object,
      'DuplicateHostPath',
      line.field,
      what,
      'each host and path once',
      `${what} is there twice`,
      'warning',
    )
  return problem(
    member.object,
    'DuplicateHostPath',
    line.field,
    what,
    'a host and path that no older Ingress of the group has',
    `${what} belongs to an older Ingress`,
  )
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [canonicalJson(finding), finding])).values()]
}
