import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** `npm run check`: types, lint, architecture. All three run, so that one run tells everything. */
const root = join(import.meta.dirname, '../..')
const node = (script: string, ...args: readonly string[]) => [process.execPath, join(root, 'node_modules', script), ...args]

const steps: readonly (readonly [what: string, command: readonly string[]])[] = [
  ['types', node('typescript/bin/tsc', '--noEmit', '-p', root)],
  ['lint', node('@biomejs/biome/bin/biome', 'check', root)],
  ['architecture', node('vitest/vitest.mjs', 'run', '--project', 'unit', 'test/unit/architecture.test.ts')],
]

const failed = steps.filter(([what, [command, ...args]]) => {
  process.stderr.write(`check: ${what}\n`)
  return spawnSync(command!, args, { cwd: root, stdio: 'inherit' }).status !== 0
})
for (const [what] of failed) process.stderr.write(`check: ${what} failed\n`)
process.exitCode = failed.length === 0 ? 0 : 1
