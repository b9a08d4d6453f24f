import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function filesUnder(folder: string, endings: readonly string[]): readonly string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'node_modules' || name === '__pycache__') return []
    if (statSync(join(root, path)).isDirectory()) return filesUnder(path, endings)
    return endings.some((ending) => name.endsWith(ending)) ? [path] : []
  })
}

type Edge = { readonly from: string; readonly to: string; readonly typeOnly: boolean }

function edgesOf(file: string, text: string): readonly Edge[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm
  return [...text.matchAll(statement)].map((match) => ({
    from: file,
    to: match[2]!.startsWith('.') ? relative(root, resolve(root, dirname(file), match[2]!)) : match[2]!,
    typeOnly: match[1] !== undefined,
  }))
}

const FEATURES = ['certificates', 'loadbalancers', 'cloudfront', 'dns', 'cidrs']
const PURE_FILES = ['intent', 'plan', 'policies', 'retire', 'advance', 'planner', 'observed', 'events', 'permissions']
const EFFECT_FILES = /^(observe(-|$)|apply|controller$|metrics$|cache|inventory|csr|secrets)/
const LAYERS = ['runtime', 'cluster', 'aws', 'vault']
const CLIENT_LIBRARIES: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': 'cluster',
  '@aws-sdk/': 'aws',
  '@smithy/': 'aws',
  'node-vault': 'vault',
  '@hono/': 'api',
  hono: 'api',
  jose: 'api',
}

const featureOf = (path: string) => FEATURES.find((name) => path.startsWith(`controllers/${name}/`))
const baseOf = (path: string) => path.split('/').at(-1)!.replace(/\.ts$/, '')
const isShared = (path: string) => path.startsWith('controllers/shared/')
const isApi = (path: string) => path.startsWith('controllers/api/')
const isPure = (path: string) => isShared(path) || (featureOf(path) !== undefined && !EFFECT_FILES.test(baseOf(path)))

