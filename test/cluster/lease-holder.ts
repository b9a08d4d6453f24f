// A replica in a process of its own, so that it can be stopped in its tracks. Says what it does on stdout, one word a line.
import { kubernetesClient } from '../../controllers/cluster/client.ts'
import { CONFIG_MAPS } from '../../controllers/cluster/kubernetes.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { delay } from '../../controllers/runtime/delay.ts'
import { Lease } from '../../controllers/runtime/lease.ts'

const [kubeconfig = '', identity = ''] = process.argv.slice(2)
const say = (word: string) => process.stdout.write(`${word}\n`)
const requestTimeoutMs = 1_000
const api = kubernetesClient({
  kubeconfig,
  fieldManager: identity,
  requestTimeoutMs,
  clock: realClock,
  beforeWrite: () => lease.assertLeading(),
})
const times = { durationMs: 4_000, renewDeadlineMs: 2_500, retryMs: 500, requestTimeoutMs }
const lease = new Lease({ api, clock: realClock, random: Math.random, namespace: 'shop', name: 'contested', identity, ...times })
process.on('SIGTERM', () => lease.stop())

await lease.run(async (signal) => {
  say('leads')
  while (!signal.aborted) {
    const body = { data: { writer: identity, at: String(realClock.now()) } }
    await api.patch(CONFIG_MAPS, { namespace: 'shop', name: 'written' }, body, { kind: 'merge' }, signal).then(
      () => undefined,
      (error: { code?: string }) => say(error.code ?? 'failed'),
    )
    await delay(realClock, 20, signal).catch(() => undefined)
  }
  say((signal.reason as { code: string }).code)
})
await api.close()
