import { afterAll, beforeAll, describe } from 'vitest'
import { NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import { objectsContract } from './kubernetes-objects.ts'
import { readsContract } from './kubernetes-reads.ts'
import { type KubernetesUnderTest, kubernetesWords, live } from './kubernetes-words.ts'
import { writesContract } from './kubernetes-writes.ts'

/** What the runtime relies on of an API server. The real one and the stand-in have to pass alike. */
export function kubernetesContract(name: string, make: () => Promise<KubernetesUnderTest>): void {
  describe(name, () => {
    let world: KubernetesUnderTest | null = null
    let namespace = ''
    beforeAll(async () => {
      world = await make()
      namespace = (await world.api.create(NAMESPACES, { metadata: { generateName: 'contract-' } }, live)).metadata.name
    })
    afterAll(() => world?.cleanup())

    const words = kubernetesWords(
      () => {
        if (world === null) throw new Error('the suite has not begun')
        return world
      },
      () => namespace,
    )
    objectsContract(words)
    writesContract(words)
    readsContract(words)
  })
}
