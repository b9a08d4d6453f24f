// One server process with a lifetime: started, ready-checked, stopped by its own pid, restarted on the same ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { dieWithUs } from './reaper.ts'
import { until } from './until.ts'

export type ServerSpec = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** True once the server answers as it should. */
  readonly ready: () => Promise<boolean>
  /** How long a stop may take before SIGKILL. Default 15. */
  readonly graceSeconds?: number
}

/** A server ended or stayed silent while it was awaited. The message ends with the last lines of its log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
  readonly code = 'ERR_SERVER_START'
  readonly server: string
  readonly logFile: string
  readonly portTaken: boolean

  constructor(server: string, logFile: string, why: string, log: string, cause?: unknown) {
    super(`${server} ${why}; the end of ${logFile}:\n${log.trimEnd().split('\n').slice(-12).join('\n')}`, { cause })
    this.server = server
    this.logFile = logFile
    this.portTaken = /address already in use|EADDRINUSE/i.test(log)
  }
}

const startSeconds = 120

export class ServerProcess {
  readonly name: string
  readonly logFile: string
  readonly #spec: ServerSpec
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()

  constructor(name: string, logFile: string, spec: ServerSpec) {
    this.name = name
    this.logFile = logFile
    this.#spec = spec
  }

  /** The process id, or undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves once the server is ready. A port still held by a predecessor is tried again. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#startOnce()
      } catch (error) {
        await this.stop('SIGKILL')
        if (!(error instanceof ServerStartError && error.portTaken && attempt < 3)) throw error
        await delay(250 * attempt)
      }
    }
  }

  async #startOnce(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.name} is already running`)
    const logged = await this.#log().then((log) => log.length)
    const ended = new AbortController()
    const log = openSync(this.logFile, 'a')
    // Its own process group: a Ctrl-C in the terminal reaches us alone, and we stop the servers in order.
    const child = spawn(this.#spec.command, this.#spec.args, {
      cwd: this.#spec.cwd,
      env: { ...process.env, ...this.#spec.env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.#child = child
    this.#exited = new Promise((resolve) => {
      const gone = (why: string): void => {
        if (this.#child === child) this.#child = undefined
        ended.abort(why)
        resolve()
      }
      child.once('error', (error) => gone(`could not be started: ${error.message}`))
      child.once('exit', (code, signal) => gone(`ended with ${signal ?? `exit code ${code}`} before it was ready`))
    })
    dieWithUs(child)
    try {
      const options = { seconds: startSeconds, signal: ended.signal }
      await until(`${this.name} is ready`, async () => !ended.signal.aborted && (await this.#spec.ready()), options)
    } catch (cause) {
      const why = ended.signal.aborted ? String(ended.signal.reason) : `was not ready within ${startSeconds} s`
      throw new ServerStartError(this.name, this.logFile, why, (await this.#log()).slice(logged), cause)
    }
  }

  /** Ends the process and waits; SIGKILL if it has not gone when the deadline passes. Safe to call twice. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', seconds = this.#spec.graceSeconds ?? 15): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    child.kill(signal)
    // A stopped process takes no signal but SIGKILL until it goes on.
    child.kill('SIGCONT')
    const deadline = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    await this.#exited
    clearTimeout(deadline)
  }

  /** Sends a signal; with SIGKILL also waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal)
    if (signal === 'SIGKILL') await this.#exited
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** The process keeps its connections but answers nothing, like a machine that hangs. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  #log(): Promise<string> {
    return readFile(this.logFile, 'utf8').catch(() => '')
  }
}
