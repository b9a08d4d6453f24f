import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { INGRESS_CONTROLLER } from '../shared/annotations.ts'
import { hashOf } from '../shared/names.ts'
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

/** A manifest file that is not YAML, or not Kubernetes objects. */
export class ManifestError extends Error {
  readonly code = 'MANIFEST_INVALID'
}

/** Reads plain manifests from a file or all `.yaml`, `.yml` and `.json` files below a folder, as the cluster would hold them. */
export function readManifests(path: string): ClusterView {
  const objects = filesAt(path).flatMap(objectsIn)
  return viewOf(objects)
}

function filesAt(path: string): readonly string[] {
  let isFolder: boolean
  try {
    isFolder = statSync(path).isDirectory()
  } catch (cause) {
    throw new ManifestError(`${path} cannot be read`, { cause })
  }
  if (!isFolder) return [path]
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .flatMap((child) => (statSync(child).isDirectory() || /\.(ya?ml|json)$/.test(child) ? filesAt(child) : []))
}

function objectsIn(file: string): readonly KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const [error] = document.errors
    if (error) throw new ManifestError(`${file}: ${error.message.split('\n')[0]}`)
    const value: unknown = document.toJS()
    if (value === null || value === undefined) return []
    if (typeof value !== 'object' || !('kind' in value))
      throw new ManifestError(`${file}: a document has no kind; expected a Kubernetes object`)
    const items = 'items' in value && Array.isArray(value.items) ? value.items : [value]
    return items.map((item: unknown) => asStored(item as KubeObject, file))
  })
}

/** What the API server would have added. The uid only has to be stable. */
function asStored(item: KubeObject, file: string): KubeObject {
  const { metadata, kind } = item
  if (typeof metadata?.name !== 'string') throw new ManifestError(`${file}: a ${kind} has no metadata.name`)
  const clusterWide = ['Namespace', 'Node', 'IngressClass', 'ClusterRole', 'ClusterRoleBinding'].includes(kind)
  const namespace = clusterWide ? {} : { namespace: metadata.namespace ?? 'default' }
  const made = {
    uid: hashOf(kind, metadata.namespace ?? '', metadata.name).slice(0, 36),
    resourceVersion: '0',
    creationTimestamp: '1970-01-01T00:00:00Z',
  }
  return { ...item, metadata: { ...made, ...metadata, ...namespace } }
}

function viewOf(objects: readonly KubeObject[]): ClusterView {
  const ofKind = <T extends KubeObject>(kind: string) => objects.filter((item) => item.kind === kind) as unknown as readonly T[]
  const ingresses = ofKind<Ingress>('Ingress')
  const classes = ofKind<IngressClass>('IngressClass')
  const withOurs = classes.some((item) => item.metadata.name === 'fairlead') ? classes : [...classes, installedClass()]
  return {
    ingresses,
    ingressClasses: withOurs,
    services: ofKind<Service>('Service'),
    endpointSlices: ofKind<EndpointSlice>('EndpointSlice'),
    nodes: ofKind<Node>('Node'),
    namespaces: ofKind<Namespace>('Namespace'),
    secrets: ofKind<Secret>('Secret'),
  }
}

/** The IngressClass that an installation brings, so that a plan of the application's own files needs no copy of it. */
function installedClass(): IngressClass {
  const metadata = { name: 'fairlead', uid: 'fairlead', resourceVersion: '0', creationTimestamp: '1970-01-01T00:00:00Z' }
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata, spec: { controller: INGRESS_CONTROLLER } }
}
