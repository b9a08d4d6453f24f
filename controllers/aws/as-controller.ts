import type { ControllerName } from '../shared/change.ts'
import type { Aws, Where } from './aws.ts'

/** AWS as one controller calls it: with its own role and its own session, which say who it was. */
export function asController(aws: Aws, controller: ControllerName): Aws {
  const as = (where: Where): Where => ({ ...where, controller })
  return {
    elbv2: (where) => aws.elbv2(as(where)),
    ec2: (where) => aws.ec2(as(where)),
    acm: (where) => aws.acm(as(where)),
    route53: (where) => aws.route53(as(where)),
    sts: (where) => aws.sts(as(where)),
    tagging: (where) => aws.tagging(as(where)),
  }
}
