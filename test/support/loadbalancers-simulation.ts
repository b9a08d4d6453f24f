import { intend } from '../../controllers/loadbalancers/intent.ts'
import type { LoadBalancersObserved, ObservedRule, ObservedTargetGroup } from '../../controllers/loadbalancers/observed.ts'
import { loadBalancersPlanner } from '../../controllers/loadbalancers/planner.ts'
import { isOfUnit } from '../../controllers/loadbalancers/proof.ts'
import { refKey } from '../../controllers/loadbalancers/wish.ts'
import { type Change, isReady } from '../../controllers/shared/change.ts'
import type { CertificateFacts, RecordFact, ServingFact } from '../../controllers/shared/facts.ts'
import type { Finding } from '../../controllers/shared/finding.ts'
import { covers } from '../../controllers/shared/hosts.ts'
import { isUnknown } from '../../controllers/shared/known.ts'
import { canonicalJson, TAG_OBJECT } from '../../controllers/shared/names.ts'
import type { ClusterView } from '../../controllers/shared/objects.ts'
import { inOrderOfNeeds, type Plan } from '../../controllers/shared/plan.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { type Unit, unitKey } from '../../controllers/shared/unit.ts'
import { tagRefusal } from './aws-tags.ts'
import { asEc2Shows, ec2Refusal } from './ec2-permissions.ts'
import { lineFor, requestsFor, ruleFor, sample } from './loadbalancers-routing.ts'
import { context, EMPTY, GROUP, SETTINGS, START } from './loadbalancers-world.ts'
import { baseOf, remainderFaults } from './walk-remainder.ts'

type Planned = {
  readonly changes: readonly Change[]
  readonly findings: readonly Finding[]
  readonly serving: readonly ServingFact[]
}

/**
 * The world around the planner, on a simulated clock: load balancers become active, targets healthy or drained, records follow
 * what serves, and for a while resolvers still hold the old ones. Every step is checked for what must never happen in between.
 */
export class Simulation {
  now = START
  observed: LoadBalancersObserved = EMPTY
  /** When nothing was left to do last. */
  private rested: LoadBalancersObserved = EMPTY
  cluster: ClusterView
  certificates: CertificateFacts
  readonly settings: Settings
  readonly unit: Unit
  /** Where each host's record points, and until when others still hold it after it moved. */
  readonly records = new Map<string, string>()
  held: { readonly host: string; readonly dnsName: string; readonly until: number }[] = []
  readonly made: Change[] = []
  /** Which of so many ready changes is made next: the first, unless a test says otherwise. */
  pick: (count: number) => number = () => 0
  /** Whether targets become healthy. */
  healthy = true

  constructor(cluster: ClusterView, certificates: CertificateFacts, settings: Settings = SETTINGS, unit: Unit = GROUP) {
    this.cluster = cluster
    this.certificates = certificates
    this.settings = settings
    this.unit = unit
  }

  plan(): Planned {
    const around = context(this.cluster, this.now, this.settings, this.unit)
    const { intent, findings } = intend(around)
    const up = { certificates: this.certificates }
    const built = loadBalancersPlanner.build(around, intent, this.observed, up)
    const retired = loadBalancersPlanner.retire(around, intent, this.observed, up, {
      dns: { pointing: this.pointing(built.facts.serving) },
    })
    const all = inOrderOfNeeds([...built.changes, ...retired])
    const ids = new Set(all.map((item) => item.id))
    if (ids.size !== all.length)
      throw new Error(
        `one id twice: ${all
          .map((item) => item.id)
          .sort()
          .join('\n')}`,
      )
    const changes = all.map((item) => ({ ...item, needs: item.needs.filter((need) => ids.has(need)) }))
    return { changes, findings: [...findings, ...built.findings], serving: built.facts.serving }
  }

  /** Makes one change and checks that the plan that follows is what was left of the one before. */
  apply(change: Change, before: Planned): void {
    const world = this.observed
    const refused = ec2Refusal(world, change) ?? tagRefusal(world, change)
    if (refused !== null) throw new Error(`${change.id} is refused: ${refused}`)
    this.observed = loadBalancersPlanner.advance(this.observed, change, {}, this.now)
    this.made.push(change)
    this.check(world, change)
    const after = this.plan()
    const base = { ...baseOf(this.printed(before)), done: new Set([change.id]) }
    const faults = remainderFaults(base, this.printed(after))
    if (faults.length > 0) throw new Error(`after ${change.id} the plan is not the remainder:\n${faults.join('\n')}`)
  }

  private printed({ changes, findings }: Planned): Plan {
    return { version: 1, unit: unitKey(this.unit), changes, findings }
  }

