import type { Permissions } from '../shared/permissions.ts'

/** What the HTTP server needs to know who calls, and what they may see. */
export const apiPermissions: Permissions = {
  name: 'api',
  aws: [],
  kubernetes: [
    {
      group: 'authentication.k8s.io',
      resources: ['tokenreviews'],
      verbs: ['create'],
      scope: 'cluster',
      why: 'whose a token is',
    },
    {
      group: 'authorization.k8s.io',
      resources: ['subjectaccessreviews'],
      verbs: ['create'],
      scope: 'cluster',
      why: 'what a caller may see',
    },
  ],
  vault: [],
}
