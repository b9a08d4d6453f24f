import type { Clock } from '../runtime/clock.ts'
import type { ControllerName } from '../shared/change.ts'
import { GLOBAL_REGION, type Partition } from '../shared/partition.ts'
import { acmOperations } from './acm.ts'
import { type AttemptsConfig, attempts } from './attempts.ts'
import type { Aws, ServiceName, Where } from './aws.ts'
import { globalServices } from './buckets.ts'
import type { CallRecord } from './calls.ts'
import { ec2Operations } from './ec2.ts'
import { elbv2Operations } from './elbv2.ts'
import { type LimiterConfig, limiter } from './limiter.ts'
import type { CallOptions, OperationSpec, ServiceOf } from './operation.ts'
import { RetryQuota } from './retry-quota.ts'
import { route53Operations } from './route53.ts'
import { type Credentials, type CredentialsProvider, type SdkClient, sdkClient, sendCommand } from './sdk.ts'
import { type Session, sessions } from './sessions.ts'
import { stsOperations } from './sts.ts'
import { taggingOperations } from './tagging.ts'

export type AwsAccount = {
  /** Assumed with the home credentials. Without it the account is used with those directly. */
  readonly roleArn?: string | undefined
  /** The role of a controller, where it has one of its own. */
  readonly roles?: Partial<Readonly<Record<ControllerName, string | undefined>>> | undefined
  readonly externalId?: string | undefined
  readonly sessionSeconds?: number | undefined
  readonly partition?: Partition | undefined
  /** One address for all services, or one per service and one for the rest; without it AWS's own. */
  readonly endpoints?: string | Partial<Readonly<Record<ServiceName | 'all', string | undefined>>> | undefined
}

export type AwsConfig = {
  readonly accounts: Readonly<Record<string, AwsAccount>>
  /** The account that the process's own credentials belong to. */
  readonly homeAccount: string
  /** Where STS is asked for sessions, which are good in every region; that of the call if left out. */
  readonly homeRegion?: string | undefined
  /** Undefined: the SDK's default chain (environment, web identity, container, instance). */
  readonly credentials?: Credentials | CredentialsProvider | undefined
  readonly clock: Clock
  readonly limiter?: LimiterConfig | undefined
  readonly onCall?: ((record: CallRecord) => void) | undefined
  /** Called at the last moment before a write goes out; it throws to stop it (no longer the leader, frozen). */
  readonly beforeWrite?: (() => void) | undefined
  /** Wraps every request from sending to answer: how a simulated clock knows that something is in flight. */
  readonly track?: (<T>(request: Promise<T>) => Promise<T>) | undefined
  readonly random?: (() => number) | undefined
  /** How long one request may take, from sending to its answer. Default 10 s. */
  readonly requestTimeoutMs?: number | undefined
}

export type AwsClients = Aws & {
  close(): void
  /** How many calls wait for their turn. */
  waiting(): number
}

type Table = Readonly<Record<string, OperationSpec>>
/** Signs as the process itself, or as the role of the account. */
type Signer = 'home' | 'role'

