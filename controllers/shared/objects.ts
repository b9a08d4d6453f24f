/**
 * The Kubernetes objects we read, as the API server's JSON has them (times are strings, never `Date`).
 * Only the fields we use are typed; the store keeps the objects whole but for managedFields.
 */
export type Meta = {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
}

export type KubeObject = { readonly apiVersion: string; readonly kind: string; readonly metadata: Meta }

export type IngressBackend = {
  readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } }
  readonly resource?: { readonly kind: string; readonly name: string }
}
export type IngressPath = {
  readonly path?: string
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly backend: IngressBackend
}
export type Ingress = KubeObject & {
  readonly kind: 'Ingress'
  readonly spec: {
    readonly ingressClassName?: string
    readonly defaultBackend?: IngressBackend
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
    readonly rules?: readonly { readonly host?: string; readonly http?: { readonly paths: readonly IngressPath[] } }[]
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[] }
  }
}

export type IngressClass = KubeObject & {
  readonly kind: 'IngressClass'
  readonly spec?: {
    readonly controller?: string
    readonly parameters?: { readonly kind: string; readonly name: string; readonly namespace?: string }
  }
}

export type ServicePort = {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly nodePort?: number
  readonly protocol?: string
  readonly appProtocol?: string
}
export type Service = KubeObject & {
  readonly kind: 'Service'
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly externalName?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
  }
}

export type EndpointSlice = KubeObject & {
  readonly kind: 'EndpointSlice'
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: {
          readonly ready?: boolean | null
          readonly serving?: boolean | null
          readonly terminating?: boolean | null
        }
        readonly nodeName?: string
        readonly zone?: string
        readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string }
      }[]
    | null
}

export type Node = KubeObject & {
  readonly kind: 'Node'
  readonly spec?: {
    readonly providerID?: string
    readonly unschedulable?: boolean
    readonly taints?: readonly { readonly key: string; readonly effect: string }[]
  }
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

export type Namespace = KubeObject & { readonly kind: 'Namespace' }

/** `data` values are base64, as the API has them. */
export type Secret = KubeObject & {
  readonly kind: 'Secret'
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
}

/** Everything of Kubernetes that planners may read for one unit. Absent lists are empty, never undefined. */
export type ClusterView = {
  readonly ingresses: readonly Ingress[]
  readonly ingressClasses: readonly IngressClass[]
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly nodes: readonly Node[]
  readonly namespaces: readonly Namespace[]
  /** Only our own, from our own namespace. */
  readonly secrets: readonly Secret[]
  /** By host that the unit's objects name: everybody who bears on whose it is. Without it, those in the view are all there are. */
  readonly rivals?: Readonly<Record<string, Neighbourhood>>
  /** By namespace of the unit's objects, if it has a quota: everybody who counts against it. */
  readonly quotas?: Readonly<Record<string, Neighbourhood>>
  /** Namespaces of the unit's objects that were not seen yet. */
  readonly unseenNamespaces?: readonly string[]
}

/** Objects that bear on one decision. The very same value as long as nothing in it changed, so that the decision is made once. */
export type Neighbourhood = {
  /** Live Ingresses of our classes, and others that still count, see `Claimants`. */
  readonly ingresses: readonly Ingress[]
  /** Theirs, as far as seen. */
  readonly namespaces: readonly Namespace[]
  /** Names of theirs that were not seen yet. */
  readonly unseen: readonly string[]
  /** Those of the objects, as `namespace/name`, for which there is a Secret of ours with a certificate's key. */
  readonly certified: readonly string[]
}

/** The key Kubernetes users write: `namespace/name`. */
export function objectKey(meta: { readonly namespace?: string; readonly name: string }): string {
  return meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`
}
