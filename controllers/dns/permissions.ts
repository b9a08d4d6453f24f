import type { Permissions } from '../shared/permissions.ts'

export const dnsPermissions: Permissions = {
  name: 'dns',
  aws: [
    {
      actions: ['route53:ListHostedZones', 'route53:ListResourceRecordSets', 'route53:GetChange'],
      on: 'any',
      why: 'to find the zones of hosts, what is in them, and whether a change has reached the name servers',
    },
    {
      actions: ['route53:ChangeResourceRecordSets'],
      on: 'any',
      why: 'records have no tags; ownership is proven by TXT records in the same batch',
    },
    {
      actions: ['route53:ListTagsForResource', 'route53:ChangeTagsForResource'],
      on: 'any',
      why: 'to see whether another live cluster has our cluster id or TXT owner: a tag on one hosted zone says who lives',
    },
  ],
  kubernetes: [],
  vault: [],
}
