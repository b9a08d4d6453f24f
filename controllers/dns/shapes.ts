import type { Shape, ShapeValue } from '../shared/change.ts'
import type { Known } from '../shared/known.ts'
import type { DnsObserved, RecordSet } from './observed.ts'
import { recordName } from './record-name.ts'

export const RECORD_SET = 'AWS::Route53::RecordSet'

/**
 * A change's `before` and `after`: one record set in the API's field names, its zone, and in `Registry` the TXT record sets
 * that say whose it is, or what others keep in those sets. All of it goes to the API in one atomic batch: what is in `before` is deleted exactly, what is in `after` created.
 */
export function recordShape(
  zoneId: Known<string>,
  name: string,
  type: string,
  record: RecordSet | null,
  registry: readonly RecordSet[],
): Shape {
  return {
    HostedZoneId: zoneId,
    Name: name,
    Type: type,
    ...(record === null ? {} : bodyOf(record)),
    Registry: registry.map((set) => ({ Name: set.name, Type: set.type, ...bodyOf(set) })),
  }
}

function bodyOf(record: RecordSet): Shape {
  return {
    ...(record.alias === null
      ? {}
      : {
          AliasTarget: {
            HostedZoneId: record.alias.zoneId,
            DNSName: record.alias.dnsName,
            EvaluateTargetHealth: record.alias.evaluateTargetHealth,
          },
        }),
    ...(record.ttl === null ? {} : { TTL: record.ttl }),
    ...(record.values.length === 0 ? {} : { ResourceRecords: record.values.map((Value) => ({ Value })) }),
    ...(record.healthCheckId === null ? {} : { HealthCheckId: record.healthCheckId }),
  }
}

/** The record sets of a `before` or `after`: the record itself, if there is one, then its registry entries. */
export function recordSetsIn(shape: Shape | null): readonly RecordSet[] {
  if (shape === null) return []
  const own = shape.AliasTarget === undefined && shape.ResourceRecords === undefined ? [] : [recordIn(shape)]
  return [...own, ...list(shape.Registry).map(recordIn)]
}

function recordIn(shape: Shape): RecordSet {
  const alias = shape.AliasTarget as Shape | undefined
  return {
    name: recordName(String(shape.Name)),
    type: String(shape.Type),
    ttl: typeof shape.TTL === 'number' ? shape.TTL : null,
    values: list(shape.ResourceRecords).map((item) => String(item.Value)),
    alias:
      alias === undefined
        ? null
        : {
            dnsName: recordName(String(alias.DNSName)),
            zoneId: String(alias.HostedZoneId),
            evaluateTargetHealth: alias.EvaluateTargetHealth === true,
          },
    healthCheckId: typeof shape.HealthCheckId === 'string' ? shape.HealthCheckId : null,
    setIdentifier: null,
  }
}

function list(value: ShapeValue): readonly Shape[] {
  return Array.isArray(value) ? (value as readonly Shape[]) : []
}

/** Changes with the same batch go in one call: those of a zone, or of a host that was refused before. */
export function batchOf(observed: DnsObserved, zoneId: string, host: string): string {
  const alone = `${zoneId} ${host}`
  return observed.quarantined.includes(alone) ? alone : zoneId
}
