import type { Clock } from '../runtime/clock.ts'
import type { Gate } from '../runtime/gate.ts'
import type { Leadership } from '../runtime/leadership.ts'
import { concerns, type Standing, type Stood } from '../runtime/telemetry-standing.ts'
import type { Watched } from '../runtime/watched.ts'
import { READY_ANNOTATION } from '../shared/annotations.ts'
import { unitOf } from '../shared/members.ts'
import { type Ingress, objectKey } from '../shared/objects.ts'
import { isPausedBy } from '../shared/pause.ts'
import type { Policy } from '../shared/policy.ts'
import { toldOf } from '../shared/told.ts'
import { unitKey } from '../shared/unit.ts'
import type { Status, StatusList } from './schemas.ts'
import { annotated } from './status-of-annotation.ts'
import { standingOf } from './status-of-plan.ts'

export type StatusOptions = {
  readonly clock: Clock
  readonly policy: Policy
  readonly lease: Pick<Leadership, 'leading' | 'holder'>
  readonly watched: Pick<Watched, 'ingresses' | 'ingressClasses' | 'namespaces'> & {
    readonly reflectors: readonly { readonly hasSynced: boolean }[]
  }
  readonly standing: Pick<Standing, 'of'>
  readonly gate: Pick<Gate, 'closed'>
}

/** What is told of one object, wherever it is known from. */
export type Known = Pick<
  Status,
  | 'phase'
  | 'ready'
  | 'leaving'
  | 'stale'
  | 'source'
  | 'plannedAt'
  | 'chain'
  | 'findings'
  | 'errors'
  | 'held'
  | 'unread'
  | 'troubles'
>

/** Where objects stand: from the last plan where this replica leads, otherwise from what the leader wrote on them. Nothing is read or planned for it. */
export class StatusAnswers {
  readonly #o: StatusOptions

  constructor(options: StatusOptions) {
    this.#o = options
  }

  /** The stores hold everything there is; before, what is not in them may well be there. */
  get synced(): boolean {
    return this.#o.watched.reflectors.every((one) => one.hasSynced)
  }

  /** Those of the namespaces, in the order of their names. */
  list(
    namespaces: 'all' | readonly string[],
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): StatusList {
    const { watched } = this.#o
    const all =
      namespaces === 'all' ? watched.ingresses.list() : namespaces.flatMap((one) => watched.ingresses.by('namespace', one))
    const classes = { ingressClasses: watched.ingressClasses.list() }
    const wanted = all
      .map((ingress) => ({ ingress, key: objectKey(ingress.metadata) }))
      .filter(({ ingress, key }) => (after === undefined || key > after) && concerns(ingress, classes))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const page = wanted.slice(0, limit)
    return {
      ...this.#replica(),
      items: page.map(({ ingress }) => this.#summary(ingress)),
      next: wanted.length > page.length ? page.at(-1)!.key : null,
    }
  }

  /** Null if it is not there, or not ours to speak of. */
  one(namespace: string, name: string): Status | null {
    const { watched } = this.#o
    const ingress = watched.ingresses.get(`${namespace}/${name}`)
    if (ingress === null || !concerns(ingress, { ingressClasses: watched.ingressClasses.list() })) return null
    return {
      ...this.#replica(),
      ...this.#common(ingress),
      ...this.#known(ingress),
      uid: ingress.metadata.uid,
      generation: ingress.metadata.generation ?? 0,
      unit: unitKey(unitOf(ingress)),
    }
  }

  #replica(): Pick<Status, 'role' | 'leader' | 'policy' | 'frozen'> {
    const { policy, lease, gate } = this.#o
    if (policy === 'observe') return { role: 'observer', leader: '', policy, frozen: gate.closed }
    return { role: lease.leading ? 'leader' : 'standby', leader: lease.holder, policy, frozen: gate.closed }
  }

  #summary(ingress: Ingress): StatusList['items'][number] {
    const { phase, ready, leaving, stale, source, chain, findings, errors } = this.#known(ingress)
    const count = (severity: string) => findings.filter((item) => item.severity === severity).length
    return {
      ...this.#common(ingress),
      ...{ phase, ready, leaving, stale, source },
      detail: chain.find((step) => step.state !== 'done')?.detail ?? '',
      findings: { blocking: count('blocking'), warning: count('warning'), info: count('info') },
      errors: errors.length,
    }
  }

  #common(ingress: Ingress): Pick<Status, 'kind' | 'namespace' | 'name' | 'paused' | 'hosts' | 'address'> {
    const { namespace = '', name } = ingress.metadata
    const [first] = ingress.status?.loadBalancer?.ingress ?? []
    const byNamespace = isPausedBy(this.#o.watched.namespaces.get(namespace)) ? 'Namespace' : null
    return {
      kind: 'Ingress',
      namespace,
      name,
      paused: isPausedBy(ingress) ? 'Ingress' : byNamespace,
      hosts: [...new Set((ingress.spec.rules ?? []).map((rule) => rule.host ?? '*'))],
      address: first?.hostname ?? first?.ip ?? null,
    }
  }

  #known(ingress: Ingress): Known {
    const { standing, watched, clock, gate } = this.#o
    const unit = unitKey(unitOf(ingress))
    const stood: Stood | null = standing.of(unit)
    // An object that is younger than the plan is not in it: of such a one the plan would say that nothing is left to do.
    if (stood?.seen.has(ingress.metadata.uid)) {
      // Asking anew what may be made would be a decision: the brake counts what it is asked about. A freeze holds at once.
      const held = [...new Set([...(gate.closed === null ? [] : [gate.closed]), ...stood.held])]
      return standingOf(ingress, stood, { held, clock, ingressClasses: watched.ingressClasses.list() })
    }
    return annotated(ingress, {
      told: toldOf(ingress),
      ready: ingress.metadata.annotations?.[READY_ANNOTATION] === 'true',
      held: gate.closed === null ? [] : [gate.closed],
    })
  }
}
