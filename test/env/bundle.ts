// The bundle that the image holds, made by the image's own stage scripts, in a temporary folder.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const stage = (name: string, ...args: readonly string[]) =>
  run(process.execPath, [join(root, 'deploy/image', `${name}.mjs`), ...args], { cwd: root })

export type Bundle = AsyncDisposable & {
  /** Holds the bundle alone: no node_modules in it, nor in any folder above. */
  readonly folder: string
  /** The file to start. */
  readonly entry: string
}

/** Runs the stages of the Dockerfile as far as they can run without Docker. With `warm`, V8's compiled code lies beside the bundle. */
export async function makeBundle({ warm = true }: { readonly warm?: boolean } = {}): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-bundle-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await stage('bundle', folder)
    if (warm) await stage('warm', folder)
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, entry: join(folder, 'fairlead.mjs'), [Symbol.asyncDispose]: remove }
}

/** The file system of the image without the bundle. */
export async function makeRootfs(folder: string): Promise<void> {
  await stage('rootfs', folder)
}
