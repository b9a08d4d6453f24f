import type { Change } from '../shared/change.ts'
import type { Outcome } from '../shared/planner.ts'
import type { DnsObserved, PendingChange, RecordSet } from './observed.ts'
import { refile } from './owned.ts'
import { recordSetsIn } from './shapes.ts'

/** What is known after a change was made. `outcome` is the answer of ChangeResourceRecordSets. */
export function advanceDns(observed: DnsObserved, item: Change, outcome: Outcome, now: number): DnsObserved {
  return advanceAll(observed, [item], outcome, now)
}

/** The same after several changes that one call made. */
export function advanceAll(observed: DnsObserved, items: readonly Change[], outcome: Outcome, now: number): DnsObserved {
  const records = { ...observed.records }
  const pending: PendingChange[] = []
  for (const [zoneId, made] of Map.groupBy(items, zoneOf)) {
    if (zoneId === null) continue
    records[zoneId] = withChanges(records[zoneId] ?? [], made)
    pending.push(...made.flatMap((item) => pendingAfter(item, zoneId, outcome, now) ?? []))
  }
  return { ...observed, records, pending: [...observed.pending, ...pending] }
}

/** Null while the zone is not known. */
export function zoneOf({ before, after }: Change): string | null {
  const zoneId = (after ?? before)?.HostedZoneId
  return typeof zoneId === 'string' ? zoneId : null
}

/** The record sets of a zone after changes that one call made: in one go, since a zone may be large. */
export function withChanges(records: readonly RecordSet[], items: readonly Change[]): readonly RecordSet[] {
  const made = new Map<string, RecordSet>()
  const names = new Set<string>()
  const replaced = new Set<string>()
  for (const item of items) {
    const after = recordSetsIn(item.after)
    for (const record of [...recordSetsIn(item.before), ...after]) {
      names.add(record.name)
      replaced.add(keyOf(record))
      made.delete(keyOf(record))
    }
    for (const record of after) made.set(keyOf(record), record)
  }
  // Of a large zone nearly every name is none of ours: no key is built for those.
  const next = [...records.filter((record) => !names.has(record.name) || !replaced.has(keyOf(record))), ...made.values()]
  refile(records, next, names)
  return next
}

function keyOf(record: RecordSet): string {
  return `${record.name} ${record.type} ${record.setIdentifier ?? ''}`
}

/** A record that pointed somewhere and no longer does. */
export function pendingAfter(item: Change, zoneId: string, outcome: Outcome, now: number): PendingChange | null {
  const before = recordSetsIn(item.before)[0]
  const after = recordSetsIn(item.after)[0]
  const dnsName = before?.alias?.dnsName
  if (before === undefined || dnsName === undefined || after?.alias?.dnsName === dnsName) return null
  const info = outcome.ChangeInfo as { readonly Id?: unknown } | undefined
  const changeId = typeof info?.Id === 'string' ? info.Id : null
  return { host: before.name, type: before.type, zoneId, dnsName, changeId, submittedAt: now, insyncAt: null }
}
