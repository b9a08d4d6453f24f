import type { Kubernetes, ResourceKind } from './kubernetes.ts'

export const TOKEN_REVIEWS: ResourceKind = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
}
export const SUBJECT_ACCESS_REVIEWS: ResourceKind = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
}

/** Whether a kind is a question in the form of an object: nothing is kept of it, so it is no write, and a standby may ask too. */
export function isReview(kind: ResourceKind): boolean {
  return kind === TOKEN_REVIEWS || kind === SUBJECT_ACCESS_REVIEWS
}

/** A user as the API server knows it. */
export type KubernetesUser = {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/**
 * Who a token is of, if it was made for one of the audiences; null if it is nobody's.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
 */
export async function reviewToken(
  api: Pick<Kubernetes, 'create'>,
  { token, audiences }: { readonly token: string; readonly audiences: readonly string[] },
  signal: AbortSignal,
): Promise<KubernetesUser | null> {
  const answer = (await api.create(TOKEN_REVIEWS, { metadata: {}, spec: { token, audiences } }, signal)) as unknown as {
    readonly status?: {
      readonly authenticated?: unknown
      readonly audiences?: unknown
      readonly user?: { readonly username?: unknown; readonly uid?: unknown; readonly groups?: unknown; readonly extra?: unknown }
    }
  }
  const { authenticated, audiences: found, user } = answer.status ?? {}
  if (authenticated !== true || typeof user?.username !== 'string' || user.username === '') return null
  // A server that does not know audiences answers without them: then nobody has checked what the token was made for.
  if (!Array.isArray(found) || !found.some((audience) => audiences.includes(String(audience)))) return null
  return {
    username: user.username,
    uid: typeof user.uid === 'string' ? user.uid : '',
    groups: Array.isArray(user.groups) ? user.groups.map(String) : [],
    extra: Object(user.extra) === user.extra ? (user.extra as KubernetesUser['extra']) : {},
  }
}

/** What is to be done: to an object or to all of a namespace ('' : of every one), or at a path that is no resource. */
export type Access =
  | {
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly namespace: string
      readonly name?: string
    }
  | { readonly verb: string; readonly path: string }

/** Whether a user may do that. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/ */
export async function reviewAccess(
  api: Pick<Kubernetes, 'create'>,
  { user, access }: { readonly user: KubernetesUser; readonly access: Access },
  signal: AbortSignal,
): Promise<boolean> {
  const { username, uid, groups, extra } = user
  const what = 'path' in access ? { nonResourceAttributes: access } : { resourceAttributes: access }
  const spec = { user: username, uid, groups, extra, ...what }
  const answer = (await api.create(SUBJECT_ACCESS_REVIEWS, { metadata: {}, spec }, signal)) as unknown as {
    readonly status?: { readonly allowed?: unknown; readonly denied?: unknown }
  }
  return answer.status?.allowed === true && answer.status.denied !== true
}
