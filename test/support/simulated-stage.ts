import type { Aws } from '../../controllers/aws/aws.ts'
import type { Credentials } from '../../controllers/aws/sdk.ts'
import { type Config, parseConfig, settingsOf } from '../../controllers/config.ts'
import { fairlead, type Ports } from '../../controllers/main.ts'
import { Audit } from '../../controllers/runtime/audit.ts'
import { callObserver } from '../../controllers/runtime/call-observer.ts'
import { Dependencies } from '../../controllers/runtime/dependencies.ts'
import { Gate } from '../../controllers/runtime/gate.ts'
import { Lease } from '../../controllers/runtime/lease.ts'
import { createLog } from '../../controllers/runtime/log.ts'
import type { Safety } from '../../controllers/runtime/safety.ts'
import { Telemetry } from '../../controllers/runtime/telemetry.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { VaultError } from '../../controllers/vault/vault-error.ts'
import { awsAccount, type Seeded, type StartedAws, startAws } from './aws.ts'
import { KubernetesStandin, type StandinClient } from './kubernetes-standin.ts'
import { serviceAccount } from './service-account.ts'
import { Session } from './session.ts'
import { type SimulatedClock, simulatedClock } from './simulated-clock.ts'
import { type VaultStandIn, vaultStandIn } from './vault-standin.ts'

const START = Date.UTC(2026, 0, 1)
export const REGION = 'us-east-1'

/** The clock of one AWS stand-in only goes forward: later stages on it start later. */
let nextStart = START

export type SimulatedOptions = {
  /** The AWS stand-in to play on; it is reset. */
  readonly aws: StartedAws
  readonly config?: Readonly<Record<string, unknown>>
  readonly awsConfig?: Readonly<Record<string, unknown>>
  /** How long a request to AWS may take, in real time, during which the clock stands still. */
  readonly awsTimeoutMs?: number
  /** What Fairlead signs with; the stand-in takes any secret. */
  readonly credentials?: Credentials
}

/** One life of Fairlead on the stage. */
export type Life = {
  readonly session: Session
  readonly settings: Settings
  readonly log: readonly string[]
  /** Its audit trail, line by line. */
  readonly audit: readonly string[]
  readonly done: Promise<void>
  readonly safety: Safety
  /** What /metrics would answer. */
  metrics(): Promise<string>
  stop(): Promise<void>
  close(): void
}

/** The composition root of the product on one simulated clock, with stand-ins all around. */
export type SimulatedStage = AsyncDisposable & {
  readonly clock: SimulatedClock
  readonly kubernetes: KubernetesStandin
  readonly vault: VaultStandIn
  readonly aws: StartedAws
  readonly network: Seeded
  /** Runs a command in a process of its own, without a Lease; null if it was killed after so many calls. */
  command<T>(
    run: (connected: {
      readonly config: Config
      readonly settings: Settings
      readonly ports: Ports
      /** Its audit trail, line by line. */
      readonly trail: readonly string[]
    }) => Promise<T>,
    options?: { readonly killAfter?: number; readonly onCalled?: (count: number) => void },
  ): Promise<T | null>
  /** Starts Fairlead; with `killAfter` it dies right after that many calls of its own to the outside. */
  start(options?: {
    readonly killAfter?: number
    readonly config?: Readonly<Record<string, unknown>>
    /** Another cluster than the stage's. */
    readonly kubernetes?: KubernetesStandin
  }): Life
}

export async function startSimulatedAws(): Promise<StartedAws> {
  return startAws({ clock: 'simulated' })
}

export async function simulatedStage(options: SimulatedOptions): Promise<SimulatedStage> {
  const { aws } = options
  await aws.reset()
  const { now } = (await aws.control('GET', 'clock')) as { now: number }
  nextStart = Math.max(nextStart, Math.ceil(now / 1000) * 1000 + 1000)
  const clock = simulatedClock(nextStart)
  const unfollow = await aws.follow(clock)
  await aws.config(options.awsConfig ?? {})
  const network = await aws.seed({ account: awsAccount, region: REGION, vpc: { cidr: '10.0.0.0/16' }, zones: ['example.com'] })
  const kubernetes = new KubernetesStandin({ clock, namespaces: ['fairlead-system'] })
  const vault = await vaultStandIn({ clock, keys: 'rsa' })
  const lives: Life[] = []
  const start: SimulatedStage['start'] = ({ killAfter = null, config = {}, kubernetes: cluster = kubernetes } = {}) => {
    const life = live({
      clock,
      kubernetes: cluster,
      vault,
      aws,
      network,
      session: new Session(killAfter),
      config: { ...options.config, ...config },
      awsTimeoutMs: options.awsTimeoutMs,
      credentials: options.credentials,
    })
    lives.push(life)
    return life
  }
  const command: SimulatedStage['command'] = async (run, { killAfter = null, onCalled } = {}) => {
    const session = new Session(killAfter)
    if (onCalled !== undefined) session.onCalled = onCalled
    const world = {
      clock,
      kubernetes,
      vault,
      aws,
      network,
      session,
      config: options.config ?? {},
      credentials: options.credentials,
    }
    const { config, settings, ports, fence, clients, trail } = connected(world, everything)
    // Somebody at a terminal competes for no Lease.
    fence.check = () => {
      if (session.dead) throw new Error('the process is dead')
    }
    const dead = new Promise<null>((resolve) => session.onEnd(() => resolve(null)))
    try {
      return await Promise.race([run({ config, settings, ports, trail }), dead])
    } finally {
      session.end()
      clients.close()
    }
  }
  const end = async () => {
    for (const life of lives) life.session.end()
    unfollow()
    await clock.settle()
    for (const life of lives) life.close()
  }
  return { clock, kubernetes, vault, aws, network, start, command, [Symbol.asyncDispose]: end }
}

