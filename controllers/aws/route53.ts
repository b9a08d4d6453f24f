import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  GetChangeCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-route-53'
import { again, once, read, type ServiceOf } from './operation.ts'

// A batch with CREATE or DELETE that did happen is refused when repeated, just as if somebody else had made the record:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
export const route53Operations = {
  listHostedZones: read(ListHostedZonesCommand),
  listResourceRecordSets: read(ListResourceRecordSetsCommand),
  getChange: read(GetChangeCommand),
  listTagsForResource: read(ListTagsForResourceCommand),
  changeTagsForResource: again(ChangeTagsForResourceCommand),
  changeResourceRecordSets: once(ChangeResourceRecordSetsCommand),
}

/** The operations of Route 53 that controllers use. */
export type Route53 = ServiceOf<typeof route53Operations>
