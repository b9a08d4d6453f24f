import { hostname } from 'node:os'
import { awsAccounts, OWN } from './aws/accounts.ts'
import type { CallRecord } from './aws/calls.ts'
import { awsClients } from './aws/clients.ts'
import type { Ec2 } from './aws/ec2.ts'
import { kubernetesClient } from './cluster/client.ts'
import { roleHome, rolesOf } from './config/role.ts'
import type { Config } from './config.ts'
import { ConfigError, fromCaller, settingsOf } from './config.ts'
import type { Ports } from './main.ts'
import { Audit } from './runtime/audit.ts'
import { type AuditSink, fileSink, stdoutSink } from './runtime/audit-sink.ts'
import { callObserver } from './runtime/call-observer.ts'
import { realClock } from './runtime/clock.ts'
import { Dependencies } from './runtime/dependencies.ts'
import { Gate } from './runtime/gate.ts'
import { Lease } from './runtime/lease.ts'
import { createLog, type Log } from './runtime/log.ts'
import { ReadOnlyError } from './runtime/read-only-kubernetes.ts'
import { Telemetry } from './runtime/telemetry.ts'
import type { Settings } from './shared/settings.ts'
import { type VaultCall, vaultClient } from './vault/client.ts'

export type Connection = { readonly settings: Settings; readonly ports: Ports; close(): Promise<void> }

const FIELD_MANAGER = 'fairlead'

/** Connects to the real Kubernetes, AWS and Vault. With `writes: false` nothing can be written through the ports. */
export async function connect(
  config: Config,
  options: {
    readonly kubeconfig?: string
    readonly writes: boolean
    readonly log?: Log
    readonly alone?: boolean
    readonly terminal?: boolean
  },
): Promise<Connection> {
  const clock = realClock
  const log = options.log ?? createLog({ level: config.logLevel, format: config.logFormat, now: () => clock.now() })
  const requestTimeoutMs = Math.min(
    config.aws.requestTimeoutSeconds * 1000,
    ((config.lease.durationSeconds - config.lease.retrySeconds) * 1000) / 2,
  )
  const telemetry = new Telemetry()
  const dependencies = new Dependencies(clock)
  const observer = callObserver({ telemetry, dependencies, clock })
  const fence: { assertLeading(): void } = { assertLeading: () => undefined }
  const beforeWrite = () => {
    // What reads for a plan, or observes, must not be able to change anything.
    if (!options.writes || config.policy === 'observe') throw new ReadOnlyError('this command only reads')
    if (options.alone !== true) fence.assertLeading()
  }
  const gate = new Gate()
  const beforeChange = () => {
    beforeWrite()
    gate.assertOpen()
  }
  const kubernetes = kubernetesClient({
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    fieldManager: FIELD_MANAGER,
    beforeWrite,
    requestTimeoutMs,
    clock,
    onCall: observer.kubernetes,
  })
  const clusterId = config.clusterId === '' ? await kubernetes.clusterId() : config.clusterId
  const onCall = (call: CallRecord) => {
    observer.aws(call)
    log.debug('aws', { ...call })
  }
  const account = config.aws.account ?? (await findAccount(config))
  const aws = awsClients({
    accounts: awsAccounts(config, account),
    homeAccount: OWN,
    homeRegion: config.aws.region,
    clock,
    limiter: { share: config.aws.share },
    requestTimeoutMs,
    onCall,
    beforeWrite: beforeChange,
  })
  const vpcId = config.aws.vpcId ?? (await findVpc(aws.ec2({ account, region: config.aws.region, controller: 'loadbalancers' })))
  const vaults = Object.fromEntries(
    Object.entries(config.vaults).map(([name, { timeoutSeconds, ...vault }]) => [
      name,
      { ...vault, timeoutMs: Math.min(timeoutSeconds * 1000, requestTimeoutMs) },
    ]),
  )
  const onVaultCall = (call: VaultCall) => {
    observer.vault(call)
    log.debug('vault', { ...call })
  }
  const vault = vaultClient({ vaults, clock, onCall: onVaultCall, beforeWrite: beforeChange })
  const identity = `${hostname()}_${crypto.randomUUID().slice(0, 8)}`
  const lease = new Lease({
    api: kubernetes,
    clock,
    random: Math.random,
    namespace: config.ownNamespace,
    name: config.lease.name,
    identity,
    requestTimeoutMs,
    durationMs: config.lease.durationSeconds * 1000,
    renewDeadlineMs: config.lease.renewSeconds * 1000,
    retryMs: config.lease.retrySeconds * 1000,
    onProblem: (problem) => log.warn('the lease', { problem }),
  })
  fence.assertLeading = () => lease.assertLeading()
  // A command at a terminal prints for people: it writes its trail to the file alone.
  const sinks = [
    ...(config.audit.stdout && options.terminal !== true ? [stdoutSink()] : []),
    ...(config.audit.file === undefined ? [] : [fileSink(fromCaller(config.audit.file))]),
  ]
  const audits = options.writes && config.policy !== 'observe' && sinks.length > 0
  const audit = audits ? startAudit(sinks) : undefined
  function startAudit(to: readonly AuditSink[]): Audit {
    const started = new Audit({
      sinks: to,
      cluster: clusterId,
      replica: identity,
      policy: config.policy,
      clock,
      onProblem: (problem) =>
        problem === null ? log.info('the audit trail is written again') : log.error(problem.message, { problem }),
    })
    started.start()
    return started
  }
  return {
    settings: settingsOf(config, { clusterId, account, vpcId }),
    ports: {
      kubernetes,
      aws,
      vault,
      clock,
      random: Math.random,
      log,
      identity,
      lease,
      gate,
      telemetry,
      dependencies,
      ...(audit === undefined ? {} : { audit }),
    },
    async close() {
      audit?.stop()
      aws.close()
      await vault.close()
      await kubernetes.close()
    },
  }
}

/** The account that a role of `aws` is in, or that our own credentials belong to, as STS says. */
async function findAccount(config: Config): Promise<string> {
  const fromRole = rolesOf(config.aws).flatMap(({ arn }) => roleHome(arn)?.account ?? [])[0]
  if (fromRole !== undefined) return fromRole
  const clients = awsClients({ accounts: awsAccounts(config, OWN), homeAccount: OWN, clock: realClock })
  try {
    const caller = await clients
      .sts({ account: OWN, region: config.aws.region })
      .getCallerIdentity({}, { signal: AbortSignal.timeout(30_000), priority: 'change' })
    if (!caller.Account) throw new Error('AWS did not say which account these credentials belong to')
    return caller.Account
  } finally {
    clients.close()
  }
}

/** The VPC that holds the subnets tagged for load balancers, if it is only one. */
async function findVpc(ec2: Ec2): Promise<string> {
  const tags = ['kubernetes.io/role/elb', 'kubernetes.io/role/internal-elb']
  const found = await ec2.describeSubnets(
    { Filters: [{ Name: 'tag-key', Values: tags }] },
    { signal: AbortSignal.timeout(30_000), priority: 'change' },
  )
  const vpcs = [...new Set((found.Subnets ?? []).flatMap((subnet) => subnet.VpcId ?? []))]
  if (vpcs.length === 1) return vpcs[0]!
  const why =
    vpcs.length === 0 ? `no subnet carries ${tags.join(' or ')}` : `subnets of ${vpcs.join(', ')} carry ${tags.join(' or ')}`
  throw new ConfigError('the configuration', [`aws.vpcId is missing and cannot be told from the subnets: ${why}`])
}
