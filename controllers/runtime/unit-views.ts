import type { ClusterView } from '../shared/objects.ts'
import { claimOf } from '../shared/tenancy-claims.ts'
import type { Watched } from './watched.ts'
import { servicesOf } from './watched-indexes.ts'

/** As many as are worked on side by side, and some. */
const MOST_KEPT = 64

/**
 * What planners read of each unit. One pass asks several times, and many units are looked at while nothing changes: until anything does, a
 * unit's view is the same value, so that what follows from it is worked out once.
 */
export class UnitViews {
  readonly #watched: Watched
  readonly #kept = new Map<string, ClusterView>()

  /** Subscribes before anybody who is told of units, so that none of them reads what was. */
  constructor(watched: Watched) {
    this.#watched = watched
    const forget = () => this.#kept.clear()
    const { ingresses, ingressClasses, services, endpointSlices, nodes, namespaces, secrets, claimants } = watched
    for (const store of [ingresses, ingressClasses, services, endpointSlices, nodes, namespaces, secrets, claimants.missing])
      store.subscribe(forget)
  }

  of(key: string): ClusterView {
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    const made = this.#made(key)
    this.#kept.set(key, made)
    return made
  }

  #made(key: string): ClusterView {
    const { neighbours, ...stores } = this.#watched
    const ingresses = stores.ingresses.by('unit', key)
    const names = new Set(ingresses.flatMap(servicesOf))
    const namespaces = [...new Set(ingresses.map((item) => item.metadata.namespace ?? ''))]
    const hosts = new Set(ingresses.flatMap((item) => claimOf(item).hosts))
    return {
      ingresses,
      ingressClasses: stores.ingressClasses.list(),
      services: [...names].flatMap((name) => stores.services.get(name) ?? []),
      endpointSlices: [...names].flatMap((name) => stores.endpointSlices.by('service', name)),
      nodes: stores.nodes.list(),
      namespaces: namespaces.flatMap((name) => stores.namespaces.get(name) ?? []),
      secrets: stores.secrets.by('unit', key),
      rivals: Object.fromEntries([...hosts].map((host) => [host, neighbours.rivalsOf(host)])),
      quotas: Object.fromEntries(
        namespaces.flatMap((name) => {
          const counted = neighbours.quotaOf(name)
          return counted === null ? [] : [[name, counted]]
        }),
      ),
      unseenNamespaces: namespaces.filter((name) => stores.namespaces.get(name) === null),
    }
  }
}
