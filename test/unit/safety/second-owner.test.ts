import { describe, expect, it } from 'vitest'
import type { Route53 } from '../../../controllers/aws/route53.ts'
import { SecondOwner } from '../../../controllers/runtime/second-owner.ts'
import { simulatedClock } from '../../support/simulated-clock.ts'

const PERIOD_MS = 1_800_000

/** Hosted zones with their tags, which all clusters of the account share. */
function account(zones: Record<string, Map<string, string>>) {
  return {
    listHostedZones: async () => ({
      HostedZones: Object.keys(zones).map((id) => ({ Id: `/hostedzone/${id}` })),
      IsTruncated: false,
    }),
    listTagsForResource: async ({ ResourceId }: { ResourceId: string }) => ({
      ResourceTagSet: { Tags: [...(zones[ResourceId] ?? [])].map(([Key, Value]) => ({ Key, Value })) },
    }),
    changeTagsForResource: async ({ ResourceId, AddTags }: { ResourceId: string; AddTags: { Key: string; Value: string }[] }) => {
      for (const { Key, Value } of AddTags) zones[ResourceId]?.set(Key, Value)
      return {}
    },
  } as unknown as Route53
}

describe('whether another cluster has our identity (simulated clock)', () => {
  it('is looked for where a cluster that starts now looks: also when a zone with a lesser id has come', async () => {
    const clock = simulatedClock(Date.UTC(2026, 0, 1))
    const zones: Record<string, Map<string, string>> = { Z5: new Map() }
    const cluster = (name: string) => {
      const told: (string | null)[] = []
      const owner = new SecondOwner({
        route53: account(zones),
        clock,
        clusterId: 'same',
        txtOwner: 'same',
        cluster: () => name,
        leader: `leader-of-${name}`,
        periodMs: PERIOD_MS,
        tell: (message) => told.push(message),
        onProblem: (problem) => told.push(String(problem)),
      })
      return { owner, told }
    }
    const first = cluster('one')
    const leads = new AbortController()
    void first.owner.guard(leads.signal)
    await clock.advance(60_000)
    zones.Z1 = new Map()
    await clock.advance(PERIOD_MS)
    expect([...(zones.Z1 ?? [])].map(([key]) => key)).toEqual(['fairlead.dev/owner/same', 'fairlead.dev/txt-owner/same'])
    const second = cluster('two')
    const follows = new AbortController()
    void second.owner.guard(follows.signal)
    await clock.advance(1_000)
    expect(second.told.at(-1)).toMatch(/^Another live cluster .* of cluster one/)
    expect(first.told.filter((message) => message !== null)).toEqual([])
    leads.abort()
    follows.abort()
    await clock.settle()
  })
})
