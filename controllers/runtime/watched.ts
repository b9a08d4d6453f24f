import {
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  INGRESS_CLASSES,
  INGRESSES,
  type Kubernetes,
  NAMESPACES,
  NODES,
  type ResourceKind,
  SECRETS,
  SERVICES,
  type Selection,
} from '../cluster/kubernetes.ts'
import { CONTROL_NAME, type ConfigMap } from '../shared/control.ts'
import { isMarked, isOurClass, unitOf } from '../shared/members.ts'
import { canonicalJson } from '../shared/names.ts'
import type {
  ClusterView,
  EndpointSlice,
  Ingress,
  IngressClass,
  KubeObject,
  Namespace,
  Node,
  Secret,
  Service,
} from '../shared/objects.ts'
import { objectKey } from '../shared/objects.ts'
import { claimOf } from '../shared/tenancy-claims.ts'
import { unitKey } from '../shared/unit.ts'
import { Claimants } from './claimants.ts'
import type { Clock } from './clock.ts'
import { bearsOnOthers, certifiedBy, Neighbours, policyText, TENANCY_INDEXES, wildcardOf } from './neighbours.ts'
import { Reflector } from './reflector.ts'
import { Store } from './store.ts'
import { serviceOfSlice, servicesOf, unitOfSecret } from './watched-indexes.ts'

/** The label on the Secrets that hold Fairlead's own state. */
export const OWN_SECRETS = 'fairlead.dev/certificate=true'
/** How long after something was given up the others of a namespace with a quota are looked at. */
const ROOM_MS = 1_000

export type WatchedOptions = {
  readonly api: Kubernetes
  readonly clock: Clock
  readonly random: () => number
  readonly ownNamespace: string
  readonly onProblem: (problem: unknown) => void
  /** Whether anything of a namespace is limited in number. */
  readonly hasQuota?: (name: string, namespace: Namespace | null) => boolean
  /** Told of a list or watch of one kind that failed, and of every answer about a kind. */
  readonly onUnreadable?: (kind: string, problem: unknown) => void
  readonly onReadable?: (kind: string) => void
}

/** Everything Fairlead reads from Kubernetes: a store per kind, kept by reflectors, and which units an event touches. */
export class Watched {
  readonly ingresses: Store<Ingress>
  readonly ingressClasses: Store<IngressClass>
  readonly services: Store<Service>
  readonly endpointSlices: Store<EndpointSlice>
  readonly nodes: Store<Node>
  readonly namespaces: Store<Namespace>
  readonly secrets: Store<Secret>
  /** The one ConfigMap in our own namespace with which operators stop writes. */
  readonly controls: Store<ConfigMap>
  readonly reflectors: readonly Reflector<KubeObject>[]
  readonly claimants: Claimants
  readonly neighbours: Neighbours

  readonly #clock: Clock
  readonly #hasQuota: (name: string, namespace: Namespace | null) => boolean
  readonly #problems = new Set<(problem: unknown) => void>()
  readonly #touched = new Set<(unit: string) => void>()

