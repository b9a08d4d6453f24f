// `npm test`: every tier against the real servers, then the permissions, then one line `N passed, N failed`. `--long`: the same at exhaustive sizes.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBinaries } from './binaries.ts'
import { allComponents } from './components.ts'
import { judgePermissions } from './judge-permissions.ts'
import { showProgress } from './progress.ts'
import { awsSource, pythonWith } from './python-environment.ts'
import { MissingToolError } from './toolchain.ts'

type Tally = { readonly passed: number; readonly failed: number }

const root = join(import.meta.dirname, '../..')
const long = process.argv.includes('--long')
const tiers = ['unit', 'property', 'contract', 'simulated', 'cluster', 'fault']

function runToEnd(command: string, args: readonly string[], cwd: string, reports: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const tools = { FAIRLEAD_SUITE: '1', FAIRLEAD_REPORTS: reports, ...(long ? { FAIRLEAD_LONG: '1' } : {}) }
    const env = { ...process.env, ...tools }
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** A tier of Vitest. A run that breaks before it can count is a failure of its own. */
async function vitest(tier: string, reports: string): Promise<Tally> {
  const report = join(reports, `${tier}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await runToEnd(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', tier, '--passWithNoTests', ...reporters],
    root,
    reports,
  )
  let result: {
    numPassedTests: number
    numFailedTests: number
    testResults: readonly { status: string; assertionResults: readonly unknown[] }[]
  }
  try {
    result = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1 }
  }
  const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  const failed = result.numFailedTests + broken
  return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

/** The AWS stand-in's own tests: each rule has one. */
async function pytest(
  reports: string,
  report: { progress: (line: string) => void; status: (line: string) => void },
): Promise<Tally> {
  const python = await pythonWith(join(awsSource, 'requirements-test.txt'), report)
  const xml = join(reports, 'pytest.xml')
  const code = await runToEnd(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${xml}`, 'tests'],
    awsSource,
    reports,
  )
  try {
    const text = readFileSync(xml, 'utf8')
    const count = (name: string) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0)
    const failed = count('failures') + count('errors')
    return { passed: count('tests') - failed - count('skipped'), failed: failed === 0 && code !== 0 ? 1 : failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** What deploy/ grants, held against what all of them have used: one test, that fails as often as there are gaps. */
async function permissions(reports: string): Promise<Tally> {
  const { gaps, summary } = await judgePermissions(reports)
  for (const gap of gaps) process.stdout.write(`FAILED permissions: ${gap}\n`)
  process.stdout.write(`permissions: ${summary}\n`)
  return { passed: gaps.length === 0 ? 1 : 0, failed: gaps.length }
}

async function main(): Promise<void> {
  const reports = mkdtempSync(join(tmpdir(), 'fairlead-suite-'))
  const tallies: (Tally & { readonly what: string; readonly seconds: number })[] = []
  const timed = async (what: string, run: () => Promise<Tally>) => {
    const started = performance.now()
    tallies.push({ what, ...(await run()), seconds: Math.round((performance.now() - started) / 1000) })
  }
  const { progress, status, end } = showProgress()
  try {
    await ensureBinaries(allComponents, { progress, status }).finally(end)
    await timed('test/aws', () => pytest(reports, { progress, status }))
    for (const tier of tiers) await timed(tier, () => vitest(tier, reports))
    await timed('permissions', () => permissions(reports))
  } finally {
    rmSync(reports, { recursive: true, force: true })
  }
  for (const { what, passed, failed, seconds } of tallies)
    process.stdout.write(`${what}: ${passed} passed, ${failed} failed in ${seconds} s\n`)
  const sum = (key: 'passed' | 'failed') => tallies.reduce((total, tally) => total + tally[key], 0)
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`)
  process.exitCode = sum('failed') === 0 ? 0 : 1
}

try {
  await main()
} catch (error) {
  process.stderr.write(
    `${error instanceof MissingToolError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.stdout.write('0 passed, 1 failed\n')
  process.exitCode = 1
}
