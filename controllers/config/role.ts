import { z } from 'zod'
import { PARTITIONS, type Partition } from '../shared/partition.ts'

const ARN = new RegExp(`^arn:(${PARTITIONS.join('|')}):iam::(\\d{12}):role/([!-~]+/)?[\\w+=,.@-]{1,64}$`)

const role = z.string().regex(ARN, 'the ARN of a role, such as arn:aws:iam::123456789012:role/fairlead')

/** How a role is assumed; https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const assumed = {
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, '2 to 1224 letters, digits and + = , . @ : / - _')
    .optional()
    .describe('External id for assuming its roles.'),
  roles: z
    .strictObject({
      certificates: role.optional().describe('Role of the certificates controller, in place of `roleArn`.'),
      loadbalancers: role.optional().describe('Role of the load balancer controller, in place of `roleArn`.'),
      dns: role.optional().describe('Role of the DNS controller, in place of `roleArn`.'),
    })
    .prefault({}),
  sessionSeconds: z
    .number()
    .int()
    .min(900)
    .max(43_200)
    .default(3600)
    .describe(
      'How long a session lasts; renewed before. Above 3600 the role must allow it, and Fairlead’s own credentials must not be a role’s.',
    ),
}

export const roleArn = role

type Roles = { readonly roleArn?: string | undefined; readonly roles: Readonly<Record<string, string | undefined>> }

/** The account and the partition of a role. */
export function roleHome(arn: string): { readonly partition: Partition; readonly account: string } | null {
  const [, partition, account] = ARN.exec(arn) ?? []
  return partition === undefined || account === undefined ? null : { partition: partition as Partition, account }
}

/** Every role with where it stands. */
export function rolesOf({ roleArn, roles }: Roles): readonly { readonly path: readonly string[]; readonly arn: string }[] {
  const all: readonly (readonly [readonly string[], string | undefined])[] = [
    [['roleArn'], roleArn],
    ...Object.entries(roles).map(([name, arn]) => [['roles', name], arn] as const),
  ]
  return all.flatMap(([path, arn]) => (arn === undefined ? [] : [{ path, arn }]))
}

/** Tells of roles that are not in the account and partition they should be in. */
export function checkRoles(given: Roles, account: string, partition: Partition, why: string, context: z.RefinementCtx): void {
  for (const { path, arn } of rolesOf(given)) {
    const home = roleHome(arn)
    if (home === null || (home.account === account && home.partition === partition)) continue
    context.addIssue({
      code: 'custom',
      path: [...path],
      message: `a role of account ${account} in partition ${partition}, as ${why}: arn:${partition}:iam::${account}:role/NAME`,
    })
  }
}
