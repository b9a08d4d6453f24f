import type { CertificateFact, CertificateFacts } from '../shared/facts.ts'
import { covers } from '../shared/hosts.ts'
import type { Known } from '../shared/known.ts'
import type { RuleWish } from './wish.ts'

/** A certificate a listener should hold. */
export type Certificate = {
  /** The fact's slot, which outlives renewals and replacements; the ARN if a user named it. */
  readonly key: string
  readonly arn: Known<string>
  /** What it covers; null if only AWS knows. */
  readonly hosts: readonly string[] | null
  /** It cannot be had for now: a listener that can open with another one does. */
  readonly blocked: boolean
}

/** The certificates a rule's host needs on its listener: the best one known to cover it, or those its Ingress names. */
export function certificatesFor(rule: RuleWish, facts: CertificateFacts): readonly Certificate[] {
  if (!rule.secure || rule.host === '') return []
  const covering = facts.current
    .filter((fact) => fact.hosts.some((name) => covers(name, rule.host)))
    .sort(
      (a, b) =>
        Number(isBlocked(a)) - Number(isBlocked(b)) ||
        exactness(a, rule.host) - exactness(b, rule.host) ||
        (a.slot < b.slot ? -1 : 1),
    )
  const named = rule.certificateArns.map((arn) => ({ key: arn, arn, hosts: factOf(arn, facts)?.hosts ?? null, blocked: false }))
  const best = covering[0]
  if (best === undefined) return named
  const chosen = { key: best.slot, arn: best.arn, hosts: best.hosts, blocked: isBlocked(best) }
  return [chosen, ...named.filter((item) => item.arn !== chosen.arn)]
}

function isBlocked(fact: CertificateFact): boolean {
  return fact.blocked === true
}

function exactness(fact: CertificateFact, host: string): number {
  return fact.hosts.includes(host) ? 0 : 1
}

/**
 * `dropped`: hosts it covers although its object does not want them any more; a rule on its way out may still need them.
 * `ready`: what has to be done before it covers all that it is to cover, though it is there already.
 */
/** What has to be issued before the chosen certificates can do without another one: those of hosts that it may serve now. */
export function issuesBefore(arn: string, chosen: readonly Certificate[], facts: CertificateFacts): readonly string[] {
  const current: readonly CertificateFact[] = facts.current
  return current
    .filter((fact) => fact.arn !== arn && chosen.some((item) => item.key === fact.slot))
    .filter((fact) => fact.hosts.some((host) => mayServe(arn, host, facts)))
    .flatMap((fact) => fact.ready?.needs ?? [])
}

function factOf(arn: string, facts: CertificateFacts): CertificateFact | undefined {
  return [...facts.current, ...facts.retiring].find((fact) => fact.arn === arn)
}

/** Whether a host may depend on a certificate that a listener holds. Of one we know nothing about, any host may. */
export function mayServe(arn: string, host: string, facts: CertificateFacts): boolean {
  const fact = factOf(arn, facts)
  return fact === undefined || host === '' || [...fact.hosts, ...(fact.dropped ?? [])].some((name) => covers(name, host))
}

/** Whether a certificate for these hosts may take the place of another one for some host. Of what we know nothing about, it may. */
export function mayReplace(arn: string, hosts: readonly string[] | null, facts: CertificateFacts): boolean {
  const fact = factOf(arn, facts)
  if (hosts === null || fact === undefined) return true
  const names = [...fact.hosts, ...(fact.dropped ?? [])]
  return names.some((name) => hosts.some((host) => covers(name, host) || covers(host, name)))
}
