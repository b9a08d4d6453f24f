import { isMarked, isOurClass } from '../shared/members.ts'
import { type Ingress, type IngressClass, type Namespace, objectKey } from '../shared/objects.ts'
import { beforeDeletion, isPausedBy } from '../shared/pause.ts'
import { Store, type StoreIndexes } from './store.ts'

export type ClaimantsOptions = {
  readonly ingresses: Store<Ingress>
  readonly ingressClasses: Store<IngressClass>
  readonly namespaces: Store<Namespace>
  /** The indexes of `ingresses` by which they are asked for. */
  readonly indexes: StoreIndexes<Ingress>
}

const MOST_MISSING = 20_000

/**
 * Who counts as wanting its hosts. Everybody who is live; and whoever is about to lose what it has, as long as that may not be
 * removed or is not removed yet: who is deleted while it is paused, who carries our mark and a class that is not ours any more, and who
 * a list does not show any more without anybody having seen it being deleted. Otherwise others would get in by the back door
 * what nobody may take away at the front.
 */
export class Claimants {
  /** Marked as ours, and not listed any more: what is not back, and was neither seen being deleted nor let go. Of a start nobody is missing. */
  readonly missing: Store<Ingress>
  readonly #o: ClaimantsOptions

  constructor(options: ClaimantsOptions) {
    this.#o = options
    const { ingresses, namespaces, indexes } = options
    this.missing = new Store<Ingress>({ indexes })
    ingresses.subscribe((before, after, cause) => {
      if (after !== null) this.letGo(objectKey(after.metadata))
      else if (before !== null && cause === 'relist' && isMarked(before) && !isDeleted(before) && !this.#isEnding(before))
        this.#miss(before)
    })
    namespaces.subscribe((before, after, cause) => {
      if (after === null ? cause === 'relist' && !isDeleted(before) : !isDeleted(after)) return
      for (const item of this.missing.by('namespace', (after ?? before)!.metadata.name)) this.letGo(objectKey(item.metadata))
    })
  }

  /** Those that an index files under a key, as they are planned. */
  by(index: string, key: string): readonly Ingress[] {
    const classes = this.#o.ingressClasses.list()
    const there = this.#o.ingresses.by(index, key).filter((item) => this.#counts(item, classes))
    return [...there, ...this.missing.by(index, key)].map((item) => this.planned(item))
  }

  /** An Ingress as it is planned. */
  planned(ingress: Ingress): Ingress {
    return isDeleted(ingress) && this.isPaused(ingress) ? beforeDeletion(ingress) : ingress
  }

  isPaused(ingress: Ingress): boolean {
    return isPausedBy(ingress) || isPausedBy(this.#namespaceOf(ingress))
  }

  /** Who is missing is so no more: it is back, or what it had is not kept for it any longer. */
  letGo(key: string): void {
    const there = this.missing.get(key)
    if (there !== null) this.missing.apply('DELETED', there)
  }

  #miss(ingress: Ingress): void {
    this.missing.apply('ADDED', ingress)
    const [oldest] = this.missing.size > MOST_MISSING ? this.missing.list() : []
    if (oldest !== undefined) this.letGo(objectKey(oldest.metadata))
  }

  #counts(ingress: Ingress, classes: readonly IngressClass[]): boolean {
    if (isDeleted(ingress) && !this.isPaused(ingress)) return false
    return isMarked(ingress) || isOurClass(ingress, classes)
  }

  #isEnding(ingress: Ingress): boolean {
    return isDeleted(this.#namespaceOf(ingress))
  }

  #namespaceOf({ metadata }: Ingress): Namespace | null {
    return this.#o.namespaces.get(metadata.namespace ?? '')
  }
}

function isDeleted(object: Ingress | Namespace | null): boolean {
  return object?.metadata.deletionTimestamp !== undefined
}
