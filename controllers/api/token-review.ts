import type { Kubernetes } from '../cluster/kubernetes.ts'
import { type Access, type KubernetesUser, reviewAccess, reviewToken } from '../cluster/reviews.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Sensitive } from '../shared/sensitive.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { Caller, Wanted } from './caller.ts'
import { Problem } from './problem.ts'
import { tokenHash } from './token-hash.ts'
import { whyRefused } from './why-refused.ts'

export type TokenReviewOptions = {
  readonly api: Pick<Kubernetes, 'create'>
  readonly clock: Clock
  readonly audiences: readonly string[]
  readonly cacheSeconds: number
  /** Told why the API server could not be asked. */
  readonly onProblem: (problem: unknown) => void
}

const INGRESSES = { group: 'networking.k8s.io', resource: 'ingresses' } as const
const MOST_KEPT = 1_000

/** Callers by tokens of the cluster. Who they are and what they may see, the API server says: it asks its own RBAC. */
export function tokenReviewCallers(options: TokenReviewOptions): (token: Sensitive<string>) => Promise<Caller> {
  const { api, clock, audiences, cacheSeconds, onProblem } = options
  const kept = { clock, ttlMs: cacheSeconds * 1000, most: MOST_KEPT }
  const users = new BoundedCache<KubernetesUser | null>(kept)
  const rights = new BoundedCache<boolean>(kept)
  const { signal } = new AbortController()

  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (cause) {
      onProblem(cause)
      throw new Problem('cannot_authenticate', 'The API server cannot be asked about the token now', {
        headers: { 'retry-after': '5' },
        cause,
      })
    }
  }

  return async (token) => {
    // The token itself is not kept anywhere.
    const hash = tokenHash(token).toString('base64')
    const user = await asked(() => users.get(hash, () => reviewToken(api, { token: token.reveal(), audiences }, signal)))
    if (user === null) throw whyRefused(token, audiences, clock.now())
    const may = (access: Access) =>
      asked(() => rights.get(`${hash} ${JSON.stringify(access)}`, () => reviewAccess(api, { user, access }, signal)))
    return {
      name: user.username,
      may: (wanted) => may(accessOf(wanted)),
      namespaces: async () => ((await may({ ...INGRESSES, verb: 'list', namespace: '' })) ? 'all' : []),
    }
  }
}

/** Who may get an Ingress may see where it stands. Metrics are a path, as controller-runtime and kube-rbac-proxy have it. */
function accessOf(wanted: Wanted): Access {
  if (wanted.what === 'metrics') return { verb: 'get', path: '/metrics' }
  const { namespace, name } = wanted
  return name === null ? { ...INGRESSES, verb: 'list', namespace } : { ...INGRESSES, verb: 'get', namespace, name }
}
