import { KubernetesError, kubernetesErrorOf } from '../../../controllers/cluster/errors.ts'
import { CONFIG_MAPS, type Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import { Reflector, type ReflectorOptions } from '../../../controllers/runtime/reflector.ts'
import { Store } from '../../../controllers/runtime/store.ts'
import type { KubeObject } from '../../../controllers/shared/objects.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

type Given = Partial<Omit<ReflectorOptions<KubeObject>, 'api' | 'store'>> & { readonly api?: (api: Kubernetes) => Kubernetes }

/** A reflector of ConfigMaps on a stand-in, and what came of it. */
export function given(options: Given = {}) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const server = new KubernetesStandin({ clock, namespaces: ['shop'] })
  const client = server.client({ fieldManager: 'test' })
  const problems: unknown[] = []
  const store = new Store({ onError: (error) => problems.push(error) })
  const seen: string[] = []
  store.subscribe((before, after, cause) => {
    const name = (after ?? before)?.metadata.name
    seen.push(`${before === null ? 'add' : after === null ? 'remove' : 'change'} ${name} ${cause}`)
  })
  const { api: wrap = (api: Kubernetes) => api, ...rest } = options
  const reflector = new Reflector({
    api: wrap(client),
    kind: CONFIG_MAPS,
    store,
    clock,
    random: () => 0.5,
    onProblem: (problem) => problems.push(problem),
    ...rest,
  })
  const stop = new AbortController()
  const apply = (name: string, data: Record<string, string> = {}) =>
    server.apply(CONFIG_MAPS, { metadata: { namespace: 'shop', name }, data })
  const remove = (name: string) => server.delete(CONFIG_MAPS, { namespace: 'shop', name })
  const codes = () => problems.map((problem) => (problem instanceof KubernetesError ? problem.code : String(problem)))
  const start = async () => {
    const run = reflector.run(stop.signal)
    await clock.settle()
    return run
  }
  const names = () => store.list().map((object) => object.metadata.name)
  return { clock, server, store, reflector, seen, problems, codes, stop, apply, remove, names, start }
}

/** A failure that the API server tells of. */
export const status = (code: number, reason: string) => kubernetesErrorOf('test', code, { reason })
