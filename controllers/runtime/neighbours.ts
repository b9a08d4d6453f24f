import { annotation, FAIRLEAD } from '../shared/annotations.ts'
import { isMarked } from '../shared/members.ts'
import { canonicalJson, TAG_SLOT } from '../shared/names.ts'
import type { Ingress, IngressClass, Namespace, Neighbourhood, Secret } from '../shared/objects.ts'
import { isPausedBy } from '../shared/pause.ts'
import { type Claim, claimOf } from '../shared/tenancy-claims.ts'
import type { Claimants } from './claimants.ts'
import type { Store } from './store.ts'

export type NeighboursOptions = {
  /** Indexed by `host`, `parent` (the wildcard above, for each host), `namespace` and `unit`. */
  readonly ingresses: Store<Ingress>
  /** Of the same, by the same indexes. */
  readonly claimants: Claimants
  readonly ingressClasses: Pick<Store<IngressClass>, 'subscribe'>
  readonly namespaces: Store<Namespace>
  /** Indexed by `tenant`, the namespace of the object that a certificate is for. */
  readonly secrets: Store<Secret>
  readonly hasQuota: (name: string, namespace: Namespace | null) => boolean
}

/**
 * Who bears on whose a host is, and who counts against a quota: over all units, kept as the same values until something in them
 * changes, so that what follows from them is worked out once and not in every pass of every unit.
 */
export class Neighbours {
  readonly #o: NeighboursOptions
  readonly #rivals = new Map<string, Neighbourhood>()
  readonly #quotas = new Map<string, Neighbourhood>()

  constructor(options: NeighboursOptions) {
    this.#o = options
    const forgetAll = () => {
      this.#rivals.clear()
      this.#quotas.clear()
    }
    for (const store of [options.ingresses, options.claimants.missing])
      store.subscribe((before, after) => {
        if (!bearsOnOthers(before, after)) return
        for (const item of [before, after]) if (item !== null) this.#forgetAbout(claimOf(item))
      })
    options.ingressClasses.subscribe(forgetAll)
    options.namespaces.subscribe((before, after) => {
      if (policyText(before) === policyText(after)) return
      const { name } = (after ?? before)!.metadata
      for (const store of [options.ingresses, options.claimants.missing])
        for (const item of store.by('namespace', name)) this.#forgetAbout(claimOf(item))
      this.#quotas.delete(name)
    })
    options.secrets.subscribe((before, after) => {
      if (before !== null && after !== null) return
      for (const object of certifiedBy((after ?? before)!)) this.#quotas.delete(object.slice(0, object.indexOf('/')))
    })
  }

  /** Where somebody asks for the wildcard above a host, all that the wildcard stands for; else who asks for the host. */
  rivalsOf(host: string): Neighbourhood {
    const { claimants } = this.#o
    const wildcard = wildcardOf(host)
    const wide = claimants.by('host', wildcard).length > 0
    const key = wide ? wildcard : host
    const known = this.#rivals.get(key)
    if (known !== undefined) return known
    const made = this.#made(claimants.by(wide ? 'parent' : 'host', key), [])
    this.#rivals.set(key, made)
    return made
  }

  /** Who counts against the quotas of a namespace; null if it has none. */
  quotaOf(name: string): Neighbourhood | null {
    const { claimants, namespaces, secrets, hasQuota } = this.#o
    if (!hasQuota(name, namespaces.get(name))) return null
    const known = this.#quotas.get(name)
    if (known !== undefined) return known
    const mine = claimants.by('namespace', name)
    // A load balancer counts for the namespace of its oldest Ingress, which may be another's.
    const units = new Set(mine.map((item) => claimOf(item).unit))
    const all = new Set([...units].flatMap((unit) => claimants.by('unit', unit)))
    const made = this.#made([...all], secrets.by('tenant', name).flatMap(certifiedBy))
    this.#quotas.set(name, made)
    return made
  }

  #made(ingresses: readonly Ingress[], certified: readonly string[]): Neighbourhood {
    const names = [...new Set(ingresses.map((item) => item.metadata.namespace ?? ''))]
    const namespaces = names.flatMap((name) => this.#o.namespaces.get(name) ?? [])
    const seen = new Set(namespaces.map((item) => item.metadata.name))
    return { ingresses, namespaces, unseen: names.filter((name) => !seen.has(name)), certified }
  }

  #forgetAbout({ hosts, namespace, unit }: Claim): void {
    for (const host of hosts) {
      this.#rivals.delete(host)
      this.#rivals.delete(wildcardOf(host))
    }
    this.#quotas.delete(namespace)
    for (const store of [this.#o.ingresses, this.#o.claimants.missing])
      for (const other of store.by('unit', unit)) this.#quotas.delete(other.metadata.namespace ?? '')
  }
}

/** Whether anything changed by which an Ingress bears on what others may have. Its own status, mostly, does not. */
export function bearsOnOthers(before: Ingress | null, after: Ingress | null): boolean {
  return before === null || after === null || stakeOf(before) !== stakeOf(after) || (isMarked(before) && !isMarked(after))
}

const stakes = new WeakMap<Ingress, string>()

function stakeOf(ingress: Ingress): string {
  const known = stakes.get(ingress)
  if (known !== undefined) return known
  const { hosts, served, serves, unit, age } = claimOf(ingress)
  const leaves = ingress.metadata.deletionTimestamp !== undefined
  const named = ingress.spec.ingressClassName ?? annotation(ingress, 'kubernetes.io/ingress.class') ?? null
  const wish = annotation(ingress, `${FAIRLEAD}certificate`) ?? null
  const text = canonicalJson([hosts, [...served].sort(), serves, unit, age, leaves && !isPausedBy(ingress), named, wish])
  stakes.set(ingress, text)
  return text
}

/** What of a Namespace bears on what its objects, and others, may have. */
export function policyText(namespace: Namespace | null): string | null {
  if (namespace === null) return null
  const { uid, annotations = {} } = namespace.metadata
  return canonicalJson([uid, Object.entries(annotations).filter(([key]) => key.startsWith(FAIRLEAD))])
}

/** The wildcard that covers a host, or that a wildcard is. */
export function wildcardOf(host: string): string {
  return `*.${host.slice(host.indexOf('.') + 1)}`
}

/** The object, as `namespace/name`, that a Secret of ours holds a certificate's key for. */
export function certifiedBy({ metadata }: Secret): readonly string[] {
  const key = /:certificate:([^:]+):/.exec(metadata.annotations?.[TAG_SLOT] ?? '')?.[1]
  return key === undefined ? [] : [key]
}

/** As `Neighbours` expects them. */
export const TENANCY_INDEXES = {
  host: (item: Ingress) => claimOf(item).hosts,
  parent: (item: Ingress) => [...new Set(claimOf(item).hosts.map(wildcardOf))],
  namespace: (item: Ingress) => [item.metadata.namespace ?? ''],
}
