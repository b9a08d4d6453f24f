import { isNotFound } from '../cluster/errors.ts'
import { type Kubernetes, LEASES } from '../cluster/kubernetes.ts'
import type { Config } from '../config.ts'
import { fairlead, type Ports } from '../main.ts'
import type { LeaseObject } from '../runtime/lease-record.ts'
import type { Plan } from '../shared/plan.ts'
import type { Settings } from '../shared/settings.ts'
import { readControl } from './control.ts'
import { EXIT } from './exit-codes.ts'
import { readOnce } from './read-once.ts'
import { applyRelease } from './release-apply.ts'
import { removeUnits } from './release-delete.ts'
import { releaseRecords, releaseUnit } from './release-plan.ts'
import { renderPlans } from './render-plan.ts'

export type ReleaseOptions = {
  /** Remove everything instead of leaving it as it serves. */
  readonly delete: boolean
  /** Do it; otherwise only print it. */
  readonly yes: boolean
  readonly timeoutSeconds: number
}

/** Who may give everything up: nobody while a controller could undo it. */
export type Exclusive = { readonly frozen: boolean; readonly holder: string }

/** Whether a freeze keeps every controller still, and which of them holds the Lease. */
export async function exclusiveOf(api: Kubernetes, config: Config, now: number): Promise<Exclusive> {
  const { freeze } = await readControl({ api, ownNamespace: config.ownNamespace })
  const at = { namespace: config.ownNamespace, name: config.lease.name }
  const lease = (await api.get(LEASES, at, AbortSignal.timeout(30_000)).catch((error: unknown) => {
    if (isNotFound(error)) return null
    throw error
  })) as LeaseObject | null
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {}
  const held = holderIdentity !== '' && Date.parse(renewTime) + leaseDurationSeconds * 1000 > now
  return { frozen: freeze !== null, holder: held ? holderIdentity : '' }
}

/** A frozen controller makes nothing again, but goes on telling each Ingress where it stands: what is to bear no trace of it needs it stopped. */
export function assertExclusive({ frozen, holder }: Exclusive, options: Pick<ReleaseOptions, 'delete'>): void {
  if (holder === '' || (frozen && options.delete)) return
  if (frozen)
    throw new Error(
      `the controller ${holder} is frozen, but goes on telling each Ingress where it stands: stop it (scale it to 0); only release --all --delete goes beside it`,
    )
  throw new Error(
    `the controller ${holder} is running, and would make again what is given up: stop it (scale it to 0)${options.delete ? ', or fairlead freeze --reason "release"' : ''}`,
  )
}

/**
 * Gives up everything that is ours: as a plan, and with `yes` in fact. Each step is found again by what it left, so that it can be
 * repeated after it broke off anywhere. Returns the exit code.
 */
export async function release(
  config: Config,
  settings: Settings,
  ports: Ports,
  options: ReleaseOptions,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  // What stops the controller does not stop this: whoever calls it has decided.
  const asked = { ...config, policy: 'sync' as const }
  const { reconciler, watched, effects, secondOwner, making, kubernetes } = fairlead(
    asked,
    { ...settings, removes: true },
    ports,
    {
      release: options.delete ? 'delete' : 'keep',
    },
  )
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  try {
    await readOnce(watched, ended)
    const known = await Promise.all(Object.values(effects).map((one) => one.inventory(ended)))
    const units = [...new Set([...watched.units(), ...known.flat()])].sort()
    const planned = new Map<string, Plan>()
    for (const unit of units) planned.set(unit, (await reconciler.planFresh(unit, ended)).plan)
    const plans = options.delete ? [...planned.values()] : releasePlans(units)
    const changes = plans.flatMap((plan) => plan.changes)
    if (changes.length === 0) {
      if (options.yes) await secondOwner.withdraw(ended)
      print('nothing here is ours')
      return EXIT.nothingToDo
    }
    if (!options.yes) {
      print(`${renderPlans(plans)}\n\nNothing was done. With --yes it is.`)
      return EXIT.changes
    }
    if (!options.delete) {
      const inOrder = [
        ...changes.filter((item) => !isKubernetes(item.type)),
        ...changes.filter((item) => isKubernetes(item.type)),
      ]
      const ingress = (key: string) => watched.ingresses.get(key)
      await applyRelease(inOrder, { aws: ports.aws, kubernetes, settings, ingress, making }, ended)
      await secondOwner.withdraw(ended)
      print(`${changes.length} changes: everything serves as before, and nothing here is ours any more`)
      return EXIT.nothingToDo
    }
    const { clock } = ports
    const left = await removeUnits({ reconciler, clock, units, timeoutMs: options.timeoutSeconds * 1000, tell: print }, ended)
    if (left.length === 0) await secondOwner.withdraw(ended)
    for (const item of left) print(`not removed: ${item.type} ${item.target}: ${item.reason}`)
    print(left.length === 0 ? 'everything that was ours is removed' : `${left.length} left; the command can be repeated`)
    return left.length === 0 ? EXIT.nothingToDo : EXIT.failure
  } finally {
    stop.abort()
  }

  function releasePlans(units: readonly string[]): readonly Plan[] {
    const owned = units.map((unit) => {
      const { certificates, loadbalancers } = reconciler.observed(reconciler.context(unit))
      return releaseUnit({ unit, certificates, loadbalancers, ingresses: watched.ingresses.by('unit', unit) }, settings)
    })
    const { dns } = reconciler.observed(reconciler.context('ingress/-/-'))
    return [...owned, releaseRecords(dns, settings)].filter((plan) => plan.changes.length > 0)
  }
}

function isKubernetes(type: string): boolean {
  return type.startsWith('Kubernetes::')
}
