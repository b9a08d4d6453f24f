// What the bundle starts with: V8's compiled code of the last start, or of the image's build, saves a third of the time to be ready.
// https://nodejs.org/api/module.html#module-compile-cache. On a read-only file system it is read and not written.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache({ directory: join(import.meta.dirname, 'compiled'), portable: true })
await import('../../controllers/cli/main.ts')
