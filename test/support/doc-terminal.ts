import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult } from '../env/fairlead-process.ts'
import { ACCOUNT, AWS_ENV, REGION, type Stage } from '../env/stage.ts'
import { userEnvironment } from '../env/user-environment.ts'

const root = join(import.meta.dirname, '../..')
/** What a reader has in the checkout and the commands only read; `deploy` is copied, since a guide writes there. */
const LINKED = ['package.json', 'package-lock.json', 'bootstrap.mjs', 'controllers', 'test', 'node_modules', 'Dockerfile']

/** A terminal as the pages take it to be: in a checkout, with kubectl, vault and aws, and a configuration for the stage. */
export type DocTerminal = AsyncDisposable & {
  readonly folder: string
  /** By a shell; fails like its last command, or like one before a pipe. What is kept in a variable is there for the next one. */
  run(command: string): Promise<CommandResult>
}

export async function docTerminal(stage: Stage): Promise<DocTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-pages-'))
  const { environment, fairlead, configFile } = stage
  for (const name of LINKED) await symlink(join(root, name), join(folder, name))
  await cp(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true })
  await cp(configFile, join(folder, 'fairlead.yaml'))
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const command = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/bash\n${text}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await command('kubectl', kubectl(environment.kubectl, fairlead.logFile))
  await command('vault', `exec ${environment.vaultCommand} "$@"`)
  // An administrator's, who may do what Fairlead may not.
  const administrator = `AWS_ACCESS_KEY_ID=AKIA${ACCOUNT}ADMIN`
  await command('aws', `${administrator} exec ${environment.python} ${join(root, 'test/support/aws-command.py')} "$@"`)
  const env: Record<string, string> = {
    ...userEnvironment(),
    ...AWS_ENV,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    KUBECONFIG: environment.kubeconfig,
    FAIRLEAD_CONFIG: configFile,
    AWS_ENDPOINT_URL: environment.aws.endpoint,
    AWS_REGION: REGION,
    VAULT_ADDR: environment.vault.address,
    VAULT_TOKEN: environment.vault.rootToken,
  }
  const shell = (text: string) =>
    new Promise<CommandResult>((resolve, reject) => {
      const options = { cwd: folder, env, timeout: 180_000, maxBuffer: 64 << 20 }
      execFile('bash', ['-o', 'pipefail', '-c', text], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code
        if (typeof code === 'number') resolve({ code, stdout, stderr })
        else reject(error)
      })
    })
  return {
    folder,
    async run(text) {
      const [, variable, command] = /^([A-Z_]+)=\$\((.*)\)$/.exec(text) ?? []
      const result = await shell(command ?? text)
      if (variable !== undefined) env[variable] = result.stdout.trim()
      return result
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * The pods of the stage are KWOK's: no kubelet has a log of them or runs anything in them. Where a page asks for either, the Deployment has
 * to be there; the log is that of the Fairlead of the stage, and what is run in the pod is run beside it.
 */
function kubectl(real: string, log: string): string {
  return `case " $* " in
  *" logs deployment/fairlead "*) ${real} -n fairlead-system get deployment fairlead >/dev/null && exec cat ${log} ;;
  *" exec deployment/fairlead -- /bin/node /app/fairlead.mjs "*)
    ${real} -n fairlead-system get deployment fairlead >/dev/null || exit 1
    while [ "$1" != /app/fairlead.mjs ]; do shift; done; shift
    exec npm run --silent fairlead -- "$@" ;;
esac
exec ${real} "$@"`
}
