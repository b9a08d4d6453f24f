import { readFileSync, writeFileSync } from 'node:fs'
import { type Config, fromCaller, settingsOf } from '../config.ts'
import { fairlead, planners } from '../main.ts'
import { INGRESS_CONTROLLER, refOf } from '../shared/annotations.ts'
import { compose, intendUnit } from '../shared/compose.ts'
import type { Finding } from '../shared/finding.ts'
import { isOurClass, unitOf } from '../shared/members.ts'
import type { ClusterView, Ingress } from '../shared/objects.ts'
import { PLAN_VERSION, type Plan } from '../shared/plan.ts'
import type { Settings } from '../shared/settings.ts'
import { parseUnitKey, unitKey } from '../shared/unit.ts'
import { type AwsState, observedIn, STATE_VERSION } from './aws-state.ts'
import { exitCodeOf } from './exit-codes.ts'
import { readManifests } from './manifests.ts'
import { readOnce } from './read-once.ts'
import { renderPlans } from './render-plan.ts'
import { pausesAmong, type Stop, stopsForAll } from './stops.ts'

export type PlanOptions = {
  readonly kubeconfig?: string
  readonly offline: boolean
  readonly file?: string
  readonly output: 'text' | 'json'
  readonly awsState?: string
  readonly exportAwsState?: string
  /** Offline: the manifests are everything there is, so what the export has beyond them is to be removed. */
  readonly complete?: boolean
}

/** `fairlead plan`: what would be done, without doing any of it. Returns the exit code. */
export async function plan(config: Config, options: PlanOptions, print: (text: string) => void): Promise<number> {
  const { plans, stops } = options.offline ? { plans: planOffline(config, options), stops: [] } : await planLive(config, options)
  const whole = () => ({ ...(plans.length === 1 ? plans[0] : merged(plans)), stops })
  print(options.output === 'json' ? JSON.stringify(whole(), null, 2) : renderPlans(plans, stops))
  return exitCodeOf(plans)
}

/** Several units as one plan of the same schema: ids are unique over all of them. */
function merged(plans: readonly Plan[]): Plan {
  return {
    version: PLAN_VERSION,
    unit: '*',
    changes: plans.flatMap((item) => item.changes),
    findings: plans.flatMap((item) => item.findings),
  }
}

type Planned = { readonly plans: readonly Plan[]; readonly stops: readonly Stop[] }

async function planLive(config: Config, options: PlanOptions): Promise<Planned> {
  // The clients are large: an offline plan starts without them.
  const { connect } = await import('../connect.ts')
  const connection = await connect(
    { ...config, logLevel: 'error' },
    { ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }), writes: false },
  )
  const stop = new AbortController()
  try {
    const { reconciler, watched, effects, safety } = fairlead(config, connection.settings, connection.ports)
    await readOnce(watched, stop.signal)
    const inventory = await Promise.all(Object.values(effects).map((one) => one.inventory(stop.signal)))
    const units = [...new Set([...watched.units(), ...inventory.flat()])].sort()
    const plans: Plan[] = []
    const stops = [...(await stopsForAll({ api: connection.ports.kubernetes, ownNamespace: connection.settings.ownNamespace }))]
    const state: Record<string, unknown> = {}
    for (const unit of units) {
      plans.push((await reconciler.planFresh(unit, stop.signal)).plan)
      stops.push(...pausesAmong(safety.pauses(unit)))
      state[unit] = reconciler.observed(reconciler.context(unit))
    }
    if (options.exportAwsState !== undefined) {
      const { clusterId, account, region, vpcId } = connection.settings
      const elsewhere = reconciler.observed(reconciler.context('ingress/-/-'))
      const text: AwsState = {
        version: STATE_VERSION,
        clusterId,
        account,
        region,
        vpcId,
        units: state as AwsState['units'],
        elsewhere,
      }
      writeFileSync(fromCaller(options.exportAwsState), `${JSON.stringify(text, null, 2)}\n`)
    }
    return { plans, stops }
  } finally {
    stop.abort()
    await connection.close()
  }
}

function planOffline(config: Config, options: PlanOptions): readonly Plan[] {
  if (options.file === undefined) throw new Error('--offline needs the manifests: -f FILE or -f DIR')
  const view = readManifests(fromCaller(options.file))
  const state = options.awsState === undefined ? null : readState(fromCaller(options.awsState))
  const settings = offlineSettings(config, state)
  const ours = view.ingresses.filter((item) => isOurClass(item, view.ingressClasses))
  const beyond = options.complete ? Object.keys(state?.units ?? {}) : []
  const units = [...new Set([...ours.map((item) => unitKey(unitOf(item))), ...beyond])].sort()
  const others = view.ingresses.filter((item) => !ours.includes(item))
  const skipped: Plan = { version: PLAN_VERSION, unit: '-', changes: [], findings: others.map(ofAnotherClass) }
  return [...units.map((key) => planUnit(key, view, settings, state)), ...(others.length === 0 ? [] : [skipped])]
}

/** Which classes are Fairlead's is in the cluster: a manifest of the IngressClass beside the others tells it offline. */
function ofAnotherClass(ingress: Ingress): Finding {
  const name = ingress.spec.ingressClassName ?? '(none)'
  return {
    code: 'ClassNotServed',
    severity: 'info',
    object: refOf(ingress),
    field: 'spec.ingressClassName',
    read: name,
    expected: `a class whose controller is ${INGRESS_CONTROLLER}`,
    message: `Class ${name} is none of Fairlead’s as far as these files tell; expected fairlead, or an IngressClass of controller ${INGRESS_CONTROLLER} among the files`,
  }
}

function planUnit(key: string, whole: ClusterView, settings: Settings, state: AwsState | null): Plan {
  const view = { ...whole, ingresses: whole.ingresses.filter((item) => unitKey(unitOf(item)) === key) }
  const context = { unit: parseUnitKey(key), view, settings, now: Date.now() }
  return compose(planners, context, intendUnit(planners, context), observedIn(state, key)).plan
}

/** Without a cluster, what only it could tell has a name that says so. */
function offlineSettings(config: Config, state: AwsState | null): Settings {
  const profiles = Object.keys(config.profiles).length > 0 ? config.profiles : { default: PLACEHOLDER_PROFILE }
  return settingsOf(
    { ...config, profiles },
    {
      clusterId: state?.clusterId ?? (config.clusterId === '' ? 'unknown' : config.clusterId),
      account: state?.account ?? config.aws.account ?? 'unknown',
      vpcId: state?.vpcId ?? config.aws.vpcId ?? null,
    },
  )
}

const PLACEHOLDER_PROFILE = {
  vault: 'default',
  mount: 'pki',
  role: 'default',
  keyType: 'ec-p256',
  ttlSeconds: 2_592_000,
  renewBeforeSeconds: 864_000,
} as const

function readState(path: string): AwsState {
  const state = JSON.parse(readFileSync(path, 'utf8')) as AwsState
  if (state.version !== STATE_VERSION)
    throw new Error(
      `${path} has version ${JSON.stringify(state.version)}; expected ${STATE_VERSION}, as written by fairlead plan --export-aws-state`,
    )
  return state
}
