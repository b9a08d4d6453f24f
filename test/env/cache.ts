// What was built once, kept outside the repository. An entry is whole or absent: it is made in a temporary
// directory and renamed, under a lock that only one process holds.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment.FAIRLEAD_CACHE
  if (own !== undefined && own !== '') return own
  const xdg = environment.XDG_CACHE_HOME
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'fairlead')
}

export function shortHash(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 12)
}

export type CacheEntry = { readonly dir: string; readonly built: boolean }

/** The directory of entry `name`, made by `make` if it is not there. Other processes wait for the one that makes it. */
export async function cached(name: string, make: (dir: string) => Promise<void>, waiting?: () => void): Promise<CacheEntry> {
  const root = cacheRoot()
  const dir = join(root, name)
  if (await exists(dir)) return { dir, built: false }
  await mkdir(root, { recursive: true })
  const release = await lock(`${dir}.lock`, waiting)
  try {
    if (await exists(dir)) return { dir, built: false }
    const temporary = `${dir}.tmp`
    // Left by a build that was killed; we hold the lock, so nobody is in it.
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary)
    await make(temporary)
    await rename(temporary, dir)
    return { dir, built: true }
  } finally {
    await release()
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function lock(path: string, waiting?: () => void): Promise<() => Promise<void>> {
  for (let told = false; ; await delay(500)) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await abandoned(path)) {
      // Renaming picks one winner among those who noticed; the loser's rename fails.
      const aside = `${path}.${process.pid}`
      await rename(path, aside).then(
        () => rm(aside, { force: true }),
        () => undefined,
      )
    } else if (!told) {
      told = true
      waiting?.()
    }
  }
}

async function abandoned(path: string): Promise<boolean> {
  const [text, age] = await Promise.all([
    readFile(path, 'utf8').catch(() => undefined),
    stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    ),
  ])
  if (text === undefined) return false
  // Empty for the instant between creation and writing.
  if (text === '') return age > 10_000
  try {
    process.kill(Number(text), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
