import type { Kubernetes, ObjectName, ResourceKind } from '../cluster/kubernetes.ts'
import type { KubeObject } from '../shared/objects.ts'
import type { Audit, AuditedObject, DirectWrite } from './audit.ts'
import { lastChange } from './trim-object.ts'

/** What the store holds of an object; null if it is of a kind that is not watched, or not there. */
export type Lookup = (kind: string, key: string) => KubeObject | null

/** The Lease is renewed by the clock, and an Event is a message: neither is audited. */
const UNAUDITED: ReadonlySet<string> = new Set(['Lease', 'Event'])

/** The Kubernetes API with every write in the audit trail: as part of the change it is for, or by itself. */
export function auditedKubernetes(api: Kubernetes, audit: Audit, cluster: string, lookup: Lookup): Kubernetes {
  const around = <T>(kind: ResourceKind, write: () => DirectWrite, run: () => Promise<T>): Promise<T> =>
    UNAUDITED.has(kind.kind) ? run() : audit.direct(write, run)

  function writeOf(
    verb: 'create' | 'patch' | 'replace' | 'delete',
    kind: ResourceKind,
    { namespace = '', name }: ObjectName,
    body: object | null,
    part?: string,
  ): DirectWrite {
    const target = namespace === '' ? name : `${namespace}/${name}`
    const action = verb === 'create' || verb === 'delete' ? verb : 'update'
    const present = lookup(kind.kind, target)
    const what = `${kind.plural}${part === undefined ? '' : `/${part}`}`
    return {
      controller: 'runtime',
      change: `runtime:${action}:${kind.kind}:${target}${part === undefined ? '' : `:${part}`}`,
      action,
      type: `Kubernetes::${kind.kind}`,
      target,
      account: cluster,
      region: '',
      object: auditedObject({ kind: kind.kind, namespace, name }, present),
      reason: REASONS[part ?? kind.kind] ?? 'what Fairlead keeps in Kubernetes',
      before: body === null || present === null ? null : partOf(present, withoutSecrets(kind, body)),
      after: body === null ? null : withoutSecrets(kind, body),
      planned: [`${verb} ${what}`],
    }
  }

  return {
    list: (...args) => api.list(...args),
    watch: (...args) => api.watch(...args),
    get: (...args) => api.get(...args),
    create: (kind, object, signal) =>
      around(
        kind,
        () => writeOf('create', kind, object.metadata as ObjectName, object),
        () => api.create(kind, object, signal),
      ),
    patch: (kind, name, body, options, signal) =>
      around(
        kind,
        () => writeOf('patch', kind, name, body, options.subresource),
        () => api.patch(kind, name, body, options, signal),
      ),
    replace: (kind, name, body, signal) =>
      around(
        kind,
        () => writeOf('replace', kind, name, body),
        () => api.replace(kind, name, body, signal),
      ),
    delete: (kind, name, options, signal) =>
      around(
        kind,
        () => writeOf('delete', kind, name, null),
        () => api.delete(kind, name, options, signal),
      ),
  }
}

const REASONS: Readonly<Record<string, string>> = {
  status: 'where the load balancer is',
  Ingress: 'where it stands',
}

/** An object as the audit names it: with its UID, and who changed it last. */
export function auditedObject(
  name: { readonly kind: string; readonly namespace: string; readonly name: string },
  present: KubeObject | null,
): AuditedObject {
  const { kind, namespace } = name
  const changed = present === null ? null : lastChange(present)
  return {
    kind,
    namespace,
    name: name.name,
    uid: present?.metadata.uid ?? null,
    lastChange: changed === null ? null : { ...changed },
  }
}

/** Whatever a Secret holds is secret, whatever its keys are called. */
function withoutSecrets(kind: ResourceKind, body: object): Record<string, unknown> {
  if (kind.kind !== 'Secret') return { ...body }
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, key === 'data' || key === 'stringData' ? redacted(value) : value]),
  )
}

function redacted(data: unknown): unknown {
  return typeof data === 'object' && data !== null
    ? Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value === null ? null : '[redacted]']))
    : '[redacted]'
}

/** The fields of an object that a body names. */
function partOf(present: object, body: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      const there: unknown = Reflect.get(present, key)
      const nested = [there, value].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
      return [key, nested ? partOf(there as object, value as object) : (there ?? null)]
    }),
  )
}
