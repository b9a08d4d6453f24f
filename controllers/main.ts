import { asController } from './aws/as-controller.ts'
import type { Aws } from './aws/aws.ts'
import { certificatesEffects } from './certificates/controller.ts'
import { certificatesPlanner } from './certificates/planner.ts'
import type { Kubernetes } from './cluster/kubernetes.ts'
import type { Config } from './config.ts'
import { dnsEffects } from './dns/controller.ts'
import { dnsPlanner } from './dns/planner.ts'
import { loadBalancersEffects } from './loadbalancers/controller.ts'
import { loadBalancersPlanner } from './loadbalancers/planner.ts'
import { meters } from './metrics.ts'
import type { Audit } from './runtime/audit.ts'
import { auditedKubernetes, auditedObject } from './runtime/audit-kubernetes.ts'
import { auditedRoute53 } from './runtime/audited-route53.ts'
import type { Clock } from './runtime/clock.ts'
import { CutOff } from './runtime/cut-off.ts'
import type { Dependencies } from './runtime/dependencies.ts'
import { finalizerWriter } from './runtime/finalizer-writer.ts'
import { Gate } from './runtime/gate.ts'
import { gatedKubernetes } from './runtime/gated-kubernetes.ts'
import { leadershipWithoutLease } from './runtime/leadership.ts'
import type { Lease } from './runtime/lease.ts'
import type { Log } from './runtime/log.ts'
import { Manager } from './runtime/manager.ts'
import { NamespaceFindings } from './runtime/namespace-findings.ts'
import { readOnlyKubernetes } from './runtime/read-only-kubernetes.ts'
import { Reconciler } from './runtime/reconciler.ts'
import { Recorder } from './runtime/recorder.ts'
import { Reporter } from './runtime/reporter.ts'
import { Safety } from './runtime/safety.ts'
import { SAFETY_METRICS } from './runtime/safety-metrics.ts'
import { SecondOwner } from './runtime/second-owner.ts'
import { seldom } from './runtime/seldom.ts'
import { SystemFindings } from './runtime/system-findings.ts'
import { Telemetry } from './runtime/telemetry.ts'
import { Watched } from './runtime/watched.ts'
import { inPass } from './runtime/work.ts'
import type { Change } from './shared/change.ts'
import { objectKey } from './shared/objects.ts'
import type { Settings } from './shared/settings.ts'
import { hasQuota, isRefused } from './shared/tenancy-neighbourhood.ts'
import type { Vault } from './vault/vault.ts'

/** The pure halves, in the order of dependency. */
export const planners = { certificates: certificatesPlanner, loadbalancers: loadBalancersPlanner, dns: dnsPlanner }

/** Everything outside that Fairlead touches. Tests give stand-ins; nothing else differs. */
export type Ports = {
  readonly kubernetes: Kubernetes
  readonly aws: Aws
  readonly vault: Vault
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** This replica's name in the Lease and in Events. */
  readonly identity: string
  readonly lease: Lease
  /** Asked before each write to AWS and Vault is sent. */
  readonly gate: Gate
  /** What has been counted of the calls that the other ports make. */
  readonly telemetry?: Telemetry
  /** Told of those calls too: which services are down. */
  readonly dependencies?: Dependencies
  /** What each write is written down in, before and after. */
  readonly audit?: Audit
}

