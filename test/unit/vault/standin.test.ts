import { vaultContract } from '../../contract/vault.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'
import { vaultStandIn } from '../../support/vault-standin.ts'

vaultContract('the stand-in (simulated clock)', async () => {
  const clock = simulatedClock(Date.UTC(2026, 2, 1))
  const vault = await vaultStandIn({ clock })
  return { vault, name: 'main', caPem: vault.caPem, now: () => clock.now() }
})
