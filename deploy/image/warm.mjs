// Second stage of the image: compiles the bundle once, so that a start from a read-only file system finds the compiled code.
// Node keeps it per version, architecture and user: this runs as the user, and with the Node, of the image.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join, resolve } from 'node:path'

/** Compiles the bundle in `folder`. */
export async function warm(folder, manifests = join(import.meta.dirname, '../samples')) {
  const entry = join(folder, 'fairlead.mjs')
  // Running is what tells V8 which functions are worth to be kept; planning runs the most of them without a server.
  const options = { stdio: ['ignore', 'ignore', 'pipe'] }
  try {
    execFileSync(process.execPath, [entry, 'plan', '--offline', '-f', manifests], options)
  } catch (error) {
    // 2: there is something to do.
    if (error.status !== 2) throw error
  }
  enableCompileCache({ directory: join(folder, 'compiled'), portable: true })
  const started = readFileSync(entry, 'utf8')
  const chunks = readdirSync(join(folder, 'chunks')).filter((name) => !started.includes(name))
  for (const name of chunks) await import(join(folder, 'chunks', name))
  flushCompileCache()
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('usage: node warm.mjs FOLDER-OF-THE-BUNDLE')
  await warm(resolve(folder))
}
