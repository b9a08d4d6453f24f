// First stage of the image, and `npm run bundle`: everything `fairlead` runs, as a few files that need no node_modules.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '../..')

/**
 * Packages whose modules do nothing but define what they export, though their package.json does not say so: what is not used of them is left
 * out. Without it client-node alone brings 850 generated models that KubeConfig never touches, and each costs memory while the process lives.
 */
const PURE = /\/node_modules\/(@kubernetes\/client-node|@aws-sdk|@smithy|zod|yaml)\//

/** Writes the bundle into `folder`, which is emptied first. Answers with the files written. */
export async function bundle(folder) {
  const built = await rolldown({
    cwd: root,
    input: { fairlead: join(import.meta.dirname, 'entry.mjs') },
    platform: 'node',
    // The ES modules of a package: of CommonJS nothing can be left out.
    resolve: { mainFields: ['module', 'main'] },
    treeshake: { moduleSideEffects: (id) => !PURE.test(id) },
    onLog: (level, log, next) => {
      // An import that is not there is a bundle that breaks when somebody first comes to it.
      if (level === 'warn' && /UNRESOLVED|MISSING_EXPORT/.test(log.code ?? '')) throw new Error(log.message)
      next(level, log)
    },
  })
  const { output } = await built.write({
    dir: folder,
    cleanDir: true,
    format: 'esm',
    minify: true,
    comments: false,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
  })
  await built.close()
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), notices(modules))
  return [...output.map((chunk) => chunk.fileName), 'THIRD-PARTY.txt']
}

/** The licences of what is bundled: each asks that its text goes along. */
function notices(modules) {
  const folders = [...new Set(modules.flatMap((id) => packageFolder(id) ?? []))].sort()
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const files = globSync('{LICENSE,LICENCE,License,license,NOTICE}*', { cwd: folder })
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
      return [`${name} ${version} (${typeof license === 'string' ? license : 'see below'})`, ...texts].join('\n\n')
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n')
}

/** The folder of the package that a module belongs to; undefined for our own. */
function packageFolder(id) {
  const file = id.replace(/^\0/, '')
  if (!file.includes('/node_modules/')) return undefined
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name !== undefined) return folder
  }
  return undefined
}

if (import.meta.main) {
  const folder = resolve(process.env.INIT_CWD ?? root, process.argv[2] ?? join(root, 'dist'))
  const files = await bundle(folder)
  process.stderr.write(`bundled into ${folder}: ${files.length} files\n`)
}