  constructor(options: WatchedOptions) {
    this.#problems.add(options.onProblem)
    const onError = (problem: unknown) => {
      for (const told of this.#problems) told(problem)
    }
    const indexes = { unit: (item: Ingress) => [unitKey(unitOf(item))], ...TENANCY_INDEXES }
    this.ingresses = new Store<Ingress>({ onError, indexes: { ...indexes, service: servicesOf } })
    this.ingressClasses = new Store<IngressClass>({ onError })
    this.services = new Store<Service>({ onError })
    this.endpointSlices = new Store<EndpointSlice>({ onError, indexes: { service: (item) => [serviceOfSlice(item)] } })
    this.nodes = new Store<Node>({ onError })
    this.namespaces = new Store<Namespace>({ onError })
    this.secrets = new Store<Secret>({
      onError,
      indexes: {
        unit: (item) => unitOfSecret(item),
        tenant: (item) => certifiedBy(item).map((key) => key.slice(0, key.indexOf('/'))),
      },
    })
    this.controls = new Store<ConfigMap>({ onError })
    this.#clock = options.clock
    this.#hasQuota = options.hasQuota ?? (() => false)
    // Before anybody who reads them is told of an event.
    this.claimants = new Claimants({ ...this.#stores(), indexes })
    this.neighbours = new Neighbours({ ...this.#stores(), claimants: this.claimants, hasQuota: this.#hasQuota })
    const reflector = <T extends KubeObject>(kind: ResourceKind, store: Store<T>, selection: Selection = {}) =>
      new Reflector<T>({
        api: options.api,
        kind,
        store,
        selection,
        clock: options.clock,
        random: options.random,
        onProblem: (problem) => {
          options.onUnreadable?.(kind.plural, problem)
          onError(problem)
        },
        onContact: () => options.onReadable?.(kind.plural),
      })
    this.reflectors = [
      reflector(INGRESSES, this.ingresses),
      reflector(INGRESS_CLASSES, this.ingressClasses),
      reflector(SERVICES, this.services),
      reflector(ENDPOINT_SLICES, this.endpointSlices),
      reflector(NODES, this.nodes),
      reflector(NAMESPACES, this.namespaces),
      reflector(SECRETS, this.secrets, { namespace: options.ownNamespace, labelSelector: OWN_SECRETS }),
      reflector(CONFIG_MAPS, this.controls, {
        namespace: options.ownNamespace,
        fieldSelector: `metadata.name=${CONTROL_NAME}`,
      }),
    ] as unknown as readonly Reflector<KubeObject>[]
  }

  /** Calls back with every list or watch that failed. */
  onProblem(told: (problem: unknown) => void): void {
    this.#problems.add(told)
  }

  /** Starts the reflectors; resolves when all stores hold their first complete list. */
  async start(signal: AbortSignal): Promise<void> {
    for (const one of this.reflectors) void one.run(signal)
    await Promise.all(this.reflectors.map((one) => one.synced))
  }

  /** Everything planners may read for one unit. */
  view(key: string): ClusterView {
    const ingresses = this.ingresses.by('unit', key)
    const names = new Set(ingresses.flatMap(servicesOf))
    const namespaces = [...new Set(ingresses.map((item) => item.metadata.namespace ?? ''))]
    const hosts = new Set(ingresses.flatMap((item) => claimOf(item).hosts))
    return {
      ingresses,
      ingressClasses: this.ingressClasses.list(),
      services: [...names].flatMap((name) => this.services.get(name) ?? []),
      endpointSlices: [...names].flatMap((name) => this.endpointSlices.by('service', name)),
      nodes: this.nodes.list(),
      namespaces: namespaces.flatMap((name) => this.namespaces.get(name) ?? []),
      secrets: this.secrets.by('unit', key),
      rivals: Object.fromEntries([...hosts].map((host) => [host, this.neighbours.rivalsOf(host)])),
      quotas: Object.fromEntries(
        namespaces.flatMap((name) => {
          const counted = this.neighbours.quotaOf(name)
          return counted === null ? [] : [[name, counted]]
        }),
      ),
      unseenNamespaces: namespaces.filter((name) => this.namespaces.get(name) === null),
    }
  }

  /** The units that an Ingress of ours (by class, by our finalizer, by what we wrote on it) or a Secret of ours belongs to. */
  units(): readonly string[] {
    return [
      ...new Set([
        ...this.ingresses
          .list()
          .filter((item) => this.#concerns(item))
          .map((item) => unitKey(unitOf(item))),
        ...this.secrets.list().flatMap(unitOfSecret),
      ]),
    ]
  }

  /** Calls back with every unit whose plan an event may change. Returns the end of the subscription. */
  onTouched(touched: (unit: string) => void): () => void {
    const all = () => this.units().forEach(touched)
    const crowded = new Map<string, () => void>()
    // What one gives up another of the namespace may get; whoever deletes many at once is waited for.
    const roomIn = (name: string) => {
      if (crowded.has(name) || !this.#hasQuota(name, this.namespaces.get(name))) return
      const due = () => {
        crowded.delete(name)
        for (const item of this.ingresses.by('namespace', name)) if (this.#concerns(item)) touched(unitKey(unitOf(item)))
      }
      crowded.set(name, this.#clock.after(ROOM_MS, due))
    }
    const ends = [
      this.ingresses.subscribe((before, after) => {
        const spreads = bearsOnOthers(before, after)
        for (const item of [before, after]) {
          if (item === null || !this.#concerns(item)) continue
          if (spreads) this.#touchedByHosts(item, touched)
          else touched(unitKey(unitOf(item)))
        }
        if (spreads && before !== null) roomIn(before.metadata.namespace ?? '')
      }),
      this.claimants.missing.subscribe((before, after) => {
        if (after === null) this.#touchedByHosts(before!, touched)
      }),
      this.namespaces.subscribe((before, after) => {
        if (policyText(before) === policyText(after)) return
        for (const item of this.ingresses.by('namespace', (after ?? before)!.metadata.name))
          if (this.#concerns(item)) this.#touchedByHosts(item, touched)
      }),
      this.secrets.subscribe((before, after) => {
        for (const unit of unitOfSecret(after ?? before!)) touched(unit)
      }),
      this.services.subscribe((before, after) => this.#touchedBy(objectKey((after ?? before!).metadata), touched)),
      this.endpointSlices.subscribe((before, after) => this.#touchedBy(serviceOfSlice(after ?? before!), touched)),
      this.ingressClasses.subscribe(all),
      this.nodes.subscribe((before, after) => {
        if (before === null || after === null || relevant(before) !== relevant(after)) all()
      }),
    ]
    this.#touched.add(touched)
    return () => {
      this.#touched.delete(touched)
      for (const end of ends) end()
      for (const cancel of crowded.values()) cancel()
    }
  }

  /** Has a unit planned again, though no object of it changed. */
  touch(unit: string): void {
    for (const touched of [...this.#touched]) touched(unit)
  }

  touchIngress(ingress: Ingress): void {
    if (this.#concerns(ingress)) this.touch(unitKey(unitOf(ingress)))
  }

  /** An object as it was last seen, or null: of the kinds that Fairlead writes. */
  stored(kind: string, key: string): KubeObject | null {
    const stores: Readonly<Record<string, Pick<Store<KubeObject>, 'get'>>> = {
      Ingress: this.ingresses,
      Secret: this.secrets,
      Namespace: this.namespaces,
      ConfigMap: this.controls,
    }
    return stores[kind]?.get(key) ?? null
  }

  isOurs(ingress: Ingress): boolean {
    return isOurClass(ingress, this.ingressClasses.list())
  }

  #stores() {
    const { ingresses, ingressClasses, namespaces, secrets } = this
    return { ingresses, ingressClasses, namespaces, secrets }
  }

  /** Its own unit, and those that want one of its hosts too, or what overlaps it: what one lets go, another may get. */
  #touchedByHosts(ingress: Ingress, touched: (unit: string) => void): void {
    touched(unitKey(unitOf(ingress)))
    for (const host of claimOf(ingress).hosts) {
      const wildcard = wildcardOf(host)
      const near = host === wildcard ? this.ingresses.by('parent', host) : this.ingresses.by('host', host)
      for (const other of [...near, ...this.ingresses.by('host', wildcard)])
        if (this.#concerns(other)) touched(unitKey(unitOf(other)))
    }
  }

  /** Ingresses of other controllers cost nothing and hear nothing of us. */
  #concerns(ingress: Ingress): boolean {
    return isOurClass(ingress, this.ingressClasses.list()) || isMarked(ingress)
  }

  #touchedBy(service: string, touched: (unit: string) => void): void {
    for (const ingress of this.ingresses.by('service', service)) if (this.#concerns(ingress)) touched(unitKey(unitOf(ingress)))
  }
}

/** What of a node can change a target: everything else (heartbeats, images, usage) touches no unit. */
function relevant(node: Node): string {
  const ready = node.status?.conditions?.find((item) => item.type === 'Ready')?.status
  return canonicalJson({ spec: node.spec, labels: node.metadata.labels, addresses: node.status?.addresses, ready })
}
