// Finds the compilers the real servers are built with, and refuses in one line when one is missing.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A prerequisite is absent or too old. Its message is the one line a person needs. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError'
  readonly code = 'ERR_MISSING_TOOL'
  readonly tool: 'go' | 'python'
  readonly found: string | undefined

  constructor(tool: 'go' | 'python', needed: string, purpose: string, found?: string, cause?: unknown) {
    super(`${needed} or newer is needed to ${purpose}; ${found === undefined ? 'none was found in PATH' : `found ${found}`}`, {
      cause,
    })
    this.tool = tool
    this.found = found
  }
}

/** True when `version` (1.26.8, go1.27rc1, 3.11.7) is at least `major.minor`. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const match = /(\d+)\.(\d+)/.exec(version)
  if (match === null) return false
  const [foundMajor, foundMinor] = [Number(match[1]), Number(match[2])]
  return foundMajor > major || (foundMajor === major && foundMinor >= minor)
}

/** The Go command, checked where it will build: a `toolchain` switch depends on that module's go.mod. */
export async function requireGo(moduleDir: string): Promise<string> {
  const purpose = 'build the Kubernetes API server, etcd, KWOK and Vault'
  let version: string
  try {
    version = (await run('go', ['env', 'GOVERSION'], { cwd: moduleDir })).stdout.trim()
  } catch (cause) {
    const found = await run('go', ['version'], { cwd: '/' }).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    )
    throw new MissingToolError('go', 'Go 1.26', purpose, found, cause)
  }
  if (!atLeast(version, 1, 26)) throw new MissingToolError('go', 'Go 1.26', purpose, version)
  return 'go'
}

export type Python = { readonly command: string; readonly executable: string; readonly version: string }

/** The oldest Python that is new enough: it is the one the AWS stand-in's dependencies are proven on. */
export async function requirePython(): Promise<Python> {
  let tooOld: string | undefined
  for (const command of ['python3.11', 'python3.12', 'python3.13', 'python3.14', 'python3', 'python']) {
    const probe = 'import platform, sys, venv; print(platform.python_version()); print(sys.executable)'
    const found = await run(command, ['-c', probe]).catch(() => undefined)
    const [version, executable] = found?.stdout.trim().split('\n') ?? []
    if (version === undefined || executable === undefined) continue
    if (atLeast(version, 3, 11)) return { command, executable, version }
    tooOld = `Python ${version}`
  }
  throw new MissingToolError('python', 'Python 3.11', 'run the AWS stand-in', tooOld)
}
