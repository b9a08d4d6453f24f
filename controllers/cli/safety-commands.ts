import type { Command } from 'commander'
import type { Kubernetes } from '../cluster/kubernetes.ts'
import type { Config } from '../config.ts'
import { realClock } from '../runtime/clock.ts'
import { acknowledgeBrake, showBrake } from './brake.ts'
import type { ControlAccess } from './control.ts'
import { freeze, unfreeze } from './freeze.ts'

export type SafetyCommandsOptions = {
  readonly config: () => Config
  readonly withCluster: <T>(use: (api: Kubernetes) => Promise<T>) => Promise<T>
}

/** The commands with which operators stop Fairlead, let it go on, and take it away. */
export function addSafetyCommands(program: Command, { config, withCluster }: SafetyCommandsOptions): void {
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
}
