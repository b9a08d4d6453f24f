import type { Route53 } from '../aws/route53.ts'
import type { Audit } from './audit.ts'

/** Route 53 for what is no part of a plan: the heartbeat, a tag on a hosted zone. */
export function auditedRoute53(route53: Route53, audit: Audit, account: string): Route53 {
  return {
    ...route53,
    changeTagsForResource: (input, options) => {
      const target = String(input.ResourceId)
      const write = () => ({
        controller: 'runtime' as const,
        change: `runtime:update:Route53.HostedZone:${target}:tags`,
        action: 'update' as const,
        type: 'AWS::Route53::HostedZone',
        target,
        account,
        region: 'us-east-1',
        object: null,
        reason: 'by this tag another cluster of the same identity is told apart',
        before: null,
        after: { ...input },
        planned: ['ChangeTagsForResource'],
      })
      return audit.direct(write, () => route53.changeTagsForResource(input, options))
    },
  }
}
