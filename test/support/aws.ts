import { type AwsClients, type AwsConfig, awsClients } from '../../controllers/aws/clients.ts'
import { realClock } from '../../controllers/runtime/clock.ts'
import { type Environment, startEnvironment } from '../env/environment.ts'
import { type ClockFile, makeClockFile } from './clock-file.ts'
import { controllerRoles, deployedPolicies } from './roles.ts'
import type { SimulatedClock } from './simulated-clock.ts'

/** One request that the AWS stand-in got. `time` is in seconds of its clock; `status` 0 is a reset or hung connection. */
export type AwsCall = {
  readonly seq: number
  readonly time: number
  readonly service: string
  readonly operation: string
  readonly account: string
  readonly region: string
  readonly status: number
  readonly errorCode: string | null
  /** As in the header `x-amzn-RequestId` of the answer. */
  readonly requestId: string
  readonly caller: string
  /** What IAM was asked for, such as `elasticloadbalancing:AddTags`. */
  readonly actions: readonly string[]
  /** The one of them that it did not allow. */
  readonly denied: string | null
  readonly userAgent: string
  readonly params: Readonly<Record<string, unknown>>
}

export type CallFilter = { readonly since?: number; readonly service?: string; readonly operation?: string }

/** `nth` or `every`, then `count`; see test/aws. */
export type AwsFault = {
  readonly service: string
  /** Default: every operation of the service. */
  readonly operation?: string
  readonly nth?: number
  readonly every?: number
  readonly count?: number
  readonly kind: 'throttle' | 'error500' | 'error503' | 'error' | 'reset' | 'hang' | 'after-reset'
  readonly code?: string
  readonly message?: string
  readonly status?: number
  readonly seconds?: number
}

export type SeedRequest = {
  readonly account?: string
  readonly region?: string
  readonly vpc?: { readonly cidr?: string; readonly cluster?: string; readonly ipv6?: boolean } | false
  readonly instances?: number | readonly { readonly subnet: string; readonly ip: string }[]
  readonly zones?: readonly (string | { readonly name: string; readonly private?: boolean; readonly vpc?: string })[]
}

type SeededSubnet = { readonly id: string; readonly zone: string; readonly cidr: string }
export type Seeded = {
  readonly account: string
  readonly region: string
  readonly vpcId: string
  readonly vpcCidr: string
  readonly subnets: { readonly public: readonly SeededSubnet[]; readonly private: readonly SeededSubnet[] }
  readonly instances?: readonly { readonly id: string; readonly ip: string; readonly subnet: string; readonly zone: string }[]
  readonly zones: readonly { readonly id: string; readonly name: string; readonly private: boolean }[]
}

/** The accounts of the stand-in: an access key that starts with AKIA and an account's number is that account's. */
export const awsAccount = '111111111111'
export const otherAwsAccount = '222222222222'
export const awsRegion = 'eu-west-1'

/** How to talk to a running AWS stand-in, wherever it was started. */
export class AwsStandIn {
  readonly endpoint: string
  readonly #clockFile: ClockFile | null

  constructor(endpoint: string, clockFile: ClockFile | null = null) {
    this.endpoint = endpoint
    this.#clockFile = clockFile
  }

  /**
   * Clients of it, on the real clock unless told otherwise; accounts are named by their numbers. Who calls as a controller has its role,
   * who calls as nobody may do everything. The caller closes them.
   */
  clients(options: Partial<AwsConfig> = {}): AwsClients {
    const accounts = {
      [awsAccount]: { endpoints: this.endpoint, roles: controllerRoles(awsAccount) },
      [otherAwsAccount]: { endpoints: this.endpoint, roleArn: `arn:aws:iam::${otherAwsAccount}:role/fairlead` },
    }
    const credentials = { accessKeyId: `AKIA${awsAccount}TEST`, secretAccessKey: 'secret' }
    return awsClients({ accounts, homeAccount: awsAccount, credentials, clock: realClock, ...options })
  }

  async calls(filter: CallFilter = {}): Promise<readonly AwsCall[]> {
    const query = new URLSearchParams(Object.entries(filter).map(([key, value]): [string, string] => [key, String(value)]))
    return ((await this.#ask('GET', `calls?${query}`)) as { readonly calls: readonly AwsCall[] }).calls
  }

  /** The calls made while `run` ran. */
  async callsDuring(run: () => Promise<unknown>): Promise<readonly AwsCall[]> {
    const before = await this.calls()
    await run()
    return this.calls({ since: before.at(-1)?.seq ?? 0 })
  }

  async seed(request: SeedRequest = {}): Promise<Seeded> {
    return (await this.#ask('POST', 'seed', request)) as Seeded
  }

  async state(account?: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#ask('GET', account === undefined ? 'state' : `state?account=${account}`)) as Record<string, unknown>
  }

  async config(change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask('POST', 'config', change)
  }

  async faults(faults: readonly AwsFault[]): Promise<void> {
    await this.#ask('POST', 'faults', faults)
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults')
  }

  /** Everything as after the start: no resources, no calls, full buckets, the first configuration. */
  async reset(): Promise<void> {
    await this.#ask('POST', 'reset', {})
  }

  /** Sets the stand-in's (simulated) clock to this one, now and at each tick. Returns how to stop. */
  async follow(clock: SimulatedClock): Promise<() => void> {
    const set = async (now: number): Promise<void> => void (await this.#ask('POST', 'clock', { now }))
    await set(clock.now())
    return clock.onTick(this.#clockFile?.tell ?? set)
  }

  /** Any other control endpoint, e.g. of the data plane. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    return this.#ask(method, path, body)
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.endpoint}/_fairlead/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the AWS stand-in answered ${method} ${path} with ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

export type StartedAws = AwsStandIn & AsyncDisposable

/** Starts the stand-in alone, with the roles of the controllers and their policies. Stop it with `[Symbol.asyncDispose]()`. */
export async function startAws(
  options: { readonly clock?: 'real' | 'simulated'; readonly config?: Readonly<Record<string, unknown>> } = {},
): Promise<StartedAws> {
  const { clock = 'real', config = {} } = options
  const clockFile = clock === 'simulated' ? makeClockFile() : null
  const environment: Environment = await startEnvironment({
    components: ['aws'],
    awsArgs: [
      ...['--clock', clock, '--config', JSON.stringify({ ...deployedPolicies(awsAccount), ...config })],
      ...(clockFile === null ? [] : ['--clock-file', clockFile.path]),
    ],
  })
  const standIn = new AwsStandIn(environment.aws.endpoint, clockFile)
  const end = async () => {
    await environment.stop()
    clockFile?.remove()
  }
  return Object.assign(standIn, { [Symbol.asyncDispose]: end })
}
