import { INGRESSES, type Kubernetes } from '../cluster/kubernetes.ts'
import { FINALIZER, READY_ANNOTATION, refOf, STATUS_ANNOTATION } from '../shared/annotations.ts'
import { type Chain, chainOf } from '../shared/chain.ts'
import { sameObject } from '../shared/change.ts'
import type { Composition } from '../shared/compose.ts'
import type { Facts } from '../shared/facts.ts'
import type { Finding } from '../shared/finding.ts'
import { canonicalHost } from '../shared/hosts.ts'
import { isUnknown } from '../shared/known.ts'
import { isOurClass } from '../shared/members.ts'
import { canonicalJson } from '../shared/names.ts'
import type { ClusterView, Ingress } from '../shared/objects.ts'
import { phaseOf } from '../shared/phase.ts'
import { claimOf } from '../shared/tenancy-claims.ts'
import type { Trouble } from './reconciler.ts'

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

  async report(view: ClusterView, { plan, facts }: Composition, trouble: Trouble, signal: AbortSignal): Promise<void> {
    for (const ingress of view.ingresses) {
      const ours = isOurClass(ingress, view.ingressClasses)
      const owned = ingress.metadata.finalizers?.includes(FINALIZER) === true
      if (!ours && !owned) {
        await this.#attempt(() => this.#withdraw(ingress, signal))
        continue
      }
      const leaving = !ours || ingress.metadata.deletionTimestamp !== undefined
      const chain = chainOf(plan, refOf(ingress), leaving)
      if (!leaving) {
        this.#tellFindings(ingress, chain)
        await this.#attempt(() => this.#writeStatus(ingress, hostnameOf(facts, ingress), signal))
      }
      const hosts = leaving ? [] : hostsInPlace(facts, ingress)
      await this.#attempt(() =>
        this.#annotate(ingress, chain, troublesOf(ingress, { ...trouble, unread: [...trouble.unread.keys()] }), hosts, signal),
      )
    }
  }

  /** Forgets an object that is gone. */
  forget(uid: string): void {
    this.#told.delete(uid)
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      this.#options.onProblem(error)
    }
  }

  /** An object that is none of ours any more says nothing in our name. */
  async #withdraw(ingress: Ingress, signal: AbortSignal): Promise<void> {
    const present = ingress.metadata.annotations ?? {}
    if (present[STATUS_ANNOTATION] === undefined && present[READY_ANNOTATION] === undefined) return
    if (ingress.metadata.deletionTimestamp !== undefined) return
    await this.#patch(
      ingress,
      { metadata: { annotations: { [STATUS_ANNOTATION]: null, [READY_ANNOTATION]: null } } },
      undefined,
      signal,
    )
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
    if (chain.ready && !wasReady)
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

  async #annotate(
    ingress: Ingress,
    chain: Chain,
    troubles: readonly string[],
    hosts: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const status = canonicalJson(statusOf(chain, troubles, ingress.metadata.generation ?? 0, hosts))
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

/** What stands in the way, in words that stay the same while it does. AWS's own words, which may name roles and accounts, are in the log. */
export function troublesOf(
  ingress: Ingress,
  { failures, unread, held }: Pick<Trouble, 'failures' | 'held'> & { readonly unread: readonly string[] },
): readonly string[] {
  const own = failures.filter(({ change }) => sameObject(change.object, refOf(ingress)))
  return [
    ...own.map(({ change, failure }) => `${change.calls.join(', ')}: ${failure.code} (${failure.kind})`),
    ...unread.map((controller) => `what ${controller} depends on cannot be read`),
    ...held,
  ]
}

/** The status annotation: no times and no counts in it, so that it changes with the phase only. */
export function statusOf(chain: Chain, troubles: readonly string[], generation: number, hosts: readonly string[] = []): object {
  const open = chain.steps.find((step) => step.state !== 'done')
  return {
    generation,
    phase: phaseOf(chain),
    steps: Object.fromEntries(chain.steps.map((step) => [step.controller, step.state])),
    ...(open === undefined ? {} : { detail: open.detail }),
    ...(open === undefined || open.waits.length === 0
      ? {}
      : { waitingFor: [...new Set(open.waits.map((wait) => wait.kind))].sort() }),
    ...(chain.findings.length === 0
      ? {}
      : { findings: chain.findings.map((item) => ({ code: item.code, severity: item.severity, message: noteOf(item) })) }),
    ...(troubles.length === 0 ? {} : { troubles: [...new Set(troubles)].sort() }),
    ...(hosts.length === 0 ? {} : { hosts }),
  }
}

/** A finding in one text, for whoever sees no more than that: where it stands, what was read there, and what would be right. */
export function noteOf({ field, message, expected }: Finding): string {
  const key = /^metadata\.annotations\[(.+)\]$/.exec(field)?.[1] ?? field
  const placed = message.includes(key) ? message : `${field}: ${message}`
  return message.includes(expected) ? placed : `${placed}; expected ${expected}`
}

/**
 * Hosts that a load balancer answers for because of this Ingress: while it is reported so, nobody else gets them. What was in place
 * once stays so while it is wanted, whatever is being changed about it.
 */
function hostsInPlace({ loadbalancers }: Facts, ingress: Ingress): readonly string[] {
  const { served } = claimOf(ingress)
  const own = loadbalancers.serving.filter(({ object }) => sameObject(object, refOf(ingress)))
  const hosts = own.flatMap(({ host, publishable }) => {
    const answers = publishable.needs.length === 0 && !publishable.waits.some((wait) => wait.kind === 'load-balancer-active')
    return served.has(host) || answers ? [host] : []
  })
  return hosts.sort()
}

/** The DNS name of the load balancer that serves a host of this Ingress; null until it is active and the listener is there. */
function hostnameOf(facts: Facts, ingress: Ingress): string | null {
  const hosts = new Set(ingress.spec.rules?.map((rule) => (rule.host ? canonicalHost(rule.host) : null)) ?? [])
  const serving = facts.loadbalancers.serving.filter((fact) => hosts.has(fact.host))
  const active = serving.find(
    (fact) =>
      !isUnknown(fact.dnsName) &&
      !fact.publishable.waits.some((wait) => wait.kind === 'load-balancer-active') &&
      fact.publishable.needs.length === 0,
  )
  return active === undefined || isUnknown(active.dnsName) ? null : active.dnsName
}
