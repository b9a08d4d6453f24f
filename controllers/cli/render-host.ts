import { type ExplainedHost, type HostRecord, keyOf } from './host-verdict.ts'

/** What `fairlead explain host` says to people: one sentence, then what it follows from. */
export function renderHost(explained: ExplainedHost): string {
  const { says, wantedBy, zone, records, submittedAt, changes, findings, stops } = explained
  const lines = [says]
  for (const { object, standing, because } of wantedBy)
    lines.push(`  wanted by  ${object.kind} ${keyOf(object)}  ${standing}${because === null ? '' : `: ${because}`}`)
  lines.push(`  zone       ${zone === null ? 'none' : `${zone.name} (${zone.private ? 'private' : 'public'}, ${zone.id})`}`)
  for (const record of records) lines.push(`  record     ${recordText(record)}`, `  owner      ${ownerText(record)}`)
  if (records.length === 0) lines.push('  record     none')
  if (submittedAt !== null) lines.push(`  submitted  ${submittedAt}`)
  for (const { action, target, reason, waits } of changes) {
    lines.push(`  planned    ${action} ${target}: ${reason}`)
    for (const wait of waits) lines.push(`  waits for  ${wait.kind} of ${wait.of} (${wait.seconds} s)`)
  }
  for (const item of findings) lines.push(`  ${item.severity.padEnd(10)} ${item.code}  ${keyOf(item.object)}: ${item.message}`)
  for (const stop of stops) lines.push(`  stopped    ${stop.message}`)
  return lines.join('\n')
}

function recordText({ name, type, alias, values, ttl }: HostRecord): string {
  return `${name} ${type} ${alias === null ? `${values.join(', ')} (TTL ${ttl} s)` : `alias of ${alias.dnsName}`}`
}

function ownerText({ owner, ownerName, object }: HostRecord): string {
  if (owner === 'none') return 'no TXT record says whose it is'
  const whom = object === null ? '' : ` for ${object.kind} ${keyOf(object)}`
  return owner === 'fairlead' ? `Fairlead (${ownerName})${whom}` : `somebody else: ${ownerName}${whom}`
}
