import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assertExclusive, exclusiveOf, type ReleaseOptions, release } from '../../controllers/cli/release.ts'
import { CONFIG_MAPS, INGRESSES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import { auditLine } from '../../controllers/shared/audit-line.ts'
import { awsAccount, type StartedAws } from '../support/aws.ts'
import { awsState, census, NOTHING_LEFT } from '../support/remains.ts'
import { deployedPolicies } from '../support/roles.ts'
import { REGION, type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())

const MINUTE = 60_000
/** As the guide says: beside their own policies the roles have that of the release. */
const WITH_RELEASE = deployedPolicies(awsAccount, { release: true })
const GAME = { namespace: 'games', name: 'game' }
const KEEP: ReleaseOptions = { delete: false, yes: true, timeoutSeconds: 3600 }
const DELETE: ReleaseOptions = { delete: true, yes: true, timeoutSeconds: 3600 }

/** Two Ingresses served, one in a group, and the controller stopped. */
async function stopped(): Promise<SimulatedStage> {
  const stage = await simulatedStage({ aws, awsConfig: WITH_RELEASE })
  givenIngressClass(stage.kubernetes)
  for (const name of ['game', 'api']) givenService(stage.kubernetes, 'games', name)
  givenIngress(stage.kubernetes)
  givenIngress(stage.kubernetes, {
    name: 'api',
    host: 'api.example.com',
    paths: { '/': 'api' },
    annotations: { 'alb.ingress.kubernetes.io/group.name': 'apis' },
  })
  const life = stage.start()
  await stage.clock.runUntil(() => ['game', 'api'].every((name) => isServed(stage.kubernetes, 'games', name)), {
    deadlineMs: 10 * MINUTE,
  })
  await life.stop()
  return stage
}

/** Runs the command to its end, letting time pass. */
async function run(stage: SimulatedStage, options: ReleaseOptions, killAfter?: number) {
  const told: string[] = []
  let trail: readonly string[] = []
  let calls = 0
  const onCalled = (count: number) => {
    calls = count
  }
  let ended = false
  const command = stage
    .command(
      async ({ config, settings, ports, trail: written }) => {
        trail = written
        return await release(config, settings, ports, options, (text) => told.push(text), new AbortController().signal)
      },
      { ...(killAfter === undefined ? {} : { killAfter }), onCalled },
    )
    .finally(() => {
      ended = true
    })
  await stage.clock.runUntil(() => ended, { deadlineMs: 120 * MINUTE })
  return { code: await command, told: told.join('\n'), calls, trail }
}

/** What still says that it is ours: tags, ownership records, labels, finalizers, annotations. */
async function traces(stage: SimulatedStage): Promise<readonly string[]> {
  // What name servers still answer (`answers`) is on its way out.
  const text = JSON.stringify(await awsState(stage), (key, value: unknown) => (key === 'answers' ? undefined : value))
  const inAws = text.match(/fairlead\.dev\/(cluster|object|slot|retire-after|owner|txt-owner)|external-dns\/owner/g) ?? []
  const objects = [...stage.kubernetes.list(INGRESSES), ...stage.kubernetes.list(SECRETS)].flatMap(({ metadata }) => [
    ...(metadata.finalizers ?? []),
    ...Object.keys(metadata.labels ?? {}),
    ...Object.keys(metadata.annotations ?? {}).filter((key) => /^fairlead\.dev\/(status|ready)$/.test(key)),
  ])
  return [...inAws, ...objects.filter((key) => key.startsWith('fairlead.dev/'))]
}

describe('fairlead release --all (simulated clock)', () => {
  it('first says what it would do, and does nothing', async () => {
    await using stage = await stopped()
    const before = await census(stage)
    const { code, told } = await run(stage, { ...KEEP, yes: false })
    expect(code).toBe(2)
    expect(told).toMatch(/Nothing was done\. With --yes it is\./)
    expect(told).toMatch(/a-game\.example\.com TXT/)
    expect(await census(stage)).toEqual(before)
    expect((await traces(stage)).length).toBeGreaterThan(10)
  })

  it('leaves everything serving and nothing ours; again it finds nothing', async () => {
    await using stage = await stopped()
    const before = await census(stage)
    let trail: readonly string[] = []
    const calls = await aws.callsDuring(async () => {
      const { code, trail: written } = await run(stage, KEEP)
      expect(code).toBe(0)
      trail = written
    })
    expect(
      [...new Set(calls.map((call) => call.operation).filter((name) => !/^(Describe|Get|List|Assume)/.test(name)))].sort(),
    ).toEqual(['ChangeResourceRecordSets', 'ChangeTagsForResource', 'DeleteTags', 'RemoveTags', 'RemoveTagsFromCertificate'])
    // Each write stands in the audit trail, between what was intended and what came of it.
    const lines = trail.map((line) => auditLine.parse(JSON.parse(line)))
    const outcomes = lines.flatMap((line) => (line.kind === 'outcome' ? [line] : []))
    const audited = new Set(outcomes.flatMap((line) => line.calls.map((call) => call.requestId)))
    const writes = calls.filter(({ operation }) => !/^(Describe|Get|List|Assume)/.test(operation))
    expect(writes.filter(({ requestId }) => !audited.has(requestId)).map(({ operation }) => operation)).toEqual([])
    expect(lines.filter(({ kind }) => kind === 'intent')).toHaveLength(outcomes.length)
    const patched = lines.flatMap((line) => (line.kind === 'intent' ? [line.type] : []))
    expect(patched).toEqual(expect.arrayContaining(['Kubernetes::Ingress', 'Kubernetes::Secret']))
    expect(await traces(stage)).toEqual([])
    // A record has lost its ownership record, and is there.
    expect(await census(stage)).toEqual({ ...before, records: before.records! / 2 })
    expect(await run(stage, KEEP)).toMatchObject({ code: 0, told: 'nothing here is ours' })
  })

  it('ends the same when it is killed after any call and repeated', { timeout: 600_000 }, async () => {
    let last = 1
    for (let kill = 1; kill <= last; kill += 3) {
      await using stage = await stopped()
      const before = await census(stage)
      const { code, calls } = await run(stage, KEEP, kill)
      if (code !== null) break
      last = Math.max(last, calls + 3)
      // The tag index lags behind.
      await stage.clock.advance(10_000)
      expect((await run(stage, KEEP)).code, `killed after ${kill}`).toBe(0)
      expect(await traces(stage), `killed after ${kill}`).toEqual([])
      expect(await census(stage)).toEqual({ ...before, records: before.records! / 2 })
    }
    expect(last).toBeGreaterThan(10)
  })
})

describe('fairlead release --all --delete (simulated clock)', () => {
  it('removes everything proven ours, and nothing else; the Ingresses stay', async () => {
    await using stage = await stopped()
    const foreign = await givenForeign()
    const { code, told } = await run(stage, DELETE)
    expect(told).toMatch(/everything that was ours is removed/)
    expect(code).toBe(0)
    expect(await census(stage)).toEqual({ ...NOTHING_LEFT, ingresses: 2, targetGroups: 1 })
    expect(JSON.stringify(await awsState(stage))).toContain(foreign)
    expect(await traces(stage)).toEqual([])
    expect(stage.kubernetes.get(INGRESSES, GAME)?.metadata.finalizers ?? []).toEqual([])
  })

  it('goes on where it was killed', { timeout: 600_000 }, async () => {
    for (const kill of [25, 40, 55, 70]) {
      await using stage = await stopped()
      await run(stage, DELETE, kill)
      await stage.clock.advance(10_000)
      expect((await run(stage, DELETE)).code, `killed after ${kill}`).toBe(0)
      expect(await census(stage)).toEqual({ ...NOTHING_LEFT, ingresses: 2 })
    }
  })
})

describe('who may release (simulated clock)', () => {
  const exclusive = (stage: SimulatedStage) =>
    stage.command(async ({ config, ports }) => await exclusiveOf(ports.kubernetes, config, stage.clock.now()))

  it('nobody while a controller runs, unless it is frozen', async () => {
    await using stage = await simulatedStage({ aws, awsConfig: WITH_RELEASE })
    const life = stage.start()
    await stage.clock.advance(5_000)
    const running = (await exclusive(stage))!
    expect(running).toMatchObject({ frozen: false, holder: expect.stringMatching(/^fairlead-/) })
    expect(() => assertExclusive(running, DELETE)).toThrow(/is running, and would make again what is given up/)
    expect(() => assertExclusive(running, KEEP)).toThrow(/scale it to 0\)$/)
    stage.kubernetes.apply(CONFIG_MAPS, {
      metadata: { namespace: 'fairlead-system', name: 'fairlead-safety' },
      data: { freeze: 'release' },
    })
    expect(() => assertExclusive(running, DELETE)).toThrow()
    const frozen = (await exclusive(stage))!
    assertExclusive(frozen, DELETE)
    // It would write what it says of each Ingress again.
    expect(() => assertExclusive(frozen, KEEP)).toThrow(/is frozen, but goes on telling each Ingress/)
    await life.stop()
    for (const options of [KEEP, DELETE]) assertExclusive({ ...(await exclusive(stage))!, frozen: false }, options)
  })

  it('releases beside a frozen controller, which makes nothing again', async () => {
    await using stage = await stopped()
    stage.kubernetes.apply(CONFIG_MAPS, {
      metadata: { namespace: 'fairlead-system', name: 'fairlead-safety' },
      data: { freeze: 'release' },
    })
    stage.start()
    await stage.clock.advance(5_000)
    const { code, told } = await run(stage, DELETE)
    expect(code, told).toBe(0)
    await stage.clock.advance(30 * MINUTE)
    expect(await census(stage)).toEqual({ ...NOTHING_LEFT, ingresses: 2 })
  })
})

/** A target group of somebody else's, named as one of ours might be. */
async function givenForeign(): Promise<string> {
  const clients = aws.clients()
  try {
    const options = { signal: new AbortController().signal, priority: 'change' as const }
    const { Vpcs = [] } = await clients.ec2({ account: awsAccount, region: REGION }).describeVpcs({}, options)
    const made = await clients
      .elbv2({ account: awsAccount, region: REGION })
      .createTargetGroup({ Name: 'fl-not-ours', Protocol: 'HTTP', Port: 80, VpcId: Vpcs[0]!.VpcId!, TargetType: 'ip' }, options)
    return made.TargetGroups![0]!.TargetGroupArn!
  } finally {
    clients.close()
  }
}
