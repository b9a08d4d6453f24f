import { KubernetesStandin } from '../support/kubernetes-standin.ts'
import { simulatedClock } from '../support/simulated-clock.ts'
import { kubernetesContract } from './kubernetes.ts'

kubernetesContract('the Kubernetes stand-in (simulated clock)', async () => {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const standin = new KubernetesStandin({ clock })
  return {
    api: standin.client({ fieldManager: 'contract' }),
    other: standin.client({ fieldManager: 'other' }),
    elapse: (ms) => clock.advance(ms),
    forget: async () => standin.compact(),
    cleanup: async () => undefined,
  }
})
