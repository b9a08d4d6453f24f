import { type Command, Option } from 'commander'
import type { Config } from '../config.ts'
import { explainHost } from './explain-host.ts'
import { type Connected, type ExplainIngressOptions, explainIngress } from './explain-ingress.ts'

export type ExplainCommandsOptions = {
  readonly config: () => Config
  readonly kubeconfig: () => { readonly kubeconfig?: string }
}

/** The commands that say why something is as it is. They only read. */
export function addExplainCommands(program: Command, { config, kubeconfig }: ExplainCommandsOptions): void {
  const print = (text: string) => void process.stdout.write(`${text}\n`)
  const output = () => new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text')
  const explain = program.command('explain').description('say where requests go, and why a host is served or not; reads only')
  explain
    .command('ingress')
    .description('show every rule in the order the load balancer tries it; exits with 0, or 1 if it could not be told')
    .argument('<namespace/name>')
    .option('--request <request>', "which rule and target get it, such as 'GET https://shop.example.com/cart?id=1'")
    .option('--header <header>', "with --request: 'Name: value'; may be given several times", several, [])
    .option('--source-ip <address>', 'with --request: where it comes from')
    .addOption(output())
    .action((name: string, options: ExplainIngressOptions) =>
      connected((connection) => explainIngress(connection, name, options, print)),
    )
  explain
    .command('host')
    .description(
      'show who wants a host, its zone, record and owner, and why it is missing; exits with 0, or 1 if it could not be told',
    )
    .argument('<name>')
    .addOption(output())
    .action((name: string, options: { output: 'text' | 'json' }) =>
      connected((connection) => explainHost(connection, name, options, print)),
    )

  async function connected(use: (connection: Connected) => Promise<void>): Promise<void> {
    const given = { ...config(), logLevel: 'error' } as const
    // The clients are large: `--help` starts without them.
    const { connect } = await import('../connect.ts')
    const connection = await connect(given, { ...kubeconfig(), writes: false })
    try {
      await use({ config: given, ...connection })
    } finally {
      await connection.close()
    }
  }
}

function several(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}
