import type { Aws, Where } from '../../controllers/aws/aws.ts'
import type { Vault } from '../../controllers/vault/vault.ts'

/** One life of the process: counts its calls to the outside, and ends it after the call that a test names. */
export class Session {
  readonly #onEnd: (() => void)[] = []
  readonly calls: string[] = []
  /** What AWS and Vault were said to have answered, as whoever asked got it. */
  readonly problems: unknown[] = []
  #dead = false
  /** Told of each call, once it was executed. */
  onCalled: (count: number) => void = () => undefined
  killAfter: number | null

  constructor(killAfter: number | null) {
    this.killAfter = killAfter
  }

  get dead(): boolean {
    return this.#dead
  }

  onEnd(run: () => void): void {
    this.#onEnd.push(run)
  }

  /** A call was executed; nobody may learn its outcome if it was the last one. */
  called(what: string): void {
    if (this.#dead) return
    this.calls.push(what)
    this.onCalled(this.calls.length)
    if (this.calls.length === this.killAfter) this.end()
  }

  end(): void {
    if (this.#dead) return
    this.#dead = true
    for (const run of this.#onEnd) run()
  }

  aws(aws: Aws): Aws {
    const services = Object.keys(aws) as (keyof Aws)[]
    const wrapped = services
      .filter((name) => !['close', 'waiting'].includes(name))
      .map((name) => [name, (where: Where) => this.#operations(name, aws[name](where))])
    return Object.fromEntries(wrapped) as Aws
  }

  vault(vault: Vault): Vault {
    return { sign: (request, signal) => this.#guard('vault sign', () => vault.sign(request, signal)) }
  }

  #operations<T extends object>(service: string, operations: T): T {
    const entries = Object.entries(operations) as [string, (...args: unknown[]) => Promise<unknown>][]
    return Object.fromEntries(
      entries.map(([name, call]) => [name, (...args: unknown[]) => this.#guard(`${service} ${name}`, () => call(...args))]),
    ) as T
  }

  async #guard<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#dead) return never()
    try {
      return await run()
    } catch (error) {
      this.problems.push(error)
      throw error
    } finally {
      this.called(what)
      if (this.#dead) await never()
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
