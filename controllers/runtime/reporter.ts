import { INGRESSES, type Kubernetes } from '../cluster/kubernetes.ts'
import { FAIRLEAD, refOf } from '../shared/annotations.ts'
import { type Chain, chainOf } from '../shared/chain.ts'
import { sameObject } from '../shared/change.ts'
import type { Composition } from '../shared/compose.ts'
import type { Facts } from '../shared/facts.ts'
import type { Finding } from '../shared/finding.ts'
import { isUnknown } from '../shared/known.ts'
import { isOurClass } from '../shared/members.ts'
import { canonicalJson } from '../shared/names.ts'
import type { ClusterView, Ingress } from '../shared/objects.ts'
import type { FailedChange } from './failures.ts'

export const STATUS_ANNOTATION = `${FAIRLEAD}status`
export const READY_ANNOTATION = `${FAIRLEAD}ready`

export type ReporterOptions = {
  readonly api: Kubernetes
  readonly emit: (event: { object: Ingress; type: 'Normal' | 'Warning'; reason: string; action: string; note: string }) => void
  /** Tells the store of our own write, so that the next pass reads it. */
  readonly noteWrite: (ingress: Ingress) => void
  readonly onProblem: (problem: unknown) => void
}

/** Tells each Ingress where it stands: its status once the load balancer serves, two annotations on phase change, an event per finding. */
export class Reporter {
  readonly #options: ReporterOptions
  /** Findings already told, per object uid: told again only when they went away in between. */
  readonly #told = new Map<string, ReadonlySet<string>>()

  constructor(options: ReporterOptions) {
    this.#options = options
  }

  async report(
    view: ClusterView,
    { plan, facts }: Composition,
    failures: readonly FailedChange[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const ingress of view.ingresses) {
      const own = failures.filter(({ change }) => sameObject(change.object, refOf(ingress)))
      const troubles = own.map(({ failure }) => failure.message)
      const chain = chainOf(plan, refOf(ingress))
      this.#tellFindings(ingress, chain)
      const leaving = ingress.metadata.deletionTimestamp !== undefined || !isOurClass(ingress, view.ingressClasses)
      if (leaving) continue
      try {
        await this.#writeStatus(ingress, hostnameOf(facts, ingress), signal)
        await this.#annotate(ingress, chain, troubles, signal)
      } catch (error) {
        this.#options.onProblem(error)
      }
    }
  }

  #tellFindings(ingress: Ingress, chain: Chain): void {
    const earlier = this.#told.get(ingress.metadata.uid) ?? new Set()
    const now = new Set(chain.findings.map((item) => canonicalJson(item)))
    for (const item of chain.findings) {
      if (earlier.has(canonicalJson(item))) continue
      const type = item.severity === 'info' ? 'Normal' : 'Warning'
      this.#options.emit({ object: ingress, type, reason: item.code, action: 'Plan', note: noteOf(item) })
    }
    const wasReady = ingress.metadata.annotations?.[READY_ANNOTATION] === 'true'
    if (chain.ready && !wasReady && ingress.metadata.deletionTimestamp === undefined)
      this.#options.emit({
        object: ingress,
        type: 'Normal',
        reason: 'Served',
        action: 'Apply',
        note: 'Certificate, load balancer and records are in place',
      })
    if (now.size === 0) this.#told.delete(ingress.metadata.uid)
    else this.#told.set(ingress.metadata.uid, now)
  }

  /** `status.loadBalancer`, as soon as the load balancer is active and its listener serves: others wait for it. */
  async #writeStatus(ingress: Ingress, hostname: string | null, signal: AbortSignal): Promise<void> {
    const present = ingress.status?.loadBalancer?.ingress?.map((item) => item.hostname ?? item.ip) ?? []
    if (hostname === null || (present.length === 1 && present[0] === hostname)) return
    const body = { status: { loadBalancer: { ingress: [{ hostname }] } } }
    await this.#patch(ingress, body, 'status', signal)
  }

  async #annotate(ingress: Ingress, chain: Chain, troubles: readonly string[], signal: AbortSignal): Promise<void> {
    const status = canonicalJson(statusOf(chain, troubles))
    const ready = String(chain.ready)
    const present = ingress.metadata.annotations ?? {}
    if (present[STATUS_ANNOTATION] === status && present[READY_ANNOTATION] === ready) return
    await this.#patch(
      ingress,
      { metadata: { annotations: { [STATUS_ANNOTATION]: status, [READY_ANNOTATION]: ready } } },
      undefined,
      signal,
    )
  }

  async #patch(ingress: Ingress, body: object, subresource: 'status' | undefined, signal: AbortSignal): Promise<void> {
    const name = { namespace: ingress.metadata.namespace ?? '', name: ingress.metadata.name }
    const options = { kind: 'merge' as const, ...(subresource === undefined ? {} : { subresource }) }
    const written = await this.#options.api.patch(INGRESSES, name, body, options, signal)
    this.#options.noteWrite(written as Ingress)
  }
}

/** The status annotation: no times and no counts in it, so that it changes with the phase only. */
export function statusOf(chain: Chain, troubles: readonly string[]): object {
  const open = chain.steps.find((step) => step.state !== 'done')
  return {
    phase: chain.ready ? 'Served' : chain.findings.some((item) => item.severity === 'blocking') ? 'Blocked' : 'InProgress',
    steps: Object.fromEntries(chain.steps.map((step) => [step.controller, step.state])),
    ...(open === undefined ? {} : { detail: open.detail }),
    ...(open === undefined || open.waits.length === 0
      ? {}
      : { waitingFor: [...new Set(open.waits.map((wait) => wait.kind))].sort() }),
    ...(chain.findings.length === 0
      ? {}
      : { findings: chain.findings.map((item) => ({ code: item.code, severity: item.severity, message: noteOf(item) })) }),
    ...(chain.ready || troubles.length === 0 ? {} : { troubles: [...new Set(troubles)].sort() }),
  }
}

/** A finding in one text, for whoever sees no more than that: where it stands, what was read there, and what would be right. */
export function noteOf({ field, message, expected }: Finding): string {
  const key = /^metadata\.annotations\[(.+)\]$/.exec(field)?.[1] ?? field
  const placed = message.includes(key) ? message : `${field}: ${message}`
  return message.includes(expected) ? placed : `${placed}; expected ${expected}`
}

/** The DNS name of the load balancer that serves a host of this Ingress; null until it is active and the listener is there. */
function hostnameOf(facts: Facts, ingress: Ingress): string | null {
  const hosts = new Set(ingress.spec.rules?.map((rule) => rule.host?.toLowerCase()) ?? [])
  const serving = facts.loadbalancers.serving.filter((fact) => hosts.has(fact.host))
  const active = serving.find(
    (fact) =>
      !isUnknown(fact.dnsName) &&
      !fact.publishable.waits.some((wait) => wait.kind === 'load-balancer-active') &&
      fact.publishable.needs.length === 0,
  )
  return active === undefined || isUnknown(active.dnsName) ? null : active.dnsName
}
