import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { INGRESSES } from '../../controllers/cluster/kubernetes.ts'
import { planners } from '../../controllers/main.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import { unitKey } from '../../controllers/shared/unit.ts'
import type { StartedAws } from '../support/aws.ts'
import { type SimulatedStage, simulatedStage, startSimulatedAws } from '../support/simulated-stage.ts'
import { givenIngress, givenIngressClass, givenService, isServed } from '../support/world.ts'

const MINUTE = 60_000
const GROUPS = 4
const PER_GROUP = 5
const ALL = GROUPS * PER_GROUP
const LISTENERS = 2

let aws: StartedAws
beforeAll(async () => {
  aws = await startSimulatedAws()
})
afterAll(() => aws[Symbol.asyncDispose]())
afterEach(() => vi.restoreAllMocks())

const nameOf = (group: number, index: number) => `web-${group}-${index}`
const hostOf = (group: number, index: number) => (index === 0 ? `*.g${group}.example.com` : `h${index}.g${group}.example.com`)

function givenMember(stage: SimulatedStage, group: number, index: number): void {
  const name = nameOf(group, index)
  givenService(stage.kubernetes, 'games', name, 1)
  givenIngress(stage.kubernetes, {
    name,
    host: hostOf(group, index),
    paths: { '/': name },
    annotations: { 'alb.ingress.kubernetes.io/group.name': `g${group}`, 'fairlead.dev/certificate': index === 0 ? 'vault' : '' },
  })
}

/** All served, and nothing left to do. */
async function converged(options: Parameters<typeof simulatedStage>[0]) {
  const stage = await simulatedStage({ config: { sweepSeconds: 86_400, safety: { heartbeatSeconds: 86_400 } }, ...options })
  givenIngressClass(stage.kubernetes)
  for (let group = 0; group < GROUPS; group++) for (let index = 0; index < PER_GROUP; index++) givenMember(stage, group, index)
  const life = stage.start()
  const served = (group: number) =>
    Array.from({ length: PER_GROUP }, (_, index) => nameOf(group, index)).every((name) =>
      isServed(stage.kubernetes, 'games', name),
    )
  await stage.clock.runUntil(() => Array.from({ length: GROUPS }, (_, group) => group).every(served), {
    deadlineMs: 30 * MINUTE,
  })
  await stage.clock.advance(10 * MINUTE)
  return { stage, life }
}

/** Which units are planned from now on, once for each time. */
function planned(): readonly string[] {
  const units: string[] = []
  const build = planners.dns.build
  vi.spyOn(planners.dns, 'build').mockImplementation((...args: Parameters<typeof build>) => {
    units.push(unitKey((args[0] as PlanContext).unit))
    return build(...args)
  })
  return units
}

async function during(stage: SimulatedStage, run: () => Promise<unknown>) {
  const before = stage.kubernetes.calls.length
  const calls = await aws.callsDuring(run)
  const counts: Record<string, number> = {}
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1
  const writes = stage.kubernetes.calls.slice(before).filter((call) => call.write && call.kind !== 'Lease')
  return { counts, writes: writes.map((call) => `${call.verb} ${call.kind} ${call.name}`) }
}

describe('a fleet that is served (simulated clock)', () => {
  it('costs nothing while nothing changes, and one change what it costs alone', { timeout: 240_000 }, async () => {
    const { stage } = await converged({ aws })
    await using _ = stage
    const units = planned()
    expect(await during(stage, () => stage.clock.advance(60 * MINUTE))).toEqual({ counts: {}, writes: [] })
    expect(units).toEqual([])
    const [group, index] = [1, 2]
    const at = { namespace: 'games', name: nameOf(group, index) }
    const { spec } = stage.kubernetes.get(INGRESSES, at) as unknown as { spec: { rules: readonly { host: string }[] } }
    const rules = [...spec.rules, { ...spec.rules[0], host: `new.g${group}.example.com` }]
    const change = await during(stage, async () => {
      stage.kubernetes.patch(INGRESSES, at, { spec: { rules } })
      await stage.clock.advance(10 * MINUTE)
    })
    // The sessions of an hour ago have ended: one each for who makes the rule and who makes the record.
    expect(change.counts).toEqual({ AssumeRole: 2, CreateRule: 1, ChangeResourceRecordSets: 1 })
    expect(new Set(change.writes)).toEqual(new Set([`patch Ingress ${at.name}`]))
    expect(new Set(units)).toEqual(new Set([`group/g${group}`]))
    // Once for each thing that happened to it: the change, the rule, the record, what was written on the object.
    expect(units.length).toBeLessThan(20)
  })

  it('is read once after a restart, with nothing written, and what is open goes first', { timeout: 240_000 }, async () => {
    const { stage, life } = await converged({ aws })
    await using _ = stage
    await life.stop()
    const read = await during(stage, async () => {
      const second = stage.start()
      await stage.clock.advance(10 * MINUTE)
      await second.stop()
    })
    expect(read.writes).toEqual([])
    const { ListTagsForResource: _heard, ChangeTagsForResource: _said, ...counts } = read.counts
    expect(counts).toEqual({
      AssumeRole: 3,
      DescribeLoadBalancers: GROUPS,
      DescribeListeners: GROUPS,
      DescribeListenerCertificates: GROUPS,
      DescribeRules: LISTENERS * GROUPS,
      DescribeTargetGroups: GROUPS,
      DescribeTargetHealth: ALL,
      // The load balancer's own, which prove it, and then those of all that belongs to it.
      DescribeTags: 2 * GROUPS,
      DescribeSecurityGroups: GROUPS,
      DescribeCertificate: GROUPS,
      DescribeSubnets: 1,
      ListResourceRecordSets: 1,
      // Once for the records, and twice to see whether another cluster has our name: before the first write, and soon after.
      ListHostedZones: 3,
      GetResources: 2,
    })
    givenMember(stage, GROUPS, 0)
    const units = planned()
    stage.start()
    await stage.clock.advance(MINUTE)
    expect(units[0]).toBe(`group/g${GROUPS}`)
    expect(new Set(units).size).toBe(GROUPS + 1)
  })
})
