import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../env/probe.ts'
import { pythonWith } from '../env/python-environment.ts'
import { type Stage, startStage } from '../env/stage.ts'
import { until } from '../env/until.ts'

const TOKEN = 'of-who-may-see-everything'
const EXAMPLES = 40

describe('the HTTP API and its OpenAPI document (real clock)', () => {
  let folder: string
  let python: string
  let stage: Stage
  let url: string

  beforeAll(async () => {
    const quiet = () => undefined
    python = await pythonWith(join(import.meta.dirname, '../env/schemathesis.txt'), { progress: quiet, status: quiet })
    folder = await mkdtemp(join(tmpdir(), 'fairlead-schema-'))
    await writeFile(join(folder, 'token'), TOKEN)
    const tokens = { everything: { file: join(folder, 'token'), namespaces: ['*'], metrics: true } }
    // Nobody asks as fast, and is refused as often.
    const http = { address: '127.0.0.1', port: 0, requestsPerSecond: 100_000, refusalsPerSecond: 100_000, tokens }
    stage = await startStage({ config: { http } })
    stage.fairlead.start()
    url = await stage.fairlead.http()
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    const headers = { authorization: `Bearer ${TOKEN}` }
    const planned = async () => (await ask(`${url}/status/games/Ingress/game`, { headers })).body.includes('"source":"plan"')
    await until('the game is planned', planned, { seconds: 60 })
  }, 400_000)
  afterAll(async () => {
    await stage?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('answers whatever is asked as it is described: no 5xx, no other status, no other body', async () => {
    const { code, output } = await schemathesis()
    expect(output).toContain('No issues found')
    expect(output).toMatch(/Tested: [5-9]/)
    expect(Number(/(\d+) generated/.exec(output)?.[1])).toBeGreaterThan(100)
    expect(code).toBe(0)
    expect(await stage.fairlead.log()).not.toContain('"msg":"a request failed"')
  })

  function schemathesis(): Promise<{ readonly code: number; readonly output: string }> {
    const limits = ['--max-examples', String(EXAMPLES), '--generation-deterministic', '--request-timeout', '10']
    const args = ['run', `${url}/openapi.json`, '--header', `Authorization: Bearer ${TOKEN}`, '--checks', 'all', '--no-color']
    return new Promise((resolve) => {
      const options = { cwd: folder, timeout: 110_000, maxBuffer: 64 << 20 }
      execFile(python, ['-m', 'schemathesis.cli', ...args, ...limits], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
      )
    })
  }
})