/** AWS over the SDK: one client per service, account and region, and one limiter for all of them. */
export function awsClients(config: AwsConfig): AwsClients {
  const { clock, track = (request) => request } = config
  const limits = limiter(clock, config.limiter)
  const attemptsConfig: AttemptsConfig = {
    clock,
    limiter: limits,
    quota: new RetryQuota(),
    onCall: config.onCall ?? (() => undefined),
    random: config.random ?? Math.random,
  }
  const clients = new Map<string, SdkClient>()
  const services = new Map<string, unknown>()
  const roles = sessions(clock, assume)

  function account({ account }: Where): AwsAccount {
    const known = Object.hasOwn(config.accounts, account) ? config.accounts[account] : undefined
    if (known === undefined) throw new RangeError(`no AWS account is named ${JSON.stringify(account)} in the configuration`)
    return known
  }

  /** A controller's own role, or that of all. */
  function roleOf(where: Where): string | undefined {
    const { roleArn, roles = {} } = account(where)
    return (where.controller === undefined ? undefined : roles[where.controller]) ?? roleArn
  }

  function client(name: ServiceName, where: Where, signer: Signer): SdkClient {
    const key = clientKey(name, where, signer)
    const { endpoints, partition } = account(where)
    const made =
      clients.get(key) ??
      sdkClient(name, {
        region: globalServices.has(name) && partition !== undefined ? GLOBAL_REGION[partition] : where.region,
        requestTimeoutMs: config.requestTimeoutMs ?? 10_000,
        endpoint: typeof endpoints === 'string' ? endpoints : (endpoints?.[name] ?? endpoints?.all),
        // A date in the past makes the SDK ask for each request: the session is kept here, on our clock.
        credentials: signer === 'home' ? config.credentials : async () => ({ ...roles.held(where), expiration: new Date(0) }),
      })
    clients.set(key, made)
    return made
  }

  function service<T extends Table>(name: ServiceName, table: T, where: Where, signer: Signer): ServiceOf<T> {
    const key = `${clientKey(name, where, signer)}/${where.controller ?? ''}`
    const made = services.get(key) ?? makeService(name, table, where, signer)
    services.set(key, made)
    return made as ServiceOf<T>
  }

  function makeService(name: ServiceName, table: Table, where: Where, signer: Signer) {
    const sdk = client(name, where, signer)
    const operation = ([method, { command, repeat }]: [string, OperationSpec]) => {
      const call = {
        service: name,
        operation: method[0]!.toUpperCase() + method.slice(1),
        where,
        repeat,
        prepare: (signal: AbortSignal) => (signer === 'role' ? roles.ready(where, signal) : Promise.resolve()),
        expired: () => roles.drop(where),
      }
      const fence = repeat === 'read' ? undefined : config.beforeWrite
      return [
        method,
        (input: never, options: CallOptions) =>
          attempts(
            attemptsConfig,
            { ...call, send: (signal) => track(sendCommand(sdk, new command(input), signal, fence)) },
            options,
          ),
      ]
    }
    return Object.fromEntries(Object.entries(table).map(operation))
  }

  const signerOf = (where: Where): Signer => (roleOf(where) === undefined ? 'home' : 'role')
  const of =
    <T extends Table>(name: ServiceName, table: T) =>
    (where: Where): ServiceOf<T> =>
      service(name, table, where, signerOf(where))

  async function assume(where: Where): Promise<Session> {
    const { externalId, sessionSeconds } = account(where)
    const roleArn = roleOf(where)
    const home = { account: config.homeAccount, region: config.homeRegion ?? where.region }
    const sts = service('sts', stsOperations, home, 'home')
    const input = {
      RoleArn: roleArn,
      // CloudTrail shows it with every call.
      RoleSessionName: where.controller === undefined ? 'fairlead' : `fairlead-${where.controller}`,
      DurationSeconds: sessionSeconds ?? 3600,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    }
    const { Credentials: given } = await sts.assumeRole(input, { signal: new AbortController().signal, priority: 'change' })
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
      throw new Error(`AssumeRole of ${roleArn} answered without credentials`)
    }
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      expiresAt: given.Expiration.getTime(),
    }
  }

  return {
    elbv2: of('elbv2', elbv2Operations),
    ec2: of('ec2', ec2Operations),
    acm: of('acm', acmOperations),
    route53: of('route53', route53Operations),
    sts: of('sts', stsOperations),
    tagging: of('tagging', taggingOperations),
    close() {
      for (const sdk of clients.values()) sdk.destroy()
      clients.clear()
      services.clear()
    },
    waiting: () => limits.waiting(),
  }
}

/** Our own credentials are the same for all; a session is one controller's. */
function clientKey(name: ServiceName, { account, region, controller }: Where, signer: Signer): string {
  return signer === 'home' ? `${name}/${account}/${region}` : `${name}/${account}/${region}/role/${controller ?? ''}`
}
