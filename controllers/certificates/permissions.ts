import type { Permissions } from '../shared/permissions.ts'

export const certificatesPermissions: Permissions = {
  name: 'certificates',
  aws: [
    {
      actions: ['acm:DescribeCertificate', 'acm:ListCertificates', 'acm:ListTagsForCertificate', 'tag:GetResources'],
      on: 'any',
      why: 'to see what ACM holds and serves, and to find an import whose answer was lost',
    },
    {
      actions: ['acm:ImportCertificate', 'acm:AddTagsToCertificate'],
      on: 'creating',
      why: 'to import a certificate with our tags',
    },
    {
      actions: ['acm:ImportCertificate', 'acm:DeleteCertificate'],
      on: 'ours',
      why: 'to renew under the same ARN, and to remove',
    },
  ],
  kubernetes: [
    {
      group: '',
      resources: ['secrets'],
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      scope: 'own',
      why: 'a Secret per certificate holds its key, and how far its issue has come',
    },
  ],
  vault: [
    {
      path: '{mount}/sign/{role}',
      capabilities: ['update'],
      why: 'to have requests signed; keys never leave the cluster',
    },
  ],
}
