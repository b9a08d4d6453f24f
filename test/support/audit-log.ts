import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'

/** One request of a ServiceAccount, as the API server's audit log has it. */
export type AuditedRequest = {
  readonly auditID: string
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code: number }
  readonly annotations?: Readonly<Record<string, string>>
  readonly requestReceivedTimestamp?: string
}

/** Refusals that a test has brought about itself. */
export type WantedRefusals = {
  /** Verbs on resources that it took away, such as `list ingresses`. */
  readonly takenAway: readonly string[]
  /** When the API server was started anew: until it is ready it has not read what RBAC grants. In milliseconds. */
  readonly startedAnew: readonly { readonly from: number; readonly to: number }[]
}

/** Every request a ServiceAccount made so far, each once; a watch from the moment it was answered. */
export async function auditedRequests(
  auditLog: string,
  account: { readonly namespace: string; readonly name: string },
): Promise<readonly AuditedRequest[]> {
  const username = `system:serviceaccount:${account.namespace}:${account.name}`
  const lines = (await readFile(auditLog, 'utf8')).split('\n')
  // What stands behind the last newline is still being written.
  const requests = lines.slice(0, -1).map((line) => JSON.parse(line) as AuditedRequest)
  const mine = requests.filter((request) => request.user.username === username)
  return [...new Map(mine.map((request) => [request.auditID, request])).values()]
}

/** Requests that RBAC refused, one line each. */
export function forbidden(requests: readonly AuditedRequest[]): readonly string[] {
  return requests
    .filter((request) => request.responseStatus?.code === 403)
    .map((request) => `${request.verb} ${request.requestURI}`)
}

/**
 * Requests that RBAC refused, a line each. An answer of 403 may have other reasons: nothing is made in a namespace that is going.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/audit-annotations/#authorization-k8s-io-decision
 */
export function refusedByRbac(requests: readonly AuditedRequest[], wanted?: WantedRefusals): readonly string[] {
  const { takenAway = [], startedAnew = [] } = wanted ?? {}
  const at = ({ requestReceivedTimestamp: time }: AuditedRequest) => (time === undefined ? Number.NaN : Date.parse(time))
  return requests
    .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .filter(({ verb, objectRef }) => !takenAway.includes(`${verb} ${objectRef?.resource ?? ''}`))
    .filter((request) => !startedAnew.some(({ from, to }) => from <= at(request) && at(request) <= to))
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`)
}

const WRITE_VERBS: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection']

/** Requests that change something, one line each. */
export function writes(requests: readonly AuditedRequest[]): readonly string[] {
  return requests
    .filter((request) => WRITE_VERBS.includes(request.verb))
    .map((request) => `${request.verb} ${request.requestURI}`)
}

/** A verb on a resource, such as `patch networking.k8s.io/ingresses/status`; of a Role with ` in NAMESPACE` behind it. */
export function usedPermissions(requests: readonly AuditedRequest[]): ReadonlySet<string> {
  const used = requests.flatMap(({ verb, objectRef }) => {
    if (objectRef === undefined) return []
    const { apiGroup, resource, subresource, namespace } = objectRef
    const anywhere = `${verb} ${apiGroup === undefined ? '' : `${apiGroup}/`}${resource}${subresource ? `/${subresource}` : ''}`
    return namespace === undefined ? [anywhere] : [anywhere, `${anywhere} in ${namespace}`]
  })
  return new Set(used)
}

/** What a file of ClusterRoles and Roles grants, in the words of `usedPermissions`. */
export function grantedPermissions(manifests: string): readonly string[] {
  type Role = {
    readonly kind: string
    readonly metadata: { readonly namespace?: string }
    readonly rules?: readonly {
      readonly apiGroups: readonly string[]
      readonly resources: readonly string[]
      readonly verbs: readonly string[]
    }[]
  }
  const roles = parseAllDocuments(manifests).map((document) => document.toJS() as Role)
  const granted = roles
    .filter((role) => role.kind === 'ClusterRole' || role.kind === 'Role')
    .flatMap(({ kind, metadata, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map(
              (verb) =>
                `${verb} ${group === '' ? '' : `${group}/`}${resource}${kind === 'Role' ? ` in ${metadata.namespace}` : ''}`,
            ),
          ),
        ),
      ),
    )
  return [...new Set(granted)].sort()
}
