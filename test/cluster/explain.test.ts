import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExplainedIngress } from '../../controllers/cli/explain-ingress.ts'
import type { ExplainedHost } from '../../controllers/cli/host-verdict.ts'
import { type CommandResult, runFairlead } from '../env/fairlead-process.ts'
import { AWS_ENV, type Stage, startStage } from '../env/stage.ts'

type Reached = { readonly status: number; readonly targetGroup?: string; readonly target?: unknown }

describe('fairlead explain on real servers (real clock)', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
    await stage.kubectl('apply', '-f', 'deploy/samples/game.yaml')
    stage.fairlead.start()
    const { code, stderr } = await fairlead('wait', 'games/game', '--for=served', '--timeout=90s')
    expect([code, stderr]).toEqual([0, ''])
  })
  afterAll(() => stage?.stop())

  // With the very permissions of Fairlead.
  const fairlead = (...args: readonly string[]): Promise<CommandResult> =>
    runFairlead(['--kubeconfig', stage.kubeconfig, '--config', stage.configFile, ...args], { env: AWS_ENV })

  it.each(['/', '/api/scores', '/healthz', '/healthz/x'])('names the target group that gets a request for %s', async (path) => {
    const url = `https://game.example.com${path}`
    const { stdout } = await fairlead('explain', 'ingress', 'games/game', '--request', url, '-o', 'json')
    const explained: ExplainedIngress = JSON.parse(stdout)
    const answers = explained.loadBalancers.flatMap((item) => item.listeners.flatMap((listener) => listener.answer ?? []))
    const reached = (await stage.aws.control('POST', 'request', { url })) as Reached
    expect(reached.status).toBe(200)
    expect(answers.map((answer) => answer.groups.map((group) => group.arn))).toEqual([[reached.targetGroup]])
  })

  it('finds the host served; tells a freeze in the plan; and who asks for what is not there: exit code 1', async () => {
    const host = await fairlead('explain', 'host', 'game.example.com', '-o', 'json')
    expect(JSON.parse(host.stdout) as ExplainedHost).toMatchObject({ kind: 'host', served: true, zone: { name: 'example.com' } })
    await stage.kubectl(
      'create',
      'configmap',
      'fairlead-safety',
      '-n',
      'fairlead-system',
      '--from-literal=freeze=the region moves',
    )
    const plan = JSON.parse((await fairlead('plan', '-o', 'json')).stdout) as { readonly stops: readonly object[] }
    expect(plan.stops).toEqual([{ kind: 'freeze', object: null, message: 'All writes are frozen: the region moves' }])
    expect((await fairlead('plan')).stdout).toMatch(/^All writes are frozen: the region moves\n/)
    const missing = await fairlead('explain', 'host', 'gmae.example.com')
    expect([missing.code, missing.stdout]).toEqual([1, ''])
    expect(missing.stderr).toContain('did you mean game.example.com?')
  })
})
