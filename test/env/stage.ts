// The whole play: the real servers, an AWS network and zone, Vault's roles, Fairlead's own permissions, and Fairlead as a process.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AwsStandIn, type Seeded } from '../support/aws.ts'
import { controllerRoles, deployedPolicies } from '../support/roles.ts'
import type { Component } from './components.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { FairleadProcess } from './fairlead-process.ts'
import { serviceAccountToken } from './kubeconfig.ts'
import { createNodes } from './nodes.ts'
import { type ConfiguredVault, configureVault } from './vault.ts'

export const REGION = 'us-east-1'
export const ACCOUNT = '111111111111'
export const NAMESPACE = 'fairlead-system'
/** Fairlead's own credentials in the stand-in's account: they may assume its roles, and nothing else. */
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: `AKIA${ACCOUNT}FAIRLEAD`,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const
const root = join(import.meta.dirname, '../..')

export type StageOptions = {
  readonly progress?: (line: string) => void
  readonly status?: (line: string) => void
  /** Waits and periods of Fairlead's configuration; by default a second or two each, so that a person sees them pass. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Other Vaults beside the one of the environment, by name. */
  readonly vaults?: Readonly<Record<string, unknown>>
  /** Configuration of the AWS stand-in: how slow it is. */
  readonly aws?: Readonly<Record<string, unknown>>
  /** Nodes, played by KWOK; none if it is not among the components. */
  readonly nodes?: number
  /** Default: all. */
  readonly components?: readonly Component[]
  /** More of the environment of Fairlead, or other credentials. */
  readonly env?: Readonly<Record<string, string>>
  readonly zones?: readonly string[]
  /** The roles have the policy of `fairlead release` too. */
  readonly release?: boolean
  /** Started in place of the sources: the bundle of the image. */
  readonly entry?: string
}

/** A role for each controller, as deploy/iam has a policy for each. */
export const ROLES = controllerRoles(ACCOUNT)

const DEFAULT_CONFIG = {
  sweepSeconds: 30,
  // Several run on one machine.
  http: { address: '127.0.0.1', port: 0 },
  waits: {
    firstHealthySeconds: 20,
    aliasTtlSeconds: 1,
    ttlMarginSeconds: 0,
    propagationSeconds: 1,
    loadBalancerActiveSeconds: 2,
  },
}

/** Everything a test or the demo plays on; `stop` ends all of it. */
export type Stage = AsyncDisposable & {
  readonly environment: Environment
  readonly aws: AwsStandIn
  readonly network: Seeded
  readonly vault: ConfiguredVault
  /** Fairlead's configuration file, and a kubeconfig that acts as its ServiceAccount. */
  readonly configFile: string
  readonly kubeconfig: string
  /** Not started yet. */
  readonly fairlead: FairleadProcess
  kubectl(...args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const { progress = () => undefined, status = () => undefined } = options
  const environment = await startEnvironment({
    progress,
    status,
    awsArgs: ['--config', JSON.stringify({ policies: policies(options.release ?? false), ...options.aws })],
    ...(options.components === undefined ? {} : { components: options.components }),
  })
  try {
    return await setUp(environment, options, progress)
  } catch (error) {
    await environment.stop({ keepDir: true })
    throw error
  }
}

/** By role, and of Fairlead's own key. */
function policies(release: boolean) {
  const assume = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] }
  return { ...deployedPolicies(ACCOUNT, { release }).policies, [AWS_ENV.AWS_ACCESS_KEY_ID]: [assume] }
}

async function setUp(environment: Environment, options: StageOptions, progress: (line: string) => void): Promise<Stage> {
  const run = promisify(execFile)
  const kubectl = async (...args: readonly string[]) =>
    (await run(environment.kubectl, ['--kubeconfig', environment.kubeconfig, ...args], { cwd: root })).stdout
  const aws = new AwsStandIn(environment.aws.endpoint)
  const [, vault, network] = await Promise.all([
    (options.components ?? ['kwok']).includes('kwok') ? createNodes(environment.apiServer, options.nodes ?? 3) : undefined,
    vaultPolicy(options.config).then((policy) => configureVault(environment.vault, environment.apiServer, { policy })),
    aws.seed({ account: ACCOUNT, region: REGION, vpc: { cidr: '10.0.0.0/16' }, zones: options.zones ?? ['example.com'] }),
  ])
  progress('a VPC with six subnets, hosted zones, a Vault CA with roles, nodes')
  await kubectl('apply', '--server-side', '-k', 'deploy/kustomize/base')
  const account = { namespace: NAMESPACE, serviceAccount: 'fairlead' }
  const kubeconfig = await environment.kubeconfigFor(account)
  const tokenFile = join(environment.dir, 'vault-token')
  await writeFile(tokenFile, await serviceAccountToken(environment.apiServer, account, ['vault']), { mode: 0o600 })
  const configFile = join(environment.dir, 'fairlead.json')
  await writeFile(configFile, JSON.stringify(fairleadConfig(environment, tokenFile, network, options), null, 2))
  progress('Fairlead installed: its ServiceAccount, the generated RBAC, its IngressClass')
  const fairlead = new FairleadProcess({
    args: ['--config', configFile, '--kubeconfig', kubeconfig, 'run'],
    env: { ...AWS_ENV, ...options.env },
    logFile: join(environment.dir, 'fairlead.log'),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
  })
  const stop = async () => {
    await fairlead.stop()
    await environment.stop()
  }
  return { environment, aws, network, vault, configFile, kubeconfig, fairlead, kubectl, stop, [Symbol.asyncDispose]: stop }
}

const PROFILES = { default: { mount: 'pki_int', role: 'web', keyType: 'rsa-2048', ttlSeconds: 2_592_000 } }

/** The generated policy, filled in for each profile as its head says: Fairlead may do that in Vault, and nothing else. */
async function vaultPolicy(config: StageOptions['config']): Promise<string> {
  const generated = await readFile(join(root, 'deploy/vault/fairlead.hcl'), 'utf8')
  const profiles = (config?.profiles ?? PROFILES) as Readonly<Record<string, { readonly mount: string; readonly role: string }>>
  return Object.values(profiles)
    .map(({ mount, role }) => generated.replaceAll('{mount}', mount).replaceAll('{role}', role))
    .join('\n')
}

function fairleadConfig(
  environment: Environment,
  tokenFile: string,
  network: Seeded,
  { config = {}, vaults = {} }: StageOptions,
): object {
  return {
    ...DEFAULT_CONFIG,
    aws: { region: REGION, endpoint: environment.aws.endpoint, vpcId: network.vpcId, roles: ROLES },
    vaults: {
      default: { address: environment.vault.address, auth: { method: 'kubernetes', role: 'fairlead', tokenFile } },
      ...vaults,
    },
    profiles: PROFILES,
    ...config,
  }
}
