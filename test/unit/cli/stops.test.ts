import { describe, expect, it } from 'vitest'
import { renderPlans } from '../../../controllers/cli/render-plan.ts'
import { pausesAmong, stopsForAll } from '../../../controllers/cli/stops.ts'
import type { Kubernetes } from '../../../controllers/cluster/kubernetes.ts'
import { pausedFinding } from '../../../controllers/shared/pause.ts'

const said = (data: Readonly<Record<string, string>>) => {
  const api = { list: () => Promise.resolve({ items: [{ data }], continueToken: null }) } as unknown as Kubernetes
  return stopsForAll({ api, ownNamespace: 'fairlead-system' })
}
const brake = JSON.stringify({ name: 'brake-1', since: '2026-01-01T00:00:00Z', objects: [], owned: 9 })

describe('what stops a plan (no clock)', () => {
  it('is a freeze, and a brake that nobody acknowledged', async () => {
    expect(await said({})).toEqual([])
    expect(await said({ freeze: 'the region moves', brake })).toEqual([
      { kind: 'freeze', object: null, message: 'All writes are frozen: the region moves' },
      { kind: 'brake', object: null, message: 'Removals are stopped by the brake brake-1: fairlead brake tells why' },
    ])
    expect(await said({ brake, acknowledged: JSON.stringify({ name: 'brake-1', at: 'now' }) })).toEqual([])
  })

  it('stands before the plan, with who is paused', () => {
    const object = { kind: 'Ingress', namespace: 'games', name: 'game' }
    const by = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'games', uid: '', resourceVersion: '', creationTimestamp: '' },
    }
    const stops = pausesAmong([pausedFinding(object, by)])
    expect(stops).toMatchObject([{ kind: 'pause', object }])
    expect(renderPlans([], stops)).toMatch(/^Ingress games\/game: Nothing is written for it.*\nNothing to do/)
  })
})
