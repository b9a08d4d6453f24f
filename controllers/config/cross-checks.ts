import type { z } from 'zod'
import { partitionOf } from '../shared/partition.ts'
import { roleHome, rolesOf } from './role.ts'

type Account = { readonly id: string; readonly partition: string }
type Checked = {
  readonly aws: {
    readonly account?: string | undefined
    readonly region: string
    readonly roleArn?: string | undefined
    readonly roles: Readonly<Record<string, string | undefined>>
  }
  readonly accounts: Readonly<Record<string, Account>>
  readonly lease: { readonly durationSeconds: number; readonly renewSeconds: number; readonly retrySeconds: number }
}

/** What no section can see by itself. */
export function crossChecks({ aws, accounts, lease }: Checked, context: z.RefinementCtx): void {
  if (lease.renewSeconds >= lease.durationSeconds)
    context.addIssue({
      code: 'custom',
      path: ['lease', 'renewSeconds'],
      message: `less than lease.durationSeconds (${lease.durationSeconds}): the leader has to give up before others may take over`,
    })
  if (lease.retrySeconds >= lease.renewSeconds)
    context.addIssue({
      code: 'custom',
      path: ['lease', 'retrySeconds'],
      message: `less than lease.renewSeconds (${lease.renewSeconds}): it is renewed each time so much has passed`,
    })
  const home = aws.account ?? rolesOf(aws).flatMap(({ arn }) => roleHome(arn)?.account ?? [])[0]
  const partition = partitionOf(aws.region)
  const names = new Map<string, string>()
  for (const [name, account] of Object.entries(accounts)) {
    const tell = (key: keyof Account, message: string) =>
      context.addIssue({ code: 'custom', path: ['accounts', name, key], message })
    if (account.id === home) tell('id', 'another account than the one in `aws`, which needs no entry')
    const other = names.get(account.id)
    if (other !== undefined) tell('id', `an account that has no entry yet: accounts.${other} is the same`)
    names.set(account.id, name)
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
    if (account.partition !== partition)
      tell(
        'partition',
        `${partition}, the partition of aws.region ${aws.region}: roles reach across accounts, not across partitions`,
      )
  }
}
