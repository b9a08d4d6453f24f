import type { Change } from '../shared/change.ts'
import type { Outcome } from '../shared/planner.ts'
import type { DnsObserved, PendingChange, RecordSet } from './observed.ts'
import { recordSetsIn } from './shapes.ts'

/** What is known after a change was made. `outcome` is the answer of ChangeResourceRecordSets. */
export function advanceDns(observed: DnsObserved, item: Change, outcome: Outcome, now: number): DnsObserved {
  const zoneId = (item.after ?? item.before)?.HostedZoneId
  if (typeof zoneId !== 'string') return observed
  const pending = pendingAfter(item, zoneId, outcome, now)
  return {
    ...observed,
    records: { ...observed.records, [zoneId]: withChange(observed.records[zoneId] ?? [], item) },
    pending: pending === null ? observed.pending : [...observed.pending, pending],
  }
}

/** The record sets of a zone after a change. */
export function withChange(records: readonly RecordSet[], item: Change): readonly RecordSet[] {
  const made = recordSetsIn(item.after)
  const touched = [...recordSetsIn(item.before), ...made]
  const names = new Set(touched.map((record) => record.name))
  const replaced = new Set(touched.map(keyOf))
  // Of a large zone nearly every name is none of ours: no key is built for those.
  return [...records.filter((record) => !names.has(record.name) || !replaced.has(keyOf(record))), ...made]
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
