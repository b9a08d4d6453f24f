import type { CallOptions } from '../aws/operation.ts'
import type { Tagging } from '../aws/tagging.ts'
import { slotUnit, TAG_CLUSTER, TAG_SLOT, tagValue } from '../shared/names.ts'
import { tagsFrom } from './from-elbv2.ts'
import { allPages } from './observe-calls.ts'

const OWNED_TYPES = ['elasticloadbalancing:loadbalancer', 'elasticloadbalancing:targetgroup', 'ec2:security-group']

/**
 * The ARNs that the tag index lists for this cluster, by unit. It lags behind the services and serves only to find
 * what no object asks for any more; each ARN is looked at with its service's own API before anything is done with it.
 */
export async function readInventory(
  tagging: Tagging,
  clusterId: string,
  options: CallOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const answer = await allPages(
    (PaginationToken) =>
      tagging.getResources(
        {
          TagFilters: [{ Key: TAG_CLUSTER, Values: [tagValue(clusterId)] }],
          ResourceTypeFilters: OWNED_TYPES,
          ResourcesPerPage: 100,
          ...(PaginationToken === undefined ? {} : { PaginationToken }),
        },
        options,
      ),
    (page) => page.ResourceTagMappingList,
    (page) => page.PaginationToken,
  )
  const units = new Map<string, string[]>()
  for (const { ResourceARN, Tags } of answer) {
    const unit = slotUnit(tagsFrom(Tags)[TAG_SLOT] ?? '')
    if (unit === null || ResourceARN === undefined) continue
    units.set(unit, [...(units.get(unit) ?? []), ResourceARN])
  }
  return units
}
