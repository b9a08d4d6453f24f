import { describe, expect, it } from 'vitest'
import { INGRESSES, NODES, SERVICES } from '../../../controllers/cluster/kubernetes.ts'
import { Watched } from '../../../controllers/runtime/watched.ts'
import type { ClusterView } from '../../../controllers/shared/objects.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'
import { givenIngress, givenIngressClass, givenService } from '../../support/world.ts'

async function given() {
  const clock = simulatedClock(Date.UTC(2026, 0, 1))
  const kubernetes = new KubernetesStandin({ clock, namespaces: ['fairlead-system'] })
  givenIngressClass(kubernetes)
  for (const name of ['game', 'api']) givenService(kubernetes, 'games', name, 1)
  for (const name of ['one', 'two']) givenIngress(kubernetes, { name, host: `${name}.example.com` })
  const api = kubernetes.client({ fieldManager: 'fairlead' })
  const watched = new Watched({ api, clock, random: () => 0.5, ownNamespace: 'fairlead-system', onProblem: () => undefined })
  const stop = new AbortController()
  await Promise.all([watched.start(stop.signal), clock.settle()])
  return { clock, kubernetes, watched, stop }
}

describe('what is watched (simulated clock)', () => {
  it('shows a unit the same until anything changes, and whoever is told of a change sees it', async () => {
    const { clock, kubernetes, watched, stop } = await given()
    const key = 'ingress/games/one'
    const before = watched.view(key)
    expect(watched.view(key)).toBe(before)
    expect(before.services.map((item) => item.metadata.name)).toEqual(['game', 'api'])
    const seen: ClusterView[] = []
    watched.onTouched((unit) => seen.push(watched.view(unit)))
    kubernetes.patch(SERVICES, { namespace: 'games', name: 'game' }, { metadata: { labels: { tier: 'web' } } })
    await clock.settle()
    expect(seen[0]?.services[0]?.metadata.labels).toEqual({ tier: 'web' })
    expect(watched.view(key)).not.toBe(before)
    stop.abort()
  })

  it('knows where something is open: new, changed, not served, or leaving', async () => {
    const { clock, kubernetes, watched, stop } = await given()
    expect(watched.openUnits()).toEqual(['ingress/games/one', 'ingress/games/two'])
    const report = async (name: string, generation: number, ready = 'true') => {
      const status = JSON.stringify({ generation, phase: 'Served' })
      const annotations = { 'fairlead.dev/ready': ready, 'fairlead.dev/status': status }
      kubernetes.patch(INGRESSES, { namespace: 'games', name }, { metadata: { annotations } })
      await clock.settle()
    }
    const generation = watched.ingresses.get('games/two')?.metadata.generation ?? 0
    await report('two', generation)
    expect(watched.openUnits()).toEqual(['ingress/games/one'])
    await report('two', generation, 'false')
    expect(watched.openUnits()).toEqual(['ingress/games/one', 'ingress/games/two'])
    await report('two', generation)
    kubernetes.patch(INGRESSES, { namespace: 'games', name: 'two' }, { spec: { rules: [] } })
    await clock.settle()
    expect(watched.openUnits()).toEqual(['ingress/games/one', 'ingress/games/two'])
    stop.abort()
  })

  it('touches for a Node only whose targets may be nodes', async () => {
    const { clock, kubernetes, watched, stop } = await given()
    const touched: string[] = []
    watched.onTouched((unit) => touched.push(unit))
    const arrives = async (name: string) => {
      kubernetes.apply(NODES, { metadata: { name }, spec: { providerID: `aws:///us-east-1a/i-${name}` } })
      await clock.settle()
      return touched.splice(0)
    }
    expect(await arrives('1')).toEqual([])
    const annotate = async (kind: typeof SERVICES, name: string, type: string | null) => {
      const annotations = { 'alb.ingress.kubernetes.io/target-type': type }
      kubernetes.patch(kind, { namespace: 'games', name }, { metadata: { annotations } })
      await clock.settle()
      touched.length = 0
    }
    await annotate(INGRESSES, 'two', null)
    expect(await arrives('2')).toEqual(['ingress/games/two'])
    await annotate(SERVICES, 'api', 'instance')
    expect(await arrives('3')).toEqual(['ingress/games/one', 'ingress/games/two'])
    stop.abort()
  })
})
