import type { Permissions } from '../shared/permissions.ts'

/** What `fairlead release --all` needs beside what the controllers may do; the controllers never give anything up themselves. */
export const releasePermissions: Permissions = {
  name: 'release',
  aws: [
    {
      on: 'ours',
      actions: ['elasticloadbalancing:RemoveTags', 'ec2:DeleteTags', 'acm:RemoveTagsFromCertificate'],
      why: 'to take our tags off what is given up',
    },
  ],
  kubernetes: [],
  vault: [],
}
