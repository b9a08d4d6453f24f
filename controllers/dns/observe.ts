import type {
  ListHostedZonesCommandOutput,
  ListResourceRecordSetsCommandOutput,
  ResourceRecordSet,
} from '@aws-sdk/client-route-53'
import type { CallOptions } from '../aws/operation.ts'
import type { Route53 } from '../aws/route53.ts'
import type { RecordSet, Zone } from './observed.ts'
import { recordName } from './record-name.ts'

/** Route 53 returns no more in a page: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html */
const RECORDS_PER_PAGE = 300

export async function readZones(route53: Route53, options: CallOptions): Promise<readonly Zone[]> {
  const zones: Zone[] = []
  for (let marker: string | undefined; ; ) {
    const page: Omit<ListHostedZonesCommandOutput, '$metadata'> = await route53.listHostedZones(
      marker === undefined ? {} : { Marker: marker },
      options,
    )
    for (const zone of page.HostedZones ?? [])
      zones.push({
        id: (zone.Id ?? '').replace('/hostedzone/', ''),
        name: recordName(zone.Name ?? ''),
        private: zone.Config?.PrivateZone === true,
      })
    marker = page.IsTruncated === true ? page.NextMarker : undefined
    if (marker === undefined) return zones
  }
}

/** A whole zone: one page per 300 record sets. */
export async function readZone(route53: Route53, zoneId: string, options: CallOptions): Promise<readonly RecordSet[]> {
  const records: RecordSet[] = []
  for (
    let start: Pick<ListResourceRecordSetsCommandOutput, 'NextRecordName' | 'NextRecordType' | 'NextRecordIdentifier'> | null =
      {};
    ;
  ) {
    const page: Omit<ListResourceRecordSetsCommandOutput, '$metadata'> = await route53.listResourceRecordSets(
      {
        HostedZoneId: zoneId,
        MaxItems: RECORDS_PER_PAGE,
        ...(start.NextRecordName === undefined ? {} : { StartRecordName: start.NextRecordName }),
        ...(start.NextRecordType === undefined ? {} : { StartRecordType: start.NextRecordType }),
        ...(start.NextRecordIdentifier === undefined ? {} : { StartRecordIdentifier: start.NextRecordIdentifier }),
      },
      options,
    )
    records.push(...(page.ResourceRecordSets ?? []).map(recordFrom))
    if (page.IsTruncated !== true) return records
    start = page
  }
}

function recordFrom(answer: ResourceRecordSet): RecordSet {
  const alias = answer.AliasTarget
  return {
    name: recordName(answer.Name ?? ''),
    type: answer.Type ?? '',
    ttl: answer.TTL ?? null,
    values: (answer.ResourceRecords ?? []).map((record) => record.Value ?? ''),
    alias:
      alias === undefined
        ? null
        : {
            dnsName: recordName(alias.DNSName ?? ''),
            zoneId: alias.HostedZoneId ?? '',
            evaluateTargetHealth: alias.EvaluateTargetHealth === true,
          },
    healthCheckId: answer.HealthCheckId ?? null,
    setIdentifier: answer.SetIdentifier ?? null,
  }
}
