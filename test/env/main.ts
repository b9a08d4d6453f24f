// `build` builds every server into the cache; `up` starts them all and waits for Ctrl-C.
import { parseArgs } from 'node:util'
import { ensureBinaries } from './binaries.ts'
import { allComponents, type Component, withNeeds } from './components.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { createNodes } from './nodes.ts'
import { showProgress } from './progress.ts'
import { MissingToolError } from './toolchain.ts'
import { configureVault } from './vault.ts'

const usage = `usage: main.ts build [--components a,b]    build what the cache lacks
       main.ts up [--components a,b] [--dir DIR] [--nodes N]    start the servers until Ctrl-C
       main.ts aws [ARGUMENTS OF THE STAND-IN]    start the AWS stand-in alone
components: ${allComponents.join(', ')}
`

function components(list: string | undefined): readonly Component[] {
  if (list === undefined) return allComponents
  const names = list.split(',')
  const unknown = names.find((name) => !allComponents.some((component) => component === name))
  if (unknown !== undefined) throw new Error(`unknown component ${unknown}; there are ${allComponents.join(', ')}`)
  return withNeeds(names as Component[])
}

async function up(environment: Environment, wanted: readonly Component[], nodes: number): Promise<string> {
  const has = (name: Component): boolean => wanted.includes(name)
  const lines = [`directory (logs, data, credentials)  ${environment.dir}`]
  if (has('kwok')) {
    await createNodes(environment.apiServer, nodes)
    lines.push(`nodes                                ${nodes}, played by KWOK`)
  }
  if (has('kube-apiserver')) {
    lines.push(`export KUBECONFIG=${environment.kubeconfig}`, `kubectl                              ${environment.kubectl}`)
    lines.push(`audit log                            ${environment.auditLog}`)
  }
  if (has('vault')) {
    const { roles, mount } = await configureVault(environment.vault, has('kube-apiserver') ? environment.apiServer : undefined)
    lines.push(`export VAULT_ADDR=${environment.vault.address} VAULT_TOKEN=${environment.vault.rootToken}`)
    lines.push(`Vault issues                         ${mount}, roles ${roles.join(', ')}`)
  }
  if (has('aws'))
    lines.push(
      `export AWS_ENDPOINT_URL=${environment.aws.endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1`,
    )
  lines.push('', 'Ctrl-C stops everything.')
  return `\n${lines.join('\n')}\n`
}

async function main(): Promise<void> {
  const [verb, ...rest] = process.argv.slice(2)
  // What follows `aws` is the stand-in's own.
  const awsArgs = verb === 'aws' ? rest : []
  const { values } = parseArgs({
    args: verb === 'aws' ? [] : rest,
    options: { components: { type: 'string' }, dir: { type: 'string' }, nodes: { type: 'string', default: '3' } },
  })
  const wanted = verb === 'aws' ? components('aws') : components(values.components)
  const { progress, status, end } = showProgress()
  if (verb === 'build') {
    await ensureBinaries(wanted, { progress, status }).finally(end)
    progress('everything is built')
  } else if (verb === 'up' || verb === 'aws') {
    const interrupted = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    })
    const dir = values.dir === undefined ? {} : { dir: values.dir }
    const starting = startEnvironment({ components: wanted, awsArgs, progress, status, ...dir }).finally(end)
    if ((await Promise.race([starting, interrupted])) === undefined) process.exit(130)
    await using environment = await starting
    process.stderr.write(await up(environment, wanted, Number(values.nodes)))
    await interrupted
    process.stderr.write('\nstopping\n')
  } else {
    process.stderr.write(usage)
    process.exitCode = 1
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(
    `${error instanceof MissingToolError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = 1
}
