import type { KubeObject } from '../shared/objects.ts'

/** One kind of Kubernetes resource, as its REST path needs it. `group` is '' for the core group. */
export type ResourceKind = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

export type Selection = { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string }
export type ListPage = {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  readonly continueToken: string | null
  readonly remaining: number | null
}
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ERROR'; readonly status: { readonly code: number; readonly reason: string; readonly message: string } }

export type ObjectName = { readonly namespace?: string; readonly name: string }
export type PatchKind = 'apply' | 'merge'

/**
 * The Kubernetes API as the runtime needs it: raw JSON in and out, no classes. Implemented over the real API by
 * `cluster/client.ts` and, for the simulated clock, by a stand-in; both pass one contract suite.
 * Every call rejects with KubernetesError.
 */
export type Kubernetes = {
  list(
    kind: ResourceKind,
    options: Selection & { readonly limit?: number; readonly continueToken?: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<ListPage>
  /** Ends when the server closes the stream; rejects on a broken one. Bookmarks are asked for. `timeoutSeconds` is the server's own end. */
  watch(
    kind: ResourceKind,
    options: Selection & { readonly resourceVersion: string; readonly timeoutSeconds: number },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>
  get(kind: ResourceKind, name: ObjectName, signal: AbortSignal): Promise<KubeObject>
  create(
    kind: ResourceKind,
    object: { readonly metadata: object; readonly [field: string]: unknown },
    signal: AbortSignal,
  ): Promise<KubeObject>
  /** `apply` is server-side apply with our field manager; `merge` is a JSON merge patch (put metadata.resourceVersion in it for a precondition). */
  patch(
    kind: ResourceKind,
    name: ObjectName,
    body: object,
    options: { readonly kind: PatchKind; readonly subresource?: 'status'; readonly force?: boolean },
    signal: AbortSignal,
  ): Promise<KubeObject>
  replace(kind: ResourceKind, name: ObjectName, body: object, signal: AbortSignal): Promise<KubeObject>
  delete(
    kind: ResourceKind,
    name: ObjectName,
    options: { readonly resourceVersion?: string; readonly uid?: string },
    signal: AbortSignal,
  ): Promise<void>
}

export const INGRESSES: ResourceKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
}
export const INGRESS_CLASSES: ResourceKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
}
export const SERVICES: ResourceKind = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true }
export const ENDPOINT_SLICES: ResourceKind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
}
export const NODES: ResourceKind = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }
export const NAMESPACES: ResourceKind = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
export const SECRETS: ResourceKind = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }
export const CONFIG_MAPS: ResourceKind = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }
export const LEASES: ResourceKind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}
export const EVENTS: ResourceKind = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true }