  /** Until nothing is left to do, or nothing can be done. */
  settle(most = 200): readonly Change[] {
    const from = this.made.length
    for (let round = 0; round < most; round++) {
      for (;;) {
        const planned = this.plan()
        const ready = planned.changes.filter(isReady)
        if (ready.length === 0) break
        this.apply(ready[this.pick(ready.length)]!, planned)
      }
      const quiet = this.tick()
      const { changes, serving } = this.plan()
      if (quiet && changes.length === 0 && serving.every((fact) => fact.publishable.waits.length === 0)) {
        this.checkRouting()
        this.rested = this.observed
        return this.made.slice(from)
      }
    }
    throw new Error(`did not settle: ${canonicalJson(this.plan().changes.map(({ id, needs, waits }) => ({ id, needs, waits })))}`)
  }

  /** The same end without the checks: all that is ready at once. */
  rush(): void {
    for (let quiet = false; !quiet || this.plan().changes.length > 0; quiet = this.tick())
      for (let ready = this.plan().changes.filter(isReady); ready.length > 0; ready = this.plan().changes.filter(isReady))
        for (const item of ready) this.observed = loadBalancersPlanner.advance(this.observed, item, {}, this.now)
  }

  /** Ten seconds pass. True if they changed nothing. */
  tick(): boolean {
    const before = canonicalJson([this.observed, [...this.records], this.held])
    this.now += 10_000
    this.observed = {
      ...asEc2Shows(this.observed),
      loadBalancers: this.observed.loadBalancers.map((item) =>
        item.State === 'active' ? item : { ...item, State: 'active', activeSeenAt: this.now },
      ),
      targetGroups: this.observed.targetGroups.map((item) => this.checked(item)),
    }
    this.held = this.held.filter((item) => item.until > this.now)
    const { serving } = this.plan()
    for (const fact of serving) {
      const { dnsName } = fact
      const { needs, waits } = fact.publishable
      if (isUnknown(dnsName) || needs.length > 0 || waits.length > 0) continue
      if (this.records.get(fact.host) !== dnsName && this.marked(fact.host)) this.point(fact.host, dnsName)
    }
    for (const host of [...this.records.keys()])
      if (!serving.some((fact) => fact.host === host) && this.marked(host)) this.point(host, null)
    return before === canonicalJson([this.observed, [...this.records], this.held])
  }

  /** As the composer has it: a record leaves a load balancer that is to go only after that one was marked. */
  private marked(host: string): boolean {
    const old = this.records.get(host)
    const mark = this.plan().changes.find((item) => item.id.endsWith(':retire') && item.before?.DNSName === old)
    return mark === undefined
  }

  private point(host: string, dnsName: string | null): void {
    const old = this.records.get(host)
    if (old !== undefined) this.held.push({ host, dnsName: old, until: this.now + 65_000 })
    if (dnsName === null) this.records.delete(host)
    else this.records.set(host, dnsName)
  }

  private pointing(serving: readonly ServingFact[]): readonly RecordFact[] {
    const records = [...this.records].map(([host, dnsName]): RecordFact => {
      const stays = serving.some((fact) => fact.host === host && fact.dnsName === dnsName)
      return { host, dnsName, gone: stays ? null : { needs: [], waits: [{ kind: 'record-insync', of: host, seconds: 60 }] } }
    })
    const held = this.held.map(({ host, dnsName }) => ({
      host,
      dnsName,
      gone: { needs: [], waits: [{ kind: 'ttl-passed' as const, of: host, seconds: 60 }] },
    }))
    return [...records, ...held]
  }

  private checked(group: ObservedTargetGroup): ObservedTargetGroup {
    const used = group.LoadBalancerArns.length > 0
    return {
      ...group,
      Targets: group.Targets.filter((target) => target.State !== 'draining').map((target) => ({
        ...target,
        State: used ? (this.healthy ? 'healthy' : 'unhealthy') : 'unused',
        Reason: used ? '' : 'Target.NotInUse',
      })),
    }
  }

  /** A path that an Ingress wants, that has a rule of it and is answered, stays so, whichever rules share it. */
  private checkPaths(before: LoadBalancersObserved, change: Change): void {
    if (change.calls[0] === 'DeregisterTargets') return
    const { intent } = intend(context(this.cluster, this.now, this.settings, this.unit))
    // Of two load balancers, one is left by everybody who may.
    for (const { LoadBalancerArn } of this.observed.loadBalancers.length > 1 ? [] : this.observed.loadBalancers) {
      for (const line of intent.rules)
        for (const path of line.paths) {
          const { port, host } = line
          const request = { port, host: host.replace('*', 'some'), path: sample(path) }
          if (lineFor(intent.rules, request) !== line) continue
          // Of two lines with one value, the more specific may be new: then it begins, whoever answered before.
          if (intent.rules.some((other) => other !== line && other.host === host && other.paths.includes(path))) continue
          const hadRule = [this.rested, before].every((world) => {
            const was = ruleFor(world, LoadBalancerArn, request)
            const own = was?.Tags[TAG_OBJECT] === refKey(line.object)
            return own && host !== '' && was?.Hosts.includes(host) && was.Paths.includes(path) && answers(was, world)
          })
          if (!hadRule) continue
          const is = ruleFor(this.observed, LoadBalancerArn, request)
          if (is === null || !answers(is, this.observed))
            throw new Error(`${change.id} takes ${host}${path} on port ${port} from where it was answered`)
        }
    }
  }

