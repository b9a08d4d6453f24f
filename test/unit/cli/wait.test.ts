import { describe, expect, it } from 'vitest'
import { waitForServed } from '../../../controllers/cli/wait.ts'
import { INGRESS_CLASSES, INGRESSES } from '../../../controllers/cluster/kubernetes.ts'
import { INGRESS_CONTROLLER, READY_ANNOTATION, STATUS_ANNOTATION } from '../../../controllers/shared/annotations.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const NAME = 'games/later'
const MINUTE = 60_000

function waiting(seconds: number) {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const kubernetes = new KubernetesStandin({ clock, namespaces: ['games'] })
  kubernetes.apply(INGRESS_CLASSES, { metadata: { name: 'fairlead' }, spec: { controller: INGRESS_CONTROLLER } })
  const api = kubernetes.client({ fieldManager: 'test' })
  let ended: string | null | undefined
  const end = waitForServed(api, clock, NAME, seconds, new AbortController().signal).then((text) => {
    ended = text
  })
  return { clock, kubernetes, end, ended: () => ended }
}

describe('fairlead wait (simulated clock)', () => {
  it('waits for an Ingress that is still to be created, and then for it to be served', async () => {
    const { clock, kubernetes, end, ended } = waiting(60)
    await clock.advance(5_000)
    expect(ended()).toBeUndefined()
    const metadata = { namespace: 'games', name: 'later' }
    const made = kubernetes.apply(INGRESSES, { metadata, spec: { ingressClassName: 'fairlead' } })
    await clock.advance(5_000)
    expect(ended()).toBeUndefined()
    const { generation = 0 } = made.metadata as { generation?: number }
    const annotations = {
      [READY_ANNOTATION]: 'true',
      [STATUS_ANNOTATION]: JSON.stringify({ generation, phase: 'served', steps: {} }),
    }
    kubernetes.apply(INGRESSES, { metadata: { ...metadata, annotations }, spec: { ingressClassName: 'fairlead' } })
    await clock.runUntil(() => ended() !== undefined, { deadlineMs: MINUTE })
    await end
    expect(ended()).toBeNull()
  })

  it('says that there is none when the time is over', async () => {
    const { clock, end, ended } = waiting(3)
    await clock.runUntil(() => ended() !== undefined, { deadlineMs: MINUTE })
    await end
    expect(ended()).toBe('there is no Ingress games/later')
  })
})
