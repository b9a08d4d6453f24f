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
import { FINALIZER, READY_ANNOTATION } from '../shared/annotations.ts'
import { CONTROL_NAME, type ConfigMap } from '../shared/control.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import { canonicalJson, slotUnit, TAG_SLOT } from '../shared/names.ts'
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
import { unitKey } from '../shared/unit.ts'
import type { Clock } from './clock.ts'
import { Reflector } from './reflector.ts'
import { Store } from './store.ts'

/** The label on the Secrets that hold Fairlead's own state. */
export const OWN_SECRETS = 'fairlead.dev/certificate=true'

export type WatchedOptions = {
  readonly api: Kubernetes
  readonly clock: Clock
  readonly random: () => number
  readonly ownNamespace: string
  readonly onProblem: (problem: unknown) => void
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

  readonly #problems = new Set<(problem: unknown) => void>()
  readonly #touched = new Set<(unit: string) => void>()

  constructor(options: WatchedOptions) {
    this.#problems.add(options.onProblem)
    const onError = (problem: unknown) => {
      for (const told of this.#problems) told(problem)
    }
    this.ingresses = new Store<Ingress>({
      onError,
      indexes: { unit: (item) => [unitKey(unitOf(item))], service: servicesOf, host: hostsOf },
    })
    this.ingressClasses = new Store<IngressClass>({ onError })
    this.services = new Store<Service>({ onError })
    this.endpointSlices = new Store<EndpointSlice>({ onError, indexes: { service: (item) => [serviceOfSlice(item)] } })
    this.nodes = new Store<Node>({ onError })
    this.namespaces = new Store<Namespace>({ onError })
    this.secrets = new Store<Secret>({ onError, indexes: { unit: (item) => unitOfSecret(item) } })
    this.controls = new Store<ConfigMap>({ onError })
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
    const namespaces = new Set(ingresses.map((item) => item.metadata.namespace ?? ''))
    return {
      ingresses,
      ingressClasses: this.ingressClasses.list(),
      services: [...names].flatMap((name) => this.services.get(name) ?? []),
      endpointSlices: [...names].flatMap((name) => this.endpointSlices.by('service', name)),
      nodes: this.nodes.list(),
      namespaces: [...namespaces].flatMap((name) => this.namespaces.get(name) ?? []),
      secrets: this.secrets.by('unit', key),
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
    const ends = [
      this.ingresses.subscribe((before, after) => {
        for (const item of [before, after]) if (item !== null && this.#concerns(item)) this.#touchedByHosts(item, touched)
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

  /** Its own unit, and those that want one of its hosts too: what one lets go, another may get. */
  #touchedByHosts(ingress: Ingress, touched: (unit: string) => void): void {
    touched(unitKey(unitOf(ingress)))
    for (const host of hostsOf(ingress))
      for (const other of this.ingresses.by('host', host)) if (this.#concerns(other)) touched(unitKey(unitOf(other)))
  }

  /** Ingresses of other controllers cost nothing and hear nothing of us. */
  #concerns(ingress: Ingress): boolean {
    const { finalizers, annotations } = ingress.metadata
    return (
      isOurClass(ingress, this.ingressClasses.list()) ||
      finalizers?.includes(FINALIZER) === true ||
      annotations?.[READY_ANNOTATION] !== undefined
    )
  }

  #touchedBy(service: string, touched: (unit: string) => void): void {
    for (const ingress of this.ingresses.by('service', service)) if (this.#concerns(ingress)) touched(unitKey(unitOf(ingress)))
  }
}

function hostsOf(ingress: Ingress): readonly string[] {
  const { rules = [], tls = [] } = ingress.spec
  return [
    ...new Set(
      [...rules.map((rule) => rule.host), ...tls.flatMap((entry) => entry.hosts ?? [])].flatMap(
        (host) => host?.toLowerCase() ?? [],
      ),
    ),
  ]
}

function servicesOf(ingress: Ingress): readonly string[] {
  const { rules = [], defaultBackend } = ingress.spec
  const backends = [defaultBackend, ...rules.flatMap((rule) => rule.http?.paths.map((path) => path.backend) ?? [])]
  const names = backends.flatMap((backend) => backend?.service?.name ?? [])
  return [...new Set(names)].map((name) => `${ingress.metadata.namespace}/${name}`)
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesioservice-name */
function serviceOfSlice(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
}

function unitOfSecret(secret: Secret): readonly string[] {
  const unit = slotUnit(secret.metadata.annotations?.[TAG_SLOT] ?? '')
  return unit === null ? [] : [unit]
}

/** What of a node can change a target: everything else (heartbeats, images, usage) touches no unit. */
function relevant(node: Node): string {
  const ready = node.status?.conditions?.find((item) => item.type === 'Ready')?.status
  return canonicalJson({ spec: node.spec, labels: node.metadata.labels, addresses: node.status?.addresses, ready })
}
