import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { until } from './until.ts'
import { userEnvironment } from './user-environment.ts'

const root = join(import.meta.dirname, '../..')

export type FairleadProcessOptions = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Appended to: the logs of all lives of the process. */
  readonly logFile: string
  /** What is started in place of the sources: the bundle of the image. */
  readonly entry?: string
}

/** `fairlead run` as a process of its own, that can be killed and started again. */
export class FairleadProcess {
  readonly #options: FairleadProcessOptions
  #child: ChildProcess | null = null
  /** Where the log of this life begins. */
  #loggedBefore = 0

  constructor(options: FairleadProcessOptions) {
    this.#options = options
    process.once('exit', () => this.#child?.kill('SIGKILL'))
  }

  get logFile(): string {
    return this.#options.logFile
  }

  /** Of the process that runs now; -1 if none does. */
  get pid(): number {
    return this.#child?.pid ?? -1
  }

  get running(): boolean {
    return this.#child !== null
  }

  /** The log of the life that runs now, or ran last. */
  async log(): Promise<string> {
    return (await readFile(this.#options.logFile)).subarray(this.#loggedBefore).toString()
  }

  /** Where it answers over HTTP, as its log tells once it does. */
  async http(): Promise<string> {
    const told = async () => /"address":"([^"]+)","msg":"listening"/.exec(await this.log())?.[1]
    return `http://${await until('Fairlead listens', told, { seconds: 60 })}`
  }

  start(): void {
    if (this.#child !== null) return
    const log = openSync(this.#options.logFile, 'a')
    this.#loggedBefore = statSync(this.#options.logFile).size
    const env = { ...process.env, ...this.#options.env }
    const { entry = join(root, 'controllers/cli/main.ts'), args } = this.#options
    const child = spawn(process.execPath, [entry, ...args], {
      // As in the image: nothing is found because it lies in the folder of the sources.
      cwd: this.#options.entry === undefined ? root : dirname(entry),
      env,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#child = child
    child.once('exit', () => {
      if (this.#child === child) this.#child = null
    })
  }

  /** SIGTERM, then SIGKILL after ten seconds. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM').catch(() => this.kill())
  }

  /** SIGTERM; rejects if it has not ended in time. */
  async terminate(seconds: number): Promise<void> {
    await this.#end('SIGTERM', seconds)
  }

  /** As a machine that stands still for a while, and does not know. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** As a node that loses power. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL', seconds = 10): Promise<void> {
    const child = this.#child
    if (child === null) return
    child.kill(signal)
    await until('Fairlead has ended', () => child.exitCode !== null || child.signalCode !== null, { seconds })
    this.#child = null
  }
}

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** A command of Fairlead as a user has it in a terminal, to its end. With `npm`, as the README has it, from any folder. */
export function runFairlead(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
    readonly npm?: boolean
    /** Called while it runs; its result waits for it. */
    readonly meanwhile?: () => Promise<unknown>
  } = {},
): Promise<CommandResult> {
  const { env = {}, cwd = root, npm = false, meanwhile = async () => undefined } = options
  const [command, before] = npm
    ? ['npm', ['--prefix', root, 'run', '--silent', 'fairlead', '--']]
    : [process.execPath, [join(root, 'controllers/cli/main.ts')]]
  const ended = new Promise<CommandResult>((resolve, reject) => {
    execFile(
      command,
      [...before, ...args],
      { cwd, env: { ...userEnvironment(), ...env }, timeout: 90_000, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code
        if (typeof code === 'number') resolve({ code, stdout, stderr })
        else reject(error)
      },
    )
  })
  return Promise.all([ended, meanwhile()]).then(([result]) => result)
}
