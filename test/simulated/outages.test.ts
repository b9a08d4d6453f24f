import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EVENTS, INGRESSES, NAMESPACES } from '../../controllers/cluster/kubernetes.ts'
import type { KubeObject } from '../../controllers/shared/objects.ts'
import type { AwsCall, StartedAws } from '../support/aws.ts'
import { OUTAGES, type Outage } from '../support/outages.ts'
import { awsState, census } from '../support/remains.ts'
import { type Life, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { sizeOf } from '../support/sizes.ts'
import { givenEndpoints, givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
const DOWN_MS = 5 * MINUTE
/** Undisturbed it is about 70. */
const MOST_CALLS = 330
const exhaustive = sizeOf({ quick: 0, bounded: 0, long: 1 }) === 1
/** Of each service one way in `npm test`, so that each way occurs; all of them in `npm run test:long`. */
const singles = OUTAGES.flatMap((ways, index) => (exhaustive ? ways : [ways[index % ways.length]!]))
const pairs = OUTAGES.flatMap((first, index) =>
  OUTAGES.slice(index + 1).map(
    (second, offset) => [first[(offset + 1) % first.length]!, second[index % second.length]!] as const,
  ),
).filter((_pair, index, all) => exhaustive || index % Math.ceil(all.length / 4) === 0)

/** What everything ends in without any outage: with it, it has to end in the same. */
let undisturbed: { readonly census: Awaited<ReturnType<typeof census>>; readonly creations: Readonly<Record<string, number>> }

describe('services that are down for five minutes (simulated clock)', () => {
  beforeAll(async () => {
    await using stage = await served()
    const calls = await aws.callsDuring(async () => {
      changeEverything(stage)
      await stage.clock.advance(DOWN_MS)
      await converged(stage)
    })
    undisturbed = { census: await census(stage), creations: creationsIn(calls) }
    process.stdout.write(`undisturbed: ${calls.length} calls\n`)
    expect(undisturbed.creations).toMatchObject({ CreateLoadBalancer: 1, CreateTargetGroup: 1 })
  })

  for (const outage of singles) it(`${outage.dependency.trim()} ${outage.how}`, { timeout: 120_000 }, () => passes([outage]))
  for (const [first, second] of pairs)
    it(`${first.dependency.trim()} ${first.how}, ${second.dependency.trim()} ${second.how}`, { timeout: 120_000 }, () =>
      passes([first, second]),
    )
})

/** For services that do not answer at all. */
const IMPATIENT_MS = 500

async function passes(outages: readonly Outage[]): Promise<void> {
  await using stage = await served(outages.some(({ how }) => how === 'hangs') ? { awsTimeoutMs: IMPATIENT_MS } : {})
  const calls = await aws.callsDuring(async () => {
    const ends = await Promise.all(outages.map((one) => one.begin(stage)))
    changeEverything(stage)
    for (let minute = 0; minute < DOWN_MS / MINUTE; minute++) {
      await stage.clock.advance(MINUTE)
      await stillServes(stage)
    }
    const down = (name: string) => outages.some(({ dependency }) => dependency.includes(name))
    if (!down('Kubernetes') && !down('elbv2')) expect(await targets(stage), 'a new pod gets requests').toContain(NEW_POD)
    if (
      !down('Kubernetes') &&
      !down('elbv2') &&
      !down('ec2') &&
      !down('acm') &&
      !down('Vault') &&
      !down('route53') &&
      !down('tagging')
    )
      throw new Error('nothing is down')
    for (const end of ends) await end()
    await converged(stage)
  })
  // Twenty more minutes: whatever was left over is seen by a sweep.
  await stage.clock.advance(20 * MINUTE)
  expect(await census(stage)).toEqual(undisturbed.census)
  expect(creationsIn(calls), 'nothing is made twice').toEqual(undisturbed.creations)
  process.stdout.write(`${outages.map((one) => `${one.dependency.trim()} ${one.how}`).join(', ')}: ${calls.length} calls\n`)
  expect(calls.length, 'calls, with all that failed').toBeLessThan(MOST_CALLS)
  // A service that nobody called while it was down is not known to be down.
  const called = outages.filter(({ service }) => service === null || failedFor(calls, service) > 15)
  toldOnce(stage, called)
}

/** Seconds between the first and the last call that failed. */
function failedFor(calls: readonly AwsCall[], service: string): number {
  const failed = calls.filter((call) => call.service === service && (call.status === 0 || call.status >= 400))
  return failed.length < 3 ? 0 : failed.at(-1)!.time - failed[0]!.time
}

/** Two Ingresses served, and one that is to go. */
async function served(options: { readonly awsTimeoutMs?: number } = {}): Promise<SimulatedStage & { readonly life: Life }> {
  const stage = await simulatedStage({ aws, ...options })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  for (const name of ['game', 'moves', 'old'])
    givenIngress(stage.kubernetes, { name, host: `${name}.example.com`, paths: { '/': 'game' } })
  const life = stage.start()
  const names = ['game', 'moves', 'old']
  await stage.clock.runUntil(() => names.every((name) => isServed(stage.kubernetes, 'games', name)), { deadlineMs: 10 * MINUTE })
  await stage.clock.advance(MINUTE)
  return Object.assign(stage, { life })
}

const NEW_POD = '10.0.48.250'

/** A pod is replaced, a host moves, an Ingress goes and another one comes. */
function changeEverything({ kubernetes }: SimulatedStage): void {
  givenEndpoints(kubernetes, 'games', 'game', [NEW_POD])
  givenIngress(kubernetes, { name: 'moves', host: 'moved.example.com', paths: { '/': 'game' } })
  givenIngress(kubernetes, { name: 'fresh', host: 'fresh.example.com', paths: { '/': 'api' } })
  kubernetes.delete(INGRESSES, { namespace: 'games', name: 'old' })
}

async function converged(stage: SimulatedStage): Promise<void> {
  const { kubernetes } = stage
  const hosts = async () => (await recordNames(stage)).join()
  const wanted = ['fresh', 'game', 'moved'].map((name) => `${name}.example.com`).join()
  for (let minute = 0; minute < 60; minute++) {
    const there = ['game', 'moves', 'fresh'].every((name) => isServed(kubernetes, 'games', name))
    const gone = kubernetes.get(INGRESSES, { namespace: 'games', name: 'old' }) === null
    if (there && gone && (await hosts()) === wanted) return
    await stage.clock.advance(MINUTE)
  }
  throw new Error(
    `after an hour ${await hosts()}: ${kubernetes
      .list(INGRESSES)
      .map((item) => `${item.metadata.name} ${item.metadata.annotations?.['fairlead.dev/status']}`)
      .join('\n')}`,
  )
}

async function recordNames(stage: SimulatedStage): Promise<readonly string[]> {
  const { zones } = await awsState(stage)
  return zones
    .flatMap((zone) => zone.records.filter(({ Type }) => Type === 'A').map(({ Name }) => Name.replace(/\.$/, '')))
    .sort()
}

/** What nobody asked to change is there all the time. */
async function stillServes(stage: SimulatedStage): Promise<void> {
  expect(await recordNames(stage)).toContain('game.example.com')
  expect((await awsState(stage)).loadBalancers.length).toBeGreaterThanOrEqual(2)
  expect((await targets(stage)).length).toBeGreaterThan(0)
}

async function targets(stage: SimulatedStage): Promise<readonly string[]> {
  return JSON.stringify((await awsState(stage)).targetGroups).match(/10\.0\.\d+\.\d+/g) ?? []
}

function creationsIn(calls: readonly AwsCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { operation, status } of calls)
    if (/^(Create(?!Tags)|Import)/.test(operation) && status === 200) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

/** One finding tells it, naming the cause, and that it is over; while Kubernetes does not answer, a line of the log does. */
function toldOnce(stage: SimulatedStage & { readonly life: Life }, outages: readonly Outage[]): void {
  if (outages.length === 0) return
  const logged = stage.life.log.map((line) => JSON.parse(line) as { msg: string; code?: string; severity?: string })
  const told = logged.filter(({ code }) => code === 'ServiceDown')
  const begun = told.filter(({ severity }) => severity === 'blocking').map(({ msg }) => msg)
  for (const { dependency } of outages) expect(begun.join('\n'), 'the log names it').toContain(dependency)
  expect(begun.length).toBeLessThanOrEqual(outages.length === 1 ? 1 : 4)
  expect(told.at(-1)).toMatchObject({ severity: 'info', msg: expect.stringMatching(/^No longer/) })
  if (outages.some(({ dependency }) => dependency.includes('Kubernetes'))) return
  const events = (
    stage.kubernetes.list(EVENTS) as readonly (KubeObject & { reason?: string; note?: string; regarding?: { kind?: string } })[]
  ).filter(({ reason }) => reason === 'ServiceDown')
  expect(events.every(({ regarding }) => regarding?.kind === NAMESPACES.kind)).toBe(true)
  for (const { dependency } of outages) expect(events.map(({ note }) => note).join('\n')).toContain(dependency)
}
