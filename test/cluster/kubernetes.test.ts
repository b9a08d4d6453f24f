import { kubernetesClient } from '../../controllers/cluster/client.ts'
import { NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { kubernetesContract } from '../contract/kubernetes.ts'
import { startEnvironment } from '../env/environment.ts'
import { until } from '../env/until.ts'

kubernetesContract('the Kubernetes API server (real clock)', async () => {
  const env = await startEnvironment({ components: ['kube-apiserver'] })
  const client = (fieldManager: string) =>
    kubernetesClient({ kubeconfig: env.kubeconfig, fieldManager, requestTimeoutMs: 10_000, clock: realClock })
  const [api, other] = [client('contract'), client('other')]
  return {
    api,
    other,
    elapse: async () => undefined,
    // A restarted API server's watch cache begins anew.
    forget: async () => {
      await env.component('kube-apiserver').restart()
      await until('the API server answers', async () => (await api.list(NAMESPACES, {}, new AbortController().signal)) !== null)
    },
    cleanup: async () => {
      await Promise.all([api.close(), other.close()])
      await env.stop()
    },
  }
})
