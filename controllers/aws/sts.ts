import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { read, type ServiceOf } from './operation.ts'

export const stsOperations = {
  getCallerIdentity: read(GetCallerIdentityCommand),
  assumeRole: read(AssumeRoleCommand),
}

/** The operations of Security Token Service that controllers use. */
export type Sts = ServiceOf<typeof stsOperations>