  /** The next read lists only what its tags prove to be of the unit. */
  private checkProofs(change: Change): void {
    const { loadBalancers, listeners, rules, targetGroups, securityGroups } = this.observed
    const all = [loadBalancers, listeners, rules, targetGroups, securityGroups].flat()
    if (!all.every(({ Tags }) => isOfUnit(Tags, this.settings.clusterId, unitKey(this.unit))))
      throw new Error(`${change.id} leaves what no tag proves to be ours`)
  }

  /** Every request goes where a rule for each path would send it, with as few rules as that takes. */
  checkRouting(): void {
    const { intent, findings } = intend(context(this.cluster, this.now, this.settings, this.unit))
    const refused = [...findings, ...this.plan().findings].some((finding) => finding.severity === 'blocking')
    const [balancer] = this.observed.loadBalancers
    if (refused || balancer === undefined) return
    for (const request of requestsFor(intent.rules)) {
      const wanted = lineFor(intent.rules, request)?.group ?? null
      const service = wanted === null ? null : intent.targetGroups.find((item) => item.key === wanted)!.service
      const [arn] = groupsOf(ruleFor(this.observed, balancer.LoadBalancerArn, request))
      const name = this.observed.targetGroups.find((item) => item.TargetGroupArn === arn)?.TargetGroupName ?? null
      if ((service === null) !== (name === null) || !name?.includes(service ?? ''))
        if (service !== null || name !== null)
          throw new Error(`${canonicalJson(request)} goes to ${name} instead of Service ${service}`)
    }
  }

  /** The invariants, of the world before a change and the world after it. */
  private check(before: LoadBalancersObserved, change: Change): void {
    // Targets that are no longer ready go at once; what may not happen is that a rule is sent to where nobody answers.
    for (const rule of change.calls[0] === 'DeregisterTargets' ? [] : this.observed.rules) {
      const was = before.rules.find((item) => item.RuleArn === rule.RuleArn)
      if (was !== undefined && answers(was, before) && !answers(rule, this.observed))
        throw new Error(`${change.id} leaves ${rule.Hosts[0]} without a healthy target`)
    }
    this.checkPaths(before, change)
    this.checkProofs(change)
    for (const [host, dnsName] of [...this.records, ...this.held.map((item) => [item.host, item.dnsName] as const)]) {
      const problem = whyNotServed(host, dnsName, this.observed, [...this.certificates.current, ...this.certificates.retiring])
      const problemBefore = whyNotServed(host, dnsName, before, [...this.certificates.current, ...this.certificates.retiring])
      if (problem !== null && problemBefore === null) throw new Error(`${change.id}: ${host} is not served any more: ${problem}`)
    }
  }
}

/** Where requests go that nobody's own rule takes: to nobody. */
function groupsOf(rule: ObservedRule | null): readonly string[] {
  const shares = rule?.Actions.flatMap((action) => (action.Type === 'forward' ? action.TargetGroups : [])) ?? []
  return shares.filter((share) => share.Weight > 0).map((share) => share.TargetGroupArn)
}

function answers(rule: ObservedRule, world: LoadBalancersObserved): boolean {
  return rule.Actions.some(
    (action) =>
      action.Type === 'forward' &&
      action.TargetGroups.some((share) => {
        const group = world.targetGroups.find((item) => item.TargetGroupArn === share.TargetGroupArn)
        return share.Weight > 0 && group?.Targets.some((target) => target.State === 'healthy')
      }),
  )
}

function whyNotServed(
  host: string,
  dnsName: string,
  world: LoadBalancersObserved,
  facts: CertificateFacts['current'],
): string | null {
  const balancer = world.loadBalancers.find((item) => item.DNSName === dnsName)
  if (balancer === undefined) return 'its load balancer is gone'
  const listeners = world.listeners.filter((item) => item.LoadBalancerArn === balancer.LoadBalancerArn)
  const rules = world.rules.filter((rule) => rule.Hosts.includes(host))
  const serving = listeners.filter((item) => rules.some((rule) => rule.ListenerArn === item.ListenerArn))
  if (serving.length === 0) return 'no rule is for it'
  for (const listener of serving.filter((item) => item.Protocol === 'HTTPS')) {
    const arns = [listener.DefaultCertificate, ...listener.Certificates]
    if (!facts.some((fact) => arns.includes(fact.arn as string) && fact.hosts.some((name) => covers(name, host))))
      return `port ${listener.Port} has no certificate for it`
  }
  return null
}
