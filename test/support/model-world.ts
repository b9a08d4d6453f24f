import type { CertificatesObserved } from '../../controllers/certificates/observed.ts'
import { certificatesPlanner } from '../../controllers/certificates/planner.ts'
import { type DnsObserved, nothingObserved as noDns, type RecordSet } from '../../controllers/dns/observed.ts'
import { ownedIn } from '../../controllers/dns/owned.ts'
import { dnsPlanner } from '../../controllers/dns/planner.ts'
import { parseRegistryValue, registryName } from '../../controllers/dns/registry.ts'
import { type LoadBalancersObserved, nothingObserved as noBalancers } from '../../controllers/loadbalancers/observed.ts'
import { loadBalancersPlanner } from '../../controllers/loadbalancers/planner.ts'
import { FINALIZER } from '../../controllers/shared/annotations.ts'
import type { PerController } from '../../controllers/shared/compose.ts'
import type { ServingWorld } from '../../controllers/shared/invariants.ts'
import { TAG_RETIRE_AFTER } from '../../controllers/shared/names.ts'
import { type ClusterView, objectKey } from '../../controllers/shared/objects.ts'
import type { PlanContext } from '../../controllers/shared/planner.ts'
import type { Settings } from '../../controllers/shared/settings.ts'
import { ELSEWHERE, neighboursAct } from './model-world-neighbours.ts'

/** The product's planners, as main.ts puts them together, without its effects. */
export const modelPlanners = { certificates: certificatesPlanner, loadbalancers: loadBalancersPlanner, dns: dnsPlanner }

export type ModelWorld = PerController<CertificatesObserved, LoadBalancersObserved, DnsObserved>

const subnet = (id: string, zone: string, role: string) => ({
  SubnetId: id,
  AvailabilityZone: zone,
  AvailableIpAddressCount: 200,
  Tags: { [`kubernetes.io/role/${role}`]: '1' },
  Public: role === 'elb',
})

/** An account with a network and a zone, and nothing of ours. */
export const emptyWorld: ModelWorld = {
  certificates: { stored: [], acm: [] },
  loadbalancers: {
    ...noBalancers,
    network: {
      VpcId: 'vpc-1',
      Subnets: ['a', 'b'].flatMap((zone) => [
        subnet(`subnet-pub${zone}`, `us-east-1${zone}`, 'elb'),
        subnet(`subnet-prv${zone}`, `us-east-1${zone}`, 'internal-elb'),
      ]),
    },
  },
  dns: { ...noDns, zones: [{ id: 'Z1', name: 'example.com', private: false }], records: { Z1: [] }, complete: true },
}

/** What AWS does by itself, given time: load balancers become active, targets healthy or gone, changes INSYNC, certificates unused. */
export function elapse(world: ModelWorld, context: PlanContext, now: number): ModelWorld {
  const { loadbalancers, dns, certificates } = world
  const held = new Set(loadbalancers.listeners.flatMap((item) => [item.DefaultCertificate, ...item.Certificates]))
  return {
    loadbalancers: {
      ...loadbalancers,
      loadBalancers: loadbalancers.loadBalancers.map((item) =>
        item.State === 'provisioning' ? { ...item, State: 'active', activeSeenAt: now } : item,
      ),
      targetGroups: loadbalancers.targetGroups.map((group) => ({
        ...group,
        Targets: group.Targets.filter((target) => !target.State.includes('draining')).map((target) =>
          group.LoadBalancerArns.length > 0
            ? { ...target, State: 'healthy' as const, Reason: '' }
            : { ...target, State: 'unused' as const, Reason: 'Target.NotInUse' },
        ),
      })),
    },
    dns: neighboursAct(
      { ...dns, pending: dns.pending.map((item) => ({ ...item, insyncAt: item.insyncAt ?? now })) },
      context,
      now,
    ),
    certificates: {
      ...certificates,
      acm: certificates.acm.map((item) => ({ ...item, unused: item.serial === null || !held.has(item.arn) })),
    },
  }
}

