import { Command, InvalidArgumentError, Option } from 'commander'
import { kubernetesClient } from '../cluster/client.ts'
import { allSettings, type Config, ConfigError, effectiveConfig, kubeconfigFile, readConfig } from '../config.ts'
import { realClock } from '../runtime/clock.ts'
import { scrub, scrubForeign } from '../shared/scrub.ts'
import { addAuditCommands } from './audit-commands.ts'
import { type ConfigPrintOptions, printEffective } from './config.ts'
import { EXIT } from './exit-codes.ts'
import { addExplainCommands } from './explain-commands.ts'
import { plan } from './plan.ts'
import { addSafetyCommands } from './safety-commands.ts'
import { addSettingFlags, settingsHelp } from './setting-flags.ts'
import { readStatus, renderStatus } from './status.ts'
import { stopsForAll } from './stops.ts'
import { waitForServed } from './wait.ts'

type Common = { readonly config?: string; readonly kubeconfig?: string }

const program = new Command('fairlead')
  .description('Syncs a Kubernetes cluster to AWS: certificates, load balancers and DNS from annotations')
  .option('--config <file>', 'configuration file (YAML)')
  .option('--kubeconfig <file>', 'kubeconfig; without it KUBECONFIG, ~/.kube/config or the pod’s ServiceAccount')
  .showHelpAfterError('(fairlead --help tells what there is)')
const settings = allSettings()
const settingFlags = addSettingFlags(program, settings)

program
  .command('run')
  .description('run the controller')
  .action(async () => {
    const { run } = await import('./run.ts')
    process.exitCode = await run(config(), kubeconfig())
  })

program
  .command('plan')
  .description('print what would be done, and do nothing; exits with 0 nothing to do, 2 changes, 3 blocking findings, 1 failure')
  .option('--offline', 'from manifests alone: no cluster, no AWS, no Vault', false)
  .option('-f, --file <path>', 'with --offline: a manifest file or a folder of them')
  .option('--aws-state <file>', 'with --offline: what an earlier plan exported')
  .option('--complete', 'with --aws-state: the manifests are everything there is; plan the removal of the rest', false)
  .option('--export-aws-state <file>', 'write what AWS holds of ours, for --aws-state')
  .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'))
  .action(
    async (options: {
      offline: boolean
      complete: boolean
      file?: string
      awsState?: string
      exportAwsState?: string
      output: 'text' | 'json'
    }) => {
      process.exitCode = await plan(config(), { ...options, ...kubeconfig() }, (text) => process.stdout.write(`${text}\n`))
    },
  )

program
  .command('status')
  .description('show each Ingress’s chain and what it waits for')
  .argument('[namespace/name]')
  .action(async (name: string | undefined) => {
    const { ownNamespace } = config()
    const [rows, stops] = await withCluster((api) =>
      Promise.all([readStatus(api, name, AbortSignal.timeout(30_000)), stopsForAll({ api, ownNamespace })]),
    )
    process.stdout.write(`${[...stops.map((stop) => stop.message), renderStatus(rows)].join('\n')}\n`)
  })

program
  .command('wait')
  .description('wait until an Ingress is served; exits with 1 if it is not in time')
  .argument('<namespace/name>')
  .addOption(new Option('--for <condition>', 'what to wait for').choices(['served']).default('served'))
  .option('--timeout <duration>', 'how long, such as 30s or 5m', parseSeconds, 300)
  .action(async (name: string, { timeout }: { timeout: number }) => {
    const late = await withCluster((api) => waitForServed(api, realClock, name, timeout, new AbortController().signal))
    if (late === null) process.stdout.write(`${name} is served\n`)
    else {
      process.stderr.write(`fairlead: ${name} is not served after ${timeout} s\n${late}\n`)
      process.exitCode = EXIT.failure
    }
  })

program
  .command('config')
  .description('show the configuration')
  .addHelpText('after', settingsHelp(settings))
  .command('print')
  .description('print the configuration in effect, without secrets; it can be used as a file')
  .addOption(new Option('-o, --output <format>', 'how to print it').choices(['yaml', 'json']).default('yaml'))
  .option('--sources', 'tell where each value comes from', false)
  .action((options: ConfigPrintOptions) => {
    const effective = effectiveConfig(program.opts<Common>().config, settingFlags.given())
    process.stdout.write(`${printEffective(effective, options)}\n`)
  })

addAuditCommands(program)
addExplainCommands(program, { config, kubeconfig })
addSafetyCommands(program, { config, withCluster, kubeconfig, seconds: parseSeconds })

function kubeconfig(): { kubeconfig?: string } {
  const file = kubeconfigFile(program.opts<Common>().kubeconfig)
  return file === undefined ? {} : { kubeconfig: file }
}

function config(): Config {
  return readConfig(program.opts<Common>().config, settingFlags.given())
}

async function withCluster<T>(use: (api: ReturnType<typeof kubernetesClient>) => Promise<T>): Promise<T> {
  const api = kubernetesClient({ ...kubeconfig(), fieldManager: 'fairlead', requestTimeoutMs: 10_000, clock: realClock })
  try {
    return await use(api)
  } finally {
    await api.close()
  }
}

function parseSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('expected a duration such as 30s, 5m or 1h.')
  const scale = { ms: 0.001, s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1
  return Number(match[1]) * scale
}

// Node would print the error as it is, with all that hangs on it.
process.on('uncaughtException', (error) => {
  process.stderr.write(`fairlead: ${JSON.stringify(scrub(error))}\n`)
  process.exit(EXIT.failure)
})

try {
  await program.parseAsync()
} catch (error) {
  const lines = error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) process.stderr.write(`fairlead: ${scrubForeign(line)}\n`)
  process.exitCode = EXIT.failure
}