/** Puts the controllers on the runtime. */
export function fairlead(
  config: Config,
  settings: Settings,
  ports: Ports,
  options: { readonly release?: 'keep' | 'delete' } = {},
) {
  const { aws, vault, clock, random, log, identity, lease, audit, dependencies } = ports
  // Whoever gives everything up has stopped the controllers by the very freeze that must not stop this.
  const gate = options.release === undefined ? ports.gate : new Gate()
  const observes = config.policy === 'observe'
  const leadership = observes ? leadershipWithoutLease() : lease
  const kubernetes = observes ? readOnlyKubernetes(ports.kubernetes) : ports.kubernetes
  const lookup = (kind: string, key: string) => watched.stored(kind, key)
  const audited = audit === undefined ? kubernetes : auditedKubernetes(kubernetes, audit, settings.clusterId, lookup)
  const gated = options.release === undefined ? gatedKubernetes(audited, gate) : audited
  const onProblem = (what: string, problem: unknown) => log.warn(what, { problem })
  const watched = new Watched({
    api: kubernetes,
    clock,
    random,
    ownNamespace: settings.ownNamespace,
    hasQuota: (name, namespace) => hasQuota(settings.tenancy, name, namespace),
    onProblem: (problem) => onProblem('watching Kubernetes', problem),
    onUnreadable: (kind, problem) => safety.unreadable(kind, problem),
    onReadable: (kind) => safety.readable(kind),
  })
  const effects = {
    certificates: certificatesEffects({ aws: asController(aws, 'certificates'), vault, kubernetes: gated, clock, settings }),
    loadbalancers: loadBalancersEffects({ aws: asController(aws, 'loadbalancers'), clock, settings }),
    dns: dnsEffects({
      aws: asController(aws, 'dns'),
      clock,
      settings,
      ingresses: () => safety.ingresses(),
      refuses: (object, host) => isRefused(watched.neighbours.rivalsOf(host), settings.tenancy, object, host),
      stopped: () => gate.checkLater(),
    }),
  }
  const recorder = new Recorder({
    api: kubernetes,
    clock,
    controller: 'fairlead.dev/controller',
    instance: identity,
    onProblem: (problem) => onProblem('an Event was not written', problem),
  })
  const safety: Safety = new Safety({
    policy: config.policy,
    brake: { share: config.safety.brakeShare, least: config.safety.brakeLeast, windowSeconds: config.safety.brakeWindowSeconds },
    watched,
    gate: options.release === undefined ? gate : new Gate(),
    clock,
    api: audited,
    ownNamespace: settings.ownNamespace,
    inventories: Object.keys(effects),
    findings: new SystemFindings({
      about: () => (lease.leading ? watched.namespaces.get(settings.ownNamespace) : null),
      emit: (event) => (observes ? undefined : recorder.record(event)),
      tell: (what, { code, severity }) => log.warn(what, { code, severity }),
    }),
    onProblem: (problem) => onProblem('the brake could not be kept', problem),
  })
  const reporter = new Reporter({
    api: audited,
    emit: (event) => recorder.record(event),
    noteWrite: (ingress) => watched.ingresses.noteWrite(ingress),
    onProblem: (problem) => onProblem('a status was not written', problem),
  })
  const namespaceFindings = new NamespaceFindings({
    watched,
    settings: settings.tenancy,
    leads: () => !observes && lease.leading,
    emit: (event) => recorder.record(event),
  })
  const meter = meters({ ...ports, lease: leadership, telemetry: ports.telemetry ?? new Telemetry(), watched, effects, settings })
  // To give everything up, nothing is wanted: every object that has our finalizer is leaving.
  const releases = options.release === 'delete'
  const viewOf = (unit: string) => (releases ? { ...watched.view(unit), ingressClasses: [] } : safety.view(unit))
  const tellSeldom = seldom(clock, (what, fields) => log.warn(what, fields))
  const reconciler = new Reconciler({
    planners,
    effects,
    settings,
    clock,
    viewOf,
    applyFinalizer: finalizerWriter(gated, watched.ingresses),
    allowed: (unit, changes) => (releases ? { changes, held: [] } : safety.allowed(unit, changes)),
    pauses: (unit) => safety.pauses(unit),
    making: (changes, run) =>
      gate.making(changes, () => {
        const objectOf = ({ object }: Change) => auditedObject(object, lookup(object.kind, objectKey(object)))
        return audit === undefined ? run() : audit.changes(changes, objectOf, run)
      }),
    report: async (unit, composition, trouble, signal) => {
      // `observe` writes nothing, not even what it thinks.
      if (!observes) await reporter.report(releases ? viewOf(unit) : watched.view(unit), composition, trouble, signal)
      meter.note(reconciler.context(unit), composition, trouble)
    },
    onUnread: (unit, controller, problem) =>
      tellSeldom(controller, `what ${controller} depends on cannot be read`, { unit, problem }),
    onApplied: (change) => {
      meter.made(change, 'applied')
      log.info('applied', { change: change.id, object: change.object, calls: change.calls, reason: change.reason })
    },
    onFailed: (change, failure) => {
      meter.made(change, 'failed')
      log.warn('not applied', {
        change: change.id,
        object: change.object,
        code: failure.code,
        kind: failure.kind,
        message: failure.message,
      })
    },
    concurrency: 8,
  })
  watched.ingresses.subscribe((before, after) => {
    if (after === null && before !== null) reporter.forget(before.metadata.uid)
  })
  const route53 = aws.route53({ account: settings.account, region: 'us-east-1', controller: 'dns' })
  const secondOwner = new SecondOwner({
    route53: audit === undefined ? route53 : auditedRoute53(route53, audit, settings.account),
    clock,
    clusterId: settings.clusterId,
    txtOwner: settings.txtOwner,
    cluster: () => watched.namespaces.get('kube-system')?.metadata.uid ?? '',
    leader: identity,
    periodMs: config.safety.heartbeatSeconds * 1000,
    tell: (message) => safety.secondOwner(message),
    onProblem: (problem) => tellSeldom('second-owner', 'whether another cluster has our identity cannot be told', { problem }),
  })
  const manager = new Manager({
    watched,
    lease: leadership,
    clock,
    random,
    workers: config.workers,
    sweepMs: config.sweepSeconds * 1000,
    reconcile: (unit, reason, signal) =>
      inPass(unit, { unit }, () => meter.pass(unit, () => reconciler.reconcile(unit, reason, signal))),
    isGone: (unit) => reconciler.isGone(unit),
    inventories: Object.values(effects).map((one) => ({
      name: one.name,
      async read(signal) {
        const units = await one.inventory(signal)
        safety.brake.inventoried(one.name, units)
        return units
      },
    })),
    queueObserver: meter.queueObserver,
    onTouched: meter.touched,
    beforeWork: (leading) => {
      safety.leads(leading)
      return observes ? Promise.resolve() : secondOwner.guard(leading)
    },
    onTerm: () => {
      meter.reset()
      safety.newTerm()
      namespaceFindings.newTerm()
      for (const one of Object.values(effects)) one.reset?.()
    },
    onProblem,
  })
  meter.measure(manager, config)
  if (dependencies !== undefined) {
    safety.watches(dependencies, meter.telemetry)
    const cutOff = new CutOff({
      lease: leadership,
      clock,
      sts: aws.sts({ account: settings.account, region: settings.region }),
      tell: (what) => log.warn(what, {}),
    })
    dependencies.onSilence = () => void cutOff.suspect()
  }
  for (const name of Object.keys(SAFETY_METRICS) as (keyof typeof SAFETY_METRICS)[])
    meter.telemetry.source(name, () => [{ labels: {}, value: safety.metrics()[name] }])
  return { manager, reconciler, watched, effects, recorder, meter, safety, secondOwner }
}
