// Runs a file of this project with the Node that the lock file names, on a fresh clone too.
// Plain JavaScript for Node 20 and later; everything it says goes to stderr, so that stdout stays the command's own.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WANTED_MAJOR = 24
const root = dirname(fileURLToPath(import.meta.url))

function fail(message) {
  process.stderr.write(`fairlead: ${message}\n`)
  process.exit(1)
}

/** Installs exactly what package-lock.json names, if what is installed is not that. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.fairlead-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write('fairlead: installing the packages that package-lock.json names\n')
  const env = { ...process.env, npm_config_engine_strict: 'false', npm_config_loglevel: 'error' }
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit'], { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`)
  if (npm.status !== 0) fail(`npm ci ended with ${npm.status ?? npm.signal}; its messages are above`)
  writeFileSync(stamp, lock)
}

/** This process's own Node if it is new enough, else the one that npm installed. */
function nodeBinary() {
  const bundled = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(bundled)) return bundled
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath
  return fail(
    `Node ${WANTED_MAJOR} or later is needed to run Fairlead; this is ${process.version} on ${process.platform}-${process.arch}`,
  )
}

const [target, ...args] = process.argv.slice(2)
if (!target) fail('usage: node bootstrap.mjs FILE [ARGUMENT ...]')
if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node 20 or later is needed to start; this is ${process.version}`)
install()
const child = spawn(nodeBinary(), [join(root, target), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => fail(`${target} could not be started: ${error.message}`))
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  } else process.exit(code ?? 1)
})
