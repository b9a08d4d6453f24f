import { expect } from 'vitest'
import { KubernetesError } from '../../controllers/cluster/errors.ts'
import type { Kubernetes, ResourceKind, WatchEvent } from '../../controllers/cluster/kubernetes.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'

export type KubernetesUnderTest = {
  /** Its field manager is `contract`. */
  readonly api: Kubernetes
  /** The same server for another field manager, `other`. */
  readonly other: Kubernetes
  /** Lets time pass where it does not by itself. */
  readonly elapse: (ms: number) => Promise<void>
  /** Makes the server forget what was before now: watches from there are gone. */
  readonly forget: () => Promise<void>
  readonly cleanup: () => Promise<void>
}

export const live = new AbortController().signal

/** The words the suite is written in. `world` and `namespace` are known once the suite has begun. */
export function kubernetesWords(world: () => KubernetesUnderTest, space: () => string) {
  let serial = 0
  const fresh = () => `thing-${serial++}`
  return {
    world,
    get namespace() {
      return space()
    },
    fresh,
    configMap: (data: Record<string, string> = {}, metadata: object = {}) => ({
      metadata: { namespace: space(), name: fresh(), ...metadata },
      data,
    }),
    ingress: () => ({
      metadata: { namespace: space(), name: fresh() },
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    }),
    create: async <T extends KubeObject = KubeObject>(
      kind: ResourceKind,
      body: { readonly metadata: object; readonly [field: string]: unknown },
    ) => (await world().api.create(kind, body, live)) as T,
    at: (object: KubeObject) => ({ namespace: space(), name: object.metadata.name }),
    versionOf: (object: KubeObject) => object.metadata.resourceVersion,
    async failing(promise: Promise<unknown>): Promise<KubernetesError> {
      const error = await promise.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(KubernetesError)
      return error as KubernetesError
    },
    /** The first events of a watch that are no bookmarks. */
    async events(kind: ResourceKind, query: Parameters<Kubernetes['watch']>[1], count: number): Promise<readonly WatchEvent[]> {
      const stop = new AbortController()
      const seen: WatchEvent[] = []
      for await (const event of world().api.watch(kind, query, stop.signal)) {
        if (event.type !== 'BOOKMARK') seen.push(event)
        if (seen.length === count) break
      }
      stop.abort()
      return seen
    },
  }
}

export type KubernetesWords = ReturnType<typeof kubernetesWords>
