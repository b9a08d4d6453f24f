// `npm run demo`: the main job, live. With `-- --once`: the same as a check, then everything is taken down again.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { CHAIN_ORDER } from '../../controllers/shared/chain.ts'
import { showProgress } from './progress.ts'
import { leftovers, proveServed } from './proof.ts'
import { type Stage, startStage } from './stage.ts'
import { MissingToolError } from './toolchain.ts'
import { until } from './until.ts'

const HOST = 'game.example.com'
const SAMPLE = 'deploy/samples/game.yaml'
const say = (line: string) => process.stdout.write(`${line}\n`)

/** `fairlead status` as a user would run it. */
async function statusOf(stage: Stage, name: string): Promise<string> {
  const cli = ['controllers/cli/main.ts', '--kubeconfig', stage.environment.kubeconfig, 'status', name]
  return (await promisify(execFile)(process.execPath, cli)).stdout.trimEnd()
}

type Told = {
  readonly phase: string
  readonly steps: Record<string, string>
  readonly detail?: string
  readonly waitingFor?: readonly string[]
}

/** Prints the status whenever it changes, until the Ingress is served. */
async function watchUntilServed(stage: Stage): Promise<void> {
  let shown = ''
  await until(
    `${HOST} is served`,
    async () => {
      const text = await stage.kubectl('get', 'ingress', 'game', '-n', 'games', '-o', 'json')
      const { metadata } = JSON.parse(text) as { metadata: { annotations?: Record<string, string> } }
      const status = metadata.annotations?.['fairlead.dev/status'] ?? ''
      if (status !== shown && status !== '') {
        shown = status
        const { phase, steps, detail = '', waitingFor = [] } = JSON.parse(status) as Told
        const chain = CHAIN_ORDER.flatMap((controller) =>
          steps[controller] === undefined ? [] : [`${controller} ${steps[controller]}`],
        )
        const waits = waitingFor.length === 0 ? '' : ` (waits for ${waitingFor.join(', ')})`
        say(`  ${phase.padEnd(10)} ${chain.join(' → ')}${detail === '' ? '' : `   next: ${detail}${waits}`}`)
      }
      return metadata.annotations?.['fairlead.dev/ready'] === 'true'
    },
    { seconds: 90, everyMs: 100 },
  )
}

async function once(stage: Stage): Promise<void> {
  say('\nNow it is deleted: kubectl delete ingress game -n games')
  await stage.kubectl('delete', 'ingress', 'game', '-n', 'games', '--wait=true', '--timeout=90s')
  const left = await until('nothing is left', async () => ((await leftovers(stage)).length === 0 ? [] : undefined), {
    seconds: 60,
    everyMs: 250,
  }).catch(() => leftovers(stage))
  if (left.length > 0) throw new Error(`left behind after deletion:\n  ${left.join('\n  ')}`)
  say('  nothing is left: no certificate, load balancer, target group, security group, record, Secret or finalizer')
}

function lookAround(stage: Stage): string {
  const { environment } = stage
  const cli = `npm run --silent fairlead -- --kubeconfig ${environment.kubeconfig}`
  return `
It keeps running. Look around from another terminal:

  export KUBECONFIG=${environment.kubeconfig}
  export AWS_ENDPOINT_URL=${environment.aws.endpoint} AWS_ACCESS_KEY_ID=AKIA111111111111TEST AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1
  alias kubectl=${environment.kubectl}

  ${cli} status
  ${cli} --config ${stage.configFile} plan
  kubectl describe ingress game -n games
  tail -f ${stage.fairlead.logFile}

Try
  kubectl scale deployment api -n games --replicas=4          targets follow
  kubectl annotate ingress game -n games alb.ingress.kubernetes.io/sheme=internal     a misspelt annotation is told in an Event
  kubectl delete ingress game -n games                        everything goes, in the order that drops no request

Ctrl-C ends all of it.`
}

async function main(): Promise<void> {
  const isOnce = process.argv.includes('--once')
  const { progress, status, end } = showProgress()
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'))
  })
  const starting = startStage({ progress, status }).finally(end)
  if ((await Promise.race([starting, interrupted])) === 'interrupted') process.exit(130)
  await using stage = await starting
  try {
    stage.fairlead.start()
    say(`\nAn annotated Ingress: kubectl apply -f ${SAMPLE}`)
    const began = performance.now()
    await stage.kubectl('apply', '-f', SAMPLE)
    await watchUntilServed(stage)
    say(`  served after ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
    say(await statusOf(stage, 'games/game'))
    say('\nAs a client of the host meets it:')
    for (const line of await proveServed(stage, HOST)) say(`  ${line}`)
    if (isOnce) return await once(stage)
    say(lookAround(stage))
    await interrupted
    process.stderr.write('\nstopping\n')
  } catch (error) {
    const log = await readFile(stage.fairlead.logFile, 'utf8').catch(() => '')
    process.stderr.write(`\nthe last of Fairlead's log:\n${log.split('\n').slice(-25).join('\n')}\n`)
    throw error
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(
    `${error instanceof MissingToolError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = 1
}
