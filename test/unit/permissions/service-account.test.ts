import { describe, expect, it } from 'vitest'
import { INGRESSES, LEASES, SECRETS } from '../../../controllers/cluster/kubernetes.ts'
import { KubernetesStandin } from '../../support/kubernetes-standin.ts'
import { serviceAccount } from '../../support/service-account.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'
import type { Usage } from '../../support/usage.ts'

const signal = new AbortController().signal

describe('the stand-in for Kubernetes under RBAC (simulated clock)', () => {
  const standin = () => new KubernetesStandin({ clock: simulatedClock(0), namespaces: ['fairlead-system', 'games'] })
  const under = (kubernetes: KubernetesStandin, note: (usage: Partial<Usage>) => void = () => undefined) =>
    kubernetes.client({ fieldManager: 'fairlead', granted: serviceAccount(note) })
  const forbidden = { code: 'KUBERNETES_FORBIDDEN', status: 403, reason: 'Forbidden' }

  it('does what deploy/ grants, in the namespace it is granted in', async () => {
    const kubernetes = standin()
    const client = under(kubernetes)
    expect((await client.list(INGRESSES, {}, signal)).items).toEqual([])
    expect((await client.list(SECRETS, { namespace: 'fairlead-system' }, signal)).items).toEqual([])
    await expect(client.list(SECRETS, { namespace: 'games' }, signal)).rejects.toMatchObject(forbidden)
    await expect(client.list(SECRETS, {}, signal)).rejects.toMatchObject(forbidden)
  })

  it('refuses a verb that is not granted, and does nothing of it', async () => {
    const kubernetes = standin()
    const client = under(kubernetes)
    const metadata = { namespace: 'games', name: 'a' }
    await expect(client.create(INGRESSES, { metadata }, signal)).rejects.toMatchObject(forbidden)
    expect(kubernetes.list(INGRESSES)).toEqual([])
    kubernetes.apply(INGRESSES, { metadata })
    const merge = { kind: 'merge' as const }
    await client.patch(INGRESSES, metadata, { metadata: { annotations: { a: 'b' } } }, merge, signal)
    await expect(client.patch(INGRESSES, metadata, {}, { ...merge, subresource: 'status' }, signal)).resolves.toBeDefined()
    await expect(client.delete(INGRESSES, metadata, {}, signal)).rejects.toMatchObject(forbidden)
    await expect(client.replace(INGRESSES, metadata, { metadata }, signal)).rejects.toMatchObject(forbidden)
    await expect(client.delete(LEASES, { namespace: 'fairlead-system', name: 'x' }, {}, signal)).rejects.toMatchObject(forbidden)
  })

  it('notes what was asked for once, as used or as forbidden', async () => {
    const noted: Partial<Usage>[] = []
    const client = under(standin(), (usage) => noted.push(usage))
    for (let times = 0; times < 2; times++) {
      await client.list(SECRETS, { namespace: 'fairlead-system' }, signal)
      await client.list(SECRETS, {}, signal).catch(() => undefined)
    }
    expect(noted).toEqual([{ verbs: ['list secrets', 'list secrets in fairlead-system'] }, { forbidden: ['list secrets'] }])
  })

  it('refuses nobody who is not told to be a ServiceAccount', async () => {
    const client = standin().client({ fieldManager: 'kubectl' })
    expect((await client.list(SECRETS, {}, signal)).items).toEqual([])
  })
})
