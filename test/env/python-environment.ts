// Pythons with exactly what a file of requirements names, each in a virtual environment of its own in the cache.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { cached, shortHash } from './cache.ts'
import type { BuildReport } from './go-builds.ts'
import { requirePython } from './toolchain.ts'

const run = promisify(execFile)

/** The directory that holds the stand-in's package and its requirements. */
export const awsSource = join(import.meta.dirname, '..', 'aws')

/** Path of a Python that has `requirements` installed. Scripts in its bin/ do not work (the directory was renamed): use `-m`. */
export async function pythonWith(requirements: string, { progress, status }: BuildReport): Promise<string> {
  const wanted = await readFile(requirements, 'utf8')
  const python = await requirePython()
  const what = requirements.startsWith(awsSource) ? "the AWS stand-in's requirements" : basename(requirements, '.txt')
  const { dir } = await cached(
    `python-${python.version}-${shortHash(wanted, python.executable)}`,
    async (temporary) => {
      progress(`installing ${what} for Python ${python.version} (about 1 min, once)`)
      const started = performance.now()
      status('making a Python environment')
      await run(python.executable, ['-m', 'venv', temporary])
      status(`installing ${what}`)
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements]
      await run(join(temporary, 'bin', 'python'), pip, { maxBuffer: 64 * 1024 * 1024 })
      progress(`installed ${what} in ${Math.round((performance.now() - started) / 1000)} s`)
    },
    () => progress(`waiting for another process that installs ${what}`),
  )
  return join(dir, 'bin', 'python')
}
