import type { Command } from 'commander'
import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Config } from '../config.ts'
import { realClock } from '../runtime/clock.ts'
import { acknowledgeBrake, showBrake } from './brake.ts'
import type { ControlAccess } from './control.ts'
import { EXIT } from './exit-codes.ts'
import { freeze, unfreeze } from './freeze.ts'
import { assertExclusive, exclusiveOf, type ReleaseOptions, release } from './release.ts'

export type SafetyCommandsOptions = {
  readonly config: () => Config
  readonly kubeconfig: () => { readonly kubeconfig?: string }
  readonly seconds: (text: string) => number
  readonly withCluster: <T>(use: (api: Kubernetes) => Promise<T>) => Promise<T>
}

/** The commands with which operators stop Fairlead, let it go on, and take it away. */
export function addSafetyCommands(program: Command, { config, withCluster, kubeconfig, seconds }: SafetyCommandsOptions): void {
  const tell = async (use: (access: ControlAccess) => Promise<string>) => {
    const { ownNamespace } = config()
    process.stdout.write(`${await withCluster((api) => use({ api, ownNamespace }))}\n`)
  }
  program
    .command('freeze')
    .description('stop every write of every replica within a second; reads, status and warnings go on')
    .requiredOption('--reason <text>', 'why; shown to everybody who wonders')
    .action(({ reason }: { reason: string }) => tell((access) => freeze(access, reason, realClock.now())))
  program
    .command('unfreeze')
    .description('let writes go on')
    .action(() => tell(unfreeze))
  const brake = program
    .command('brake')
    .description('show whether removals are stopped, and for what')
    .action(() => tell(showBrake))
  brake
    .command('acknowledge')
    .description('let what the brake of this name is on for be removed')
    .argument('<name>')
    .action((name: string) => tell((access) => acknowledgeBrake(access, name, realClock.now())))
  program
    .command('release')
    .description('give up everything that is ours: plan first, then with --yes; everything goes on serving, unless --delete')
    .requiredOption('--all', 'everything of this cluster')
    .option('--delete', 'remove it, in the right order, instead of leaving it as it serves', false)
    .option('--yes', 'do it', false)
    .option('--timeout <duration>', 'with --delete: how long to wait for what goes slowly', seconds, 3600)
    .action(async ({ delete: deletes, yes, timeout }: { delete: boolean; yes: boolean; timeout: number }) => {
      const options = { delete: deletes, yes, timeoutSeconds: timeout }
      process.exitCode = await releaseAll({ config: config(), kubeconfig: kubeconfig(), withCluster, options })
    })
}

type ReleaseAll = Pick<SafetyCommandsOptions, 'withCluster'> & {
  readonly config: Config
  readonly kubeconfig: { readonly kubeconfig?: string }
  readonly options: ReleaseOptions
}

const LONGEST_FOR_LEASE_MS = 20_000

/** Holds the Lease meanwhile, so that no controller begins; where all are frozen, one of them has it. */
async function releaseAll({ config, kubeconfig, withCluster, options }: ReleaseAll): Promise<number> {
  const exclusive = await withCluster((api) => exclusiveOf(api, config, realClock.now()))
  if (options.yes) assertExclusive(exclusive, options)
  const { connect } = await import('../connect.ts')
  const asked = { ...config, policy: 'sync', logLevel: 'error' } as const
  const alone = exclusive.frozen && exclusive.holder !== ''
  if (options.yes && config.audit.file === undefined)
    process.stderr.write('no audit trail is written: audit.file names no file\n')
  const connection = await connect(asked, { ...kubeconfig, writes: options.yes, alone, terminal: true })
  const { settings, ports } = connection
  const print = (text: string) => process.stdout.write(`${text}\n`)
  let code: number = EXIT.failure
  let began = false
  const run = async (signal: AbortSignal) => {
    began = true
    code = await release(asked, settings, ports, options, print, signal)
  }
  try {
    if (options.yes && !alone) {
      const late = realClock.after(LONGEST_FOR_LEASE_MS, () => (began ? undefined : ports.lease.stop()))
      await ports.lease.run(run).finally(late)
      if (!began) throw new Error(`a controller was faster, and has the Lease: ${ports.lease.holder}`)
    } else await run(new AbortController().signal)
  } finally {
    await connection.close()
  }
  return code
}
