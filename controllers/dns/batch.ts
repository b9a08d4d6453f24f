import type { Change as RecordChange, ResourceRecordSet } from '@aws-sdk/client-route-53'
import type { Change } from '../shared/change.ts'
import type { RecordSet } from './observed.ts'
import { recordSetsIn } from './shapes.ts'

/** All changes of one host in one zone: they are made together or not at all. */
export type HostGroup = { readonly zoneId: string; readonly host: string; readonly changes: readonly Change[] }

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets */
const MOST_RECORDS = 1000
const MOST_CHARACTERS = 32_000

export function groupsOf(changes: readonly Change[]): readonly HostGroup[] {
  const groups = new Map<string, HostGroup>()
  for (const item of changes) {
    const shape = item.after ?? item.before
    const zoneId = String(shape?.HostedZoneId)
    const host = String(shape?.Name)
    const there = groups.get(`${zoneId} ${host}`)
    groups.set(`${zoneId} ${host}`, { zoneId, host, changes: [...(there?.changes ?? []), item] })
  }
  return [...groups.values()]
}

/**
 * The elements of a host's batch: what was seen is deleted exactly as it was seen, what is wanted is created. If anybody wrote
 * there meanwhile, or holds the name already, Route 53 refuses all of it.
 */
export function elementsOf(group: HostGroup): readonly RecordChange[] {
  const gone = group.changes.flatMap((item) => recordSetsIn(item.before))
  const made = group.changes.flatMap((item) => recordSetsIn(item.after))
  return [
    ...gone.map((set) => ({ Action: 'DELETE' as const, ResourceRecordSet: answered(set) })),
    ...made.map((set) => ({ Action: 'CREATE' as const, ResourceRecordSet: answered(set) })),
  ]
}

function answered(set: RecordSet): ResourceRecordSet {
  return {
    Name: set.name,
    Type: set.type as NonNullable<ResourceRecordSet['Type']>,
    ...(set.alias === null
      ? { TTL: set.ttl ?? 0, ResourceRecords: set.values.map((Value) => ({ Value })) }
      : {
          AliasTarget: {
            HostedZoneId: set.alias.zoneId,
            DNSName: set.alias.dnsName,
            EvaluateTargetHealth: set.alias.evaluateTargetHealth,
          },
        }),
    ...(set.healthCheckId === null ? {} : { HealthCheckId: set.healthCheckId }),
  }
}

/** How many of the groups, from the first, fit into one call; at least one. */
export function fitting(groups: readonly HostGroup[]): number {
  let records = 0
  let characters = 0
  for (const [index, group] of groups.entries()) {
    for (const { ResourceRecordSet } of elementsOf(group)) {
      const values = ResourceRecordSet?.ResourceRecords ?? []
      records += Math.max(1, values.length)
      characters += values.reduce((sum, value) => sum + (value.Value?.length ?? 0), 0)
    }
    if (index > 0 && (records > MOST_RECORDS || characters > MOST_CHARACTERS)) return index
  }
  return groups.length
}
