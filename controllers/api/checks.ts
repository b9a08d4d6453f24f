import type { Clock } from '../runtime/clock.ts'
import { contactCheck, type HealthCheck, leaseCheck, loopCheck, workerCheck } from '../runtime/health.ts'
import type { Leadership } from '../runtime/leadership.ts'
import type { Manager } from '../runtime/manager.ts'
import type { Watched } from '../runtime/watched.ts'

export type ChecksOptions = {
  readonly clock: Clock
  readonly lagMs: () => number
  readonly lease: Pick<Leadership, 'leading' | 'holder'>
  readonly manager: Pick<Manager, 'queue'>
  readonly watched: { readonly reflectors: readonly Pick<Watched['reflectors'][number], 'kind' | 'lastContact' | 'hasSynced'>[] }
  readonly stopping: () => boolean
}

/** For /healthz: whether a restart would help. An AWS or a Vault that is down is no reason. */
export function liveness({ clock, lagMs, lease, manager, watched }: ChecksOptions): readonly HealthCheck[] {
  return [
    loopCheck(lagMs),
    contactCheck(watched.reflectors, () => clock.monotonic()),
    leaseCheck(lease, () => manager.queue !== null),
    workerCheck(() => manager.queue?.metrics ?? { longestRunningMs: 0, longestRunningKey: null }),
  ]
}

/** For /readyz: whether it knows what there is, and works if it leads. */
export function readiness({ lease, manager, watched, stopping }: ChecksOptions): readonly HealthCheck[] {
  return [
    {
      name: 'stores',
      check: () => {
        const missing = watched.reflectors.filter((one) => !one.hasSynced).map(({ kind }) => kind.plural)
        return { ok: missing.length === 0, detail: missing.length === 0 ? '' : `not read yet: ${missing.join(', ')}` }
      },
    },
    {
      name: 'work',
      check: () => {
        if (!lease.leading) return { ok: true, detail: lease.holder === '' ? 'nobody leads' : `standing by for ${lease.holder}` }
        const begun = manager.queue !== null
        return { ok: begun, detail: begun ? 'leading' : 'leading, and work has not begun' }
      },
    },
    { name: 'going-on', check: () => ({ ok: !stopping(), detail: stopping() ? 'it was told to end' : '' }) },
  ]
}