type World = Pick<SimulatedStage, 'clock' | 'kubernetes' | 'vault' | 'aws' | 'network'> & {
  readonly session: Session
  readonly config: Readonly<Record<string, unknown>>
  readonly awsTimeoutMs?: number | undefined
  readonly credentials: Credentials | undefined
}

let lifeCount = 0

const asServiceAccount = serviceAccount()

/** Whoever sits at a terminal has rights of their own. */
const everything = () => true

function connected(
  { clock, kubernetes, vault, aws, network, session, config: overrides, awsTimeoutMs, credentials }: World,
  granted: (permission: string, namespace: string | undefined) => boolean,
) {
  const identity = `fairlead-${++lifeCount}`
  const telemetry = new Telemetry()
  const dependencies = new Dependencies(clock)
  const observer = callObserver({ telemetry, dependencies, clock })
  const lines: string[] = []
  const trail: string[] = []
  const profiles = { default: { mount: 'pki_int', role: 'web', keyType: 'rsa-2048' } }
  const config = parseConfig('', 'the test', { clusterId: 'cluster-1', aws: { region: REGION }, profiles, ...overrides })
  const log = createLog({ level: config.logLevel, format: 'json', write: (line) => lines.push(line), now: () => clock.now() })
  // What a dead process had queued is never sent; what it had sent, AWS carries out.
  const fence: { check(): void } = { check: () => undefined }
  const client: StandinClient = kubernetes.client({
    fieldManager: 'fairlead',
    beforeWrite: () => fence.check(),
    granted,
    onCall: (call) => {
      observer.kubernetes(call)
      // The lease is renewed by the clock, not by the work: a kill after it shows nothing.
      if (call.kind !== 'Lease' && call.verb !== 'watch') session.called(`kubernetes ${call.verb} ${call.kind}`)
    },
  })
  session.onEnd(() => client.cut())
  const gate = new Gate()
  const clients = aws.clients({
    clock,
    track: (promise) => clock.tracked(promise),
    beforeWrite: () => {
      fence.check()
      gate.assertOpen()
    },
    random: () => 0.5,
    onCall: (call) => {
      observer.aws(call)
      log.debug('aws', { ...call })
    },
    ...(credentials === undefined ? {} : { credentials }),
    requestTimeoutMs: awsTimeoutMs,
  })
  const settings = settingsOf(config, { clusterId: 'cluster-1', account: awsAccount, vpcId: network.vpcId })
  const lease = new Lease({
    api: client,
    clock,
    random: () => 0.5,
    namespace: 'fairlead-system',
    name: 'fairlead',
    identity,
    requestTimeoutMs: 5_000,
  })
  fence.check = () => {
    if (session.dead) throw new Error('the process is dead')
    lease.assertLeading()
  }
  const sink = {
    name: 'memory',
    tail: () => ({ lines: trail, rest: '' }),
    write: (text: string) => void trail.push(text.trimEnd()),
    close: () => undefined,
  }
  const writer = { sinks: [sink], cluster: settings.clusterId, replica: identity, policy: config.policy, clock }
  const audit = new Audit({ ...writer, onProblem: () => undefined })
  if (config.policy !== 'observe') audit.start()
  const ports = {
    kubernetes: client,
    aws: session.aws(clients as Aws),
    vault: session.vault({
      sign: async (request, signal) => {
        gate.assertOpen()
        const call = {
          vault: 'default',
          operation: 'sign',
          path: 'pki_int/sign/web',
          write: true,
          requestId: null,
          ms: 0,
        } as const
        try {
          const signed = await vault.sign(request, signal)
          observer.vault({ ...call, status: 200, errorCode: null })
          return signed
        } catch (error) {
          if (!(error instanceof VaultError)) throw error
          observer.vault({ ...call, status: error.status, errorCode: error.code })
          // The client logs in again, to know whether it is the token; a Vault that is to deny everything denies that too.
          if (error.code === 'forbidden')
            observer.vault({ ...call, operation: 'login', write: false, status: error.status, errorCode: error.code })
          throw error
        }
      },
    }),
    clock,
    random: () => 0.5,
    log,
    identity,
    lease,
    gate,
    telemetry,
    dependencies,
    ...(config.policy === 'observe' ? {} : { audit }),
  }
  return { config, settings, ports, fence, clients, lines, trail }
}

function live(world: World): Life {
  const { session } = world
  const { config, settings, ports, clients, lines, trail } = connected(world, asServiceAccount)
  const { manager, safety } = fairlead(config, settings, ports)
  const stop = new AbortController()
  const done = manager.run(stop.signal).catch((error: unknown) => {
    if (!session.dead && !stop.signal.aborted) lines.push(`FATAL ${error instanceof Error ? error.stack : String(error)}`)
  })
  return {
    session,
    settings,
    log: lines,
    audit: trail,
    done,
    safety,
    metrics: async () => (await ports.telemetry.text()).body,
    close: () => clients.close(),
    async stop() {
      stop.abort(new Error('the test is over'))
      await done
    },
  }
}
