import type { Config } from '../config.ts'
import { partitionOf } from '../shared/partition.ts'
import type { AwsAccount } from './clients.ts'

/** The name of our own credentials, with no role assumed. */
export const OWN = 'own'

/** Every account of the configuration, by its id, and the credentials we have ourselves. */
export function awsAccounts(
  { aws, accounts }: Pick<Config, 'aws' | 'accounts'>,
  home: string,
): Readonly<Record<string, AwsAccount>> {
  const endpoints = { all: aws.endpoint, ...aws.endpoints }
  const named = Object.values(accounts).map((account): [string, AwsAccount] => [
    account.id,
    {
      ...account,
      endpoints: typeof account.endpoints === 'string' ? { all: account.endpoints } : (account.endpoints ?? endpoints),
    },
  ])
  const { roleArn, roles, externalId, sessionSeconds } = aws
  const partition = partitionOf(aws.region)
  const own = { partition, endpoints }
  return { ...Object.fromEntries(named), [home]: { ...own, roleArn, roles, externalId, sessionSeconds }, [OWN]: own }
}
