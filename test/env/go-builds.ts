// The Go programs of the environment: one small module each under go/, built from the Go module proxy into the cache.
import { spawn } from 'node:child_process'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type CacheEntry, cached, shortHash } from './cache.ts'
import { dieWithUs } from './reaper.ts'
import { requireGo } from './toolchain.ts'

export type GoBuild = 'etcd' | 'kwok' | 'kubernetes' | 'vault'

type Recipe = {
  readonly version: string
  /** Go package -> name of the binary. */
  readonly packages: Readonly<Record<string, string>>
  readonly ldflags?: string
  readonly env?: Readonly<Record<string, string>>
  /** A directory of a module's source that the program reads at run time, copied to share/. */
  readonly share?: { readonly module: string; readonly path: string }
  /** What a person should expect of a cold build on two cores. */
  readonly minutes: number
}

const kubernetesVersion = 'v1.37.2'

const recipes: Readonly<Record<GoBuild, Recipe>> = {
  etcd: { version: 'v3.7.3', packages: { 'go.etcd.io/etcd/server/v3': 'etcd' }, minutes: 1 },
  kwok: {
    version: 'v0.8.0',
    packages: { 'sigs.k8s.io/kwok/cmd/kwok': 'kwok' },
    share: { module: 'sigs.k8s.io/kwok', path: 'kustomize/stage' },
    minutes: 2,
  },
  kubernetes: {
    version: kubernetesVersion,
    packages: Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map((name) => [
        `k8s.io/kubernetes/cmd/${name}`,
        name,
      ]),
    ),
    // The released binaries carry their version this way; without it the API server calls itself v0.0.0.
    ldflags: ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
      .flatMap((pkg) => [`${pkg}.gitVersion=${kubernetesVersion}`, `${pkg}.gitMajor=1`, `${pkg}.gitMinor=37`])
      .map((assignment) => `-X ${assignment}`)
      .join(' '),
    minutes: 8,
  },
  vault: {
    version: 'v1.19.5',
    packages: { 'github.com/hashicorp/vault': 'vault' },
    // The checksum database does not know every module version Vault names; go.sum pins them all the same.
    env: { GONOSUMDB: 'github.com/hashicorp/*' },
    minutes: 12,
  },
}

export function goVersion(name: GoBuild): string {
  return recipes[name].version
}

export type BuildReport = {
  /** One line per step. */
  readonly progress: (line: string) => void
  /** What is going on right now; each call replaces the last. */
  readonly status: (line: string) => void
}

/** The cache directory of a built program: binaries in bin/, data in share/. */
export async function buildGo(name: GoBuild, { progress, status }: BuildReport): Promise<CacheEntry> {
  const recipe = recipes[name]
  const moduleDir = join(import.meta.dirname, 'go', name)
  const title = `${name} ${recipe.version}`
  const { packages, ldflags = '', share } = recipe
  const goMod = await readFile(join(moduleDir, 'go.mod'), 'utf8')
  const key = shortHash(goMod, JSON.stringify({ packages, ldflags, share }), process.platform, process.arch)
  return await cached(
    `${name}-${recipe.version}-${key}`,
    async (dir) => {
      await requireGo(moduleDir)
      progress(`building ${title} (about ${recipe.minutes} min on two cores, once)`)
      const started = performance.now()
      const total = await countPackages(moduleDir, recipe, (line) => status(`building ${title}: ${line}`))
      let compiled = 0
      await mkdir(join(dir, 'bin'))
      for (const [pkg, binary] of Object.entries(recipe.packages)) {
        const args = [
          'build',
          '-v',
          '-trimpath',
          '-ldflags',
          `-s -w ${recipe.ldflags ?? ''}`,
          '-o',
          join(dir, 'bin', binary),
          pkg,
        ]
        await go(moduleDir, args, recipe, (line) => {
          if (!line.startsWith('go: ')) compiled++
          status(`building ${title}: ${compiled} of ${total} packages, ${line}`)
        })
      }
      if (recipe.share !== undefined) await copyShare(moduleDir, recipe, dir)
      progress(`built ${title} in ${Math.round((performance.now() - started) / 1000)} s`)
    },
    () => progress(`waiting for another process that builds ${title}`),
  )
}

async function countPackages(moduleDir: string, recipe: Recipe, onLine: (line: string) => void): Promise<number> {
  const listed = await go(moduleDir, ['list', '-deps', ...Object.keys(recipe.packages)], recipe, onLine)
  return listed.split('\n').length - 1
}

async function copyShare(moduleDir: string, recipe: Recipe, dir: string): Promise<void> {
  const { module, path } = recipe.share as NonNullable<Recipe['share']>
  const root = (await go(moduleDir, ['list', '-m', '-f', '{{.Dir}}', module], recipe, () => undefined)).trim()
  await cp(join(root, path), join(dir, 'share'), { recursive: true })
}

/** Runs the go command; resolves with its stdout, passes each line of its stderr on. */
function go(cwd: string, args: readonly string[], recipe: Recipe, onLine: (line: string) => void): Promise<string> {
  const { GONOSUMDB } = process.env
  const env: NodeJS.ProcessEnv = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly', ...recipe.env }
  if (recipe.env?.GONOSUMDB !== undefined && GONOSUMDB) env.GONOSUMDB = `${GONOSUMDB},${recipe.env.GONOSUMDB}`
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    dieWithUs(child)
    const errors: string[] = []
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    createInterface({ input: child.stderr }).on('line', (line) => {
      errors.push(line)
      onLine(line)
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`go ${args.join(' ')} in ${cwd} failed with exit code ${code}:\n${errors.slice(-20).join('\n')}`))
    })
  })
}
