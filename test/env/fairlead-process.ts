import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')

export type FairleadProcessOptions = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Appended to: the logs of all lives of the process. */
  readonly logFile: string
}

/** `fairlead run` as a process of its own, that can be killed and started again. */
export class FairleadProcess {
  readonly #options: FairleadProcessOptions
  #child: ChildProcess | null = null

  constructor(options: FairleadProcessOptions) {
    this.#options = options
    process.once('exit', () => this.#child?.kill('SIGKILL'))
  }

  get logFile(): string {
    return this.#options.logFile
  }

  get running(): boolean {
    return this.#child !== null
  }

  start(): void {
    if (this.#child !== null) return
    const log = openSync(this.#options.logFile, 'a')
    const env = { ...process.env, ...this.#options.env }
    const child = spawn(process.execPath, [join(root, 'controllers/cli/main.ts'), ...this.#options.args], {
      cwd: root,
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

  /** As a node that loses power. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === null) return
    child.kill(signal)
    await until('Fairlead has ended', () => child.exitCode !== null || child.signalCode !== null, { seconds: 10 })
    this.#child = null
  }
}
