import type { ControllerName } from '../shared/change.ts'
import type { Acm } from './acm.ts'
import type { Ec2 } from './ec2.ts'
import type { Elbv2 } from './elbv2.ts'
import type { Route53 } from './route53.ts'
import type { Sts } from './sts.ts'
import type { Tagging } from './tagging.ts'

/** The id of an account in the configuration, and a region. Global services take the region their endpoint is in. */
export type Where = {
  readonly account: string
  readonly region: string
  /** Who asks: with its own role and session. */
  readonly controller?: ControllerName
}

/** AWS as controllers need it: plain objects of operations. Rejections are the SDK's errors; `awsFailure` tells what they mean. */
export type Aws = {
  elbv2(where: Where): Elbv2
  ec2(where: Where): Ec2
  acm(where: Where): Acm
  route53(where: Where): Route53
  sts(where: Where): Sts
  tagging(where: Where): Tagging
}

export type ServiceName = keyof Aws
