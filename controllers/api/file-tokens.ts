import { timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../runtime/clock.ts'
import { Sensitive } from '../shared/sensitive.ts'
import { type Caller, configuredCaller, type Sees } from './caller.ts'
import { CannotServe } from './cannot-serve.ts'
import { tokenHash } from './token-hash.ts'

export type FileTokensOptions = {
  readonly tokens: Readonly<Record<string, Sees & { readonly file: string }>>
  readonly clock: Clock
  /** A file cannot be used any more, and whose token it was. */
  readonly onProblem: (name: string, problem: unknown) => void
}

type Known = { readonly caller: Caller; readonly name: string; readonly file: string; version: string; hash: Buffer | null }

/** What can be sent as one: https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/-]{16,}=*$/
/** A file is looked at no more often than this. */
const LOOK_MS = 1_000

/** Callers by fixed tokens, each in a file, such as of a mounted Secret. A file that changes is read again; one that is gone lets nobody in. */
export class FileTokens {
  readonly #options: FileTokensOptions
  readonly #known: readonly Known[]
  #lookedAt: number
  #looking: Promise<void> | null = null

  private constructor(options: FileTokensOptions, known: readonly Known[]) {
    this.#options = options
    this.#known = known
    this.#lookedAt = options.clock.monotonic()
  }

  /** Throws if a file cannot be read: whoever configured it wants to know now. */
  static async read(options: FileTokensOptions): Promise<FileTokens> {
    const known = Object.entries(options.tokens).map(async ([name, { file, ...sees }]): Promise<Known> => {
      const one = { caller: configuredCaller(name, [sees]), name, file }
      try {
        return { ...one, ...(await readToken(file)) }
      } catch (cause) {
        throw new CannotServe(`http.tokens.${name}.file ${file}: ${messageOf(cause)}`, { cause })
      }
    })
    return new FileTokens(options, await Promise.all(known))
  }

  /** Whose a token is. Every one is compared, and each comparison takes as long as any other. */
  async find(token: Sensitive<string>): Promise<Caller | null> {
    await this.#look()
    const hash = tokenHash(token)
    const found = this.#known.filter((one) => one.hash !== null && timingSafeEqual(one.hash, hash))
    return found[0]?.caller ?? null
  }

  async #look(): Promise<void> {
    const { clock } = this.#options
    if (this.#looking === null && clock.monotonic() - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = clock.monotonic()
      this.#looking = Promise.all(this.#known.map((one) => this.#readAgain(one))).then(() => {
        this.#looking = null
      })
    }
    await this.#looking
  }

  async #readAgain(one: Known): Promise<void> {
    try {
      if ((await versionOf(one.file)) !== one.version) Object.assign(one, await readToken(one.file))
    } catch (problem) {
      if (one.hash !== null) this.#options.onProblem(one.name, problem)
      Object.assign(one, { hash: null, version: '' })
    }
  }
}

async function readToken(file: string): Promise<Pick<Known, 'version' | 'hash'>> {
  // The version first: what is written in between makes the next look read again.
  const version = await versionOf(file)
  const token = (await readFile(file, 'utf8')).trim()
  if (!TOKEN.test(token)) throw new Error('expected a token: at least 16 letters, digits and -._~+/, then =')
  return { version, hash: tokenHash(new Sensitive(token)) }
}

/** A Secret's file is a link that is moved to another file when the Secret changes. */
async function versionOf(file: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(file)
  return [ino, size, mtimeMs, ctimeMs].join()
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}