/** What clients meet in a world. A target whose pod is gone answers nobody, whatever its last health check said. */
export function servingWorld(world: ModelWorld, settings: Settings, now: number, view: ClusterView): ServingWorld {
  const { loadbalancers, dns, certificates } = world
  const { propagationSeconds, aliasTtlSeconds } = settings.waits
  const records = Object.values(dns.records).flat()
  const live = records.flatMap((record) =>
    record.alias !== null && record.alias.dnsName !== ELSEWHERE
      ? [{ host: record.name, dnsName: record.alias.dnsName, ipv6: record.type === 'AAAA' }]
      : [],
  )
  const lingering = dns.pending
    .filter((item) => now < (item.insyncAt ?? item.submittedAt + propagationSeconds * 1000) + aliasTtlSeconds * 1000)
    .map((item) => ({ host: item.host, dnsName: item.dnsName, ipv6: item.type === 'AAAA' }))
  const pods = new Set(view.endpointSlices.flatMap((slice) => slice.endpoints?.flatMap((endpoint) => endpoint.addresses) ?? []))
  return {
    plain: plainHosts(view),
    kept: view.ingresses.filter((item) => item.metadata.finalizers?.includes(FINALIZER)).map((item) => objectKey(item.metadata)),
    belongings: belongingsIn(world, settings, view),
    foreign: records
      .filter((record) => !isOurs(record, records, settings.txtOwner))
      .map(({ name, type, values }) => `${name} ${type} ${values.join()}`),
    routes: [
      ...new Map([...live, ...lingering].map((route) => [`${route.host} ${route.dnsName} ${route.ipv6}`, route])).values(),
    ],
    balancers: loadbalancers.loadBalancers.map((balancer) => ({
      dnsName: balancer.DNSName.toLowerCase(),
      active: balancer.State.startsWith('active'),
      ipv6: balancer.IpAddressType === 'dualstack',
      mayGo: Date.parse(balancer.Tags[TAG_RETIRE_AFTER] ?? '') <= now,
      listeners: loadbalancers.listeners
        .filter((item) => item.LoadBalancerArn === balancer.LoadBalancerArn)
        .map((item) => ({
          port: item.Port,
          secure: item.Protocol === 'HTTPS',
          certificates: item.DefaultCertificate === null ? [] : [item.DefaultCertificate, ...item.Certificates],
          rules: loadbalancers.rules
            .filter((rule) => rule.ListenerArn === item.ListenerArn)
            .map((rule) => ({
              id: rule.RuleArn,
              hosts: rule.Hosts,
              groups: rule.Actions.flatMap((action) =>
                action.Type === 'forward'
                  ? action.TargetGroups.filter((group) => group.Weight > 0).map((group) => group.TargetGroupArn)
                  : [],
              ),
            })),
        })),
    })),
    healthy: Object.fromEntries(
      loadbalancers.targetGroups.map((group) => [
        group.TargetGroupArn,
        group.Targets.filter((target) => target.State === 'healthy' && pods.has(target.Id)).length,
      ]),
    ),
    certificates: Object.fromEntries(
      certificates.acm
        .filter((item) => item.serial !== null)
        .map((item) => [item.arn, certificates.stored.find((stored) => stored.arn === item.arn)?.current?.hosts ?? []]),
    ),
  }
}

function isOurs(record: RecordSet, records: readonly RecordSet[], owner: string): boolean {
  const type = record.type === 'AAAA' ? 'AAAA' : 'A'
  const text = record.type === 'TXT' ? record : records.find((item) => item.name === registryName(record.name, type))
  return parseRegistryValue(text?.values[0])?.owner === owner
}

/**
 * Keys of certificates, and records of hosts that nobody else wants: they go before their object does. Rules and target groups may
 * go after it, with the load balancer that the others share.
 */
function belongingsIn({ certificates, dns }: ModelWorld, { txtOwner }: Settings, view: ClusterView): ServingWorld['belongings'] {
  const live = view.ingresses.filter((item) => item.metadata.deletionTimestamp === undefined)
  const wanted = new Set(live.flatMap((item) => item.spec.rules?.map((rule) => rule.host) ?? []))
  const keys = certificates.stored.map((item) => ({ object: objectKey(item.object), what: `Secret ${item.secretName}` }))
  const records = Object.values(dns.records)
    .flatMap((list) => ownedIn(list, txtOwner))
    .filter(({ host }) => !wanted.has(host))
    .map(({ host, resource }) => ({ object: (resource ?? '').replace('ingress/', ''), what: `record ${host}` }))
  return [...keys, ...records]
}

/** Hosts that are wanted, by Ingresses none of which asks a certificate for them. One that is being deleted wants nothing. */
function plainHosts(view: ClusterView): readonly string[] {
  const live = view.ingresses.filter((item) => item.metadata.deletionTimestamp === undefined)
  const hosts = (secure: boolean) =>
    live
      .filter((item) => ((item.metadata.annotations?.['fairlead.dev/certificate'] ?? 'none') !== 'none') === secure)
      .flatMap((item) => item.spec.rules?.map((rule) => rule.host ?? '') ?? [])
  const secured = new Set(hosts(true))
  return hosts(false).filter((host) => !secured.has(host))
}

/** What there is of ours; nothing, when all that was made is gone. */
export function remainsIn({ certificates, loadbalancers, dns }: ModelWorld): readonly string[] {
  const { loadBalancers, listeners, rules, targetGroups, securityGroups } = loadbalancers
  return [
    ...[loadBalancers, listeners, rules, targetGroups, securityGroups].flat().map((item) => JSON.stringify(item)),
    ...certificates.stored.map((item) => item.secretName),
    ...certificates.acm.filter((item) => item.serial !== null).map((item) => item.arn),
    ...Object.values(dns.records).flatMap((list) => list.map((item) => `${item.name} ${item.type}`)),
  ]
}
