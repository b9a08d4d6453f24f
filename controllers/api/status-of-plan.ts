import type { Clock } from '../runtime/clock.ts'
import { noteOf, troublesOf } from '../runtime/reporter.ts'
import { isLeaving, type Stood } from '../runtime/telemetry-standing.ts'
import { refOf } from '../shared/annotations.ts'
import { chainOf } from '../shared/chain.ts'
import { sameObject } from '../shared/change.ts'
import type { ClusterView, Ingress } from '../shared/objects.ts'
import { phaseOf } from '../shared/phase.ts'
import { scrubText } from '../shared/scrub.ts'
import type { Known } from './status.ts'

const LONGEST_MESSAGE = 600

/** Where an object stands by the last plan of its unit. */
export function standingOf(
  ingress: Ingress,
  { at, plan, seen, since, failures, unread }: Stood,
  options: { readonly held: readonly string[]; readonly clock: Clock; readonly ingressClasses: ClusterView['ingressClasses'] },
): Known {
  const { held, clock, ingressClasses } = options
  const chain = chainOf(plan, refOf(ingress), isLeaving(ingress, { ingressClasses }))
  const stale = seen.get(ingress.metadata.uid) !== (ingress.metadata.generation ?? 0)
  const sinceOf = (key: string) => timeOf(since.get(key))
  const own = failures.filter(({ change }) => sameObject(change.object, refOf(ingress)))
  return {
    phase: phaseOf(chain),
    ready: chain.ready && !stale,
    leaving: chain.leaving,
    stale,
    source: 'plan',
    plannedAt: timeOf(at),
    chain: chain.steps.map(({ controller, state, detail, waits }) => ({
      controller,
      state,
      detail,
      waits: waits.map(({ kind, of, seconds }) => ({
        kind,
        of: withoutAccounts(of),
        since: sinceOf(`${kind} ${of}`),
        until: timeOf(at + seconds * 1000),
      })),
    })),
    findings: chain.findings.map(({ code, severity, field, read, expected, ...item }) => ({
      ...{ code, severity, field, read, expected },
      message: noteOf({ code, severity, field, read, expected, ...item }),
    })),
    errors: own.map(({ change, failure, attempts, retryAt }) => ({
      controller: change.controller,
      change: withoutAccounts(change.id),
      code: failure.code,
      kind: failure.kind,
      message: withoutAccounts(failure.message).slice(0, LONGEST_MESSAGE),
      attempts,
      since: sinceOf(change.id),
      nextAttempt: timeOf(clock.now() + Math.max(0, retryAt - clock.monotonic())),
    })),
    held: [...held],
    unread: [...unread],
    troubles: [...new Set(troublesOf(ingress, { failures, unread, held }))].sort(),
  }
}

/** Whoever may see an Ingress need not know which account and role it is served with. */
function withoutAccounts(text: string): string {
  return scrubText(text)
    .replace(/\barn:[\w-]+:(?:iam|sts)::\S+?(?=[\s,;)"']|$)/g, '[role]')
    .replace(/\b\d{12}\b/g, '[account]')
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString()
}