/** The rule an import breaks, or null. Types may be imported from anywhere but another controller. */
function brokenRule(edge: Edge): string | null {
  const { from, to } = edge
  const feature = featureOf(from)
  const library = Object.keys(CLIENT_LIBRARIES).find((name) => to.startsWith(name))
  if (
    library !== undefined &&
    !edge.typeOnly &&
    !from.startsWith(`controllers/${CLIENT_LIBRARIES[library]}/`) &&
    from.startsWith('controllers/')
  )
    return `only controllers/${CLIENT_LIBRARIES[library]} may import ${library}`
  if (feature !== undefined && featureOf(to) !== undefined && featureOf(to) !== feature)
    return 'controllers never import each other: they meet in facts'
  if (isApi(from) && (featureOf(to) !== undefined || /^controllers\/(aws|vault)\//.test(to)))
    return 'the API answers from what the runtime knows: no controller, AWS or Vault'
  if (from.startsWith('ipam/') && to.startsWith('controllers/')) return 'ipam imports nothing of controllers'
  if (from.startsWith('controllers/') && to.startsWith('test/')) return 'the product does not import its tests'
  if (edge.typeOnly) return null
  if (isApi(from) && /^controllers\/(main|connect|config|metrics|cli)\b/.test(to)) return 'the API is put together from outside'
  if (isShared(from) && to.startsWith('controllers/') && !isShared(to)) return 'shared imports only shared'
  if (isPure(from) && LAYERS.some((layer) => to.startsWith(`controllers/${layer}/`))) return 'a pure file imports no effect'
  if (isPure(from) && !isShared(from) && featureOf(to) !== undefined && EFFECT_FILES.test(baseOf(to)))
    return 'a pure file imports no effect'
  const layer = LAYERS.find((name) => from.startsWith(`controllers/${name}/`))
  if (layer !== undefined && (featureOf(to) !== undefined || /^controllers\/(main|config|cli|api)/.test(to)))
    return `${layer} knows no controller`
  return null
}

const sources = filesUnder('controllers', ['.ts']).map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

describe('architecture (no clock)', () => {
  it('has no import that the house forbids', () => {
    const broken = sources.flatMap(({ file, text }) =>
      edgesOf(file, text).flatMap((edge) => {
        const rule = brokenRule(edge)
        return rule === null ? [] : [`${edge.from} -> ${edge.to}: ${rule}`]
      }),
    )
    expect(broken).toEqual([])
  })

  it('sees a forbidden import', () => {
    const edge = { from: 'controllers/dns/plan.ts', to: 'controllers/loadbalancers/plan.ts', typeOnly: true }
    expect(brokenRule(edge)).toMatch(/meet in facts/)
    expect(brokenRule({ from: 'controllers/dns/plan.ts', to: 'controllers/aws/clients.ts', typeOnly: false })).toMatch(
      /no effect/,
    )
    expect(brokenRule({ from: 'controllers/shared/plan.ts', to: 'controllers/runtime/clock.ts', typeOnly: false })).toMatch(
      /only shared/,
    )
    expect(brokenRule({ from: 'controllers/dns/apply.ts', to: '@aws-sdk/client-route-53', typeOnly: false })).toMatch(
      /only controllers\/aws/,
    )
    for (const to of ['controllers/dns/plan.ts', 'controllers/aws/clients.ts', 'controllers/vault/client.ts'])
      expect(brokenRule({ from: 'controllers/api/status.ts', to, typeOnly: true })).toMatch(/no controller, AWS or Vault/)
    expect(brokenRule({ from: 'controllers/api/app.ts', to: 'controllers/main.ts', typeOnly: false })).toMatch(/from outside/)
    expect(brokenRule({ from: 'controllers/runtime/health.ts', to: 'hono', typeOnly: false })).toMatch(/only controllers\/api/)
    expect(edgesOf('controllers/dns/a.ts', "import type { X } from '../shared/b.ts'\n")).toEqual([
      { from: 'controllers/dns/a.ts', to: 'controllers/shared/b.ts', typeOnly: true },
    ])
  })

  it('keeps clocks, randomness, environment and network out of pure files', () => {
    const forbidden = /\b(Date\.now|Math\.random|process\.|fetch\(|new Date\(\)|setTimeout|setInterval|performance\.)/
    const found = sources
      .filter(({ file }) => isPure(file))
      .flatMap(({ file, text }) =>
        text
          .split('\n')
          .flatMap((line, index) =>
            forbidden.test(line.replace(/\/\/.*|^\s*\*.*/, '')) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
          ),
      )
    expect(found).toEqual([])
  })

  it('reads the environment in config.ts only', () => {
    const found = sources
      .filter(({ file, text }) => file !== 'controllers/config.ts' && /process\.env\b/.test(text))
      .map(({ file }) => file)
    expect(found).toEqual([])
  })

  it('keeps files within 300 lines', () => {
    const own = [...sources.map(({ file }) => file), ...filesUnder('test', ['.ts', '.py']), 'bootstrap.mjs']
    const long = own.flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1
      return lines > 300 ? [`${file}: ${lines}`] : []
    })
    expect(long).toEqual([])
  })

  it('has the same file names in each controller folder', () => {
    const folders = readdirSync(join(root, 'controllers')).filter((name) => FEATURES.includes(name))
    const missing = folders.flatMap((name) =>
      [...PURE_FILES, 'observe', 'apply', 'controller']
        .filter((file) => !sources.some((source) => source.file === `controllers/${name}/${file}.ts`))
        .map((file) => `controllers/${name}/${file}.ts`),
    )
    expect(missing).toEqual([])
  })

  it('has no top-level folder beyond the house', () => {
    const allowed = ['controllers', 'ipam', 'deploy', 'docs', 'test', 'node_modules', '.git', '.ci', '.github', 'out']
    const extra = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !allowed.includes(entry.name))
      .map((entry) => entry.name)
    expect(extra).toEqual([])
  })
})
