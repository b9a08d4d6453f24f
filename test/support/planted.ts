import type { DnsObserved } from '../../controllers/dns/observed.ts'
import type { LoadBalancersObserved } from '../../controllers/loadbalancers/observed.ts'
import type { Change } from '../../controllers/shared/change.ts'
import type { Invariant } from '../../controllers/shared/invariants.ts'
import { modelPlanners } from './model-world.ts'

type Planners = typeof modelPlanners
type Name = keyof Planners
// biome-ignore lint/suspicious/noExplicitAny: the observed state is that of whichever controller is wrapped
type Edit = (changes: readonly Change[], observed: any) => readonly Change[]

/** A mistake that a planner could make, what it would do to people, and the scenario that shows it. */
export type PlantedBug = {
  readonly name: string
  readonly breaks: Invariant
  readonly planners: Planners
}

/** The planners with one of them answering something else. */
function edited(controller: Name, part: 'build' | 'retire', edit: Edit): Planners {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const planner = modelPlanners[controller] as any
  const wrapped = {
    ...planner,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    [part]: (...args: any[]) => {
      const made = planner[part](...args)
      return part === 'build' ? { ...made, changes: edit(made.changes, args[2]) } : edit(made, args[2])
    },
  }
  return { ...modelPlanners, [controller]: wrapped }
}

const hasty = (item: Change): Change => ({ ...item, needs: [], waits: [] })
const hastyIf =
  (is: (item: Change) => boolean): Edit =>
  (changes) =>
    changes.map((item) => (is(item) ? hasty(item) : item))
const calling =
  (operation: string) =>
  (item: Change): boolean =>
    item.calls.includes(operation)

/** Takes off every target of a group where it was to take off some. */
const allTargetsOff: Edit = (changes, observed: LoadBalancersObserved) =>
  changes.map((item) => {
    const group = observed.targetGroups.find((one) => one.TargetGroupArn === item.after?.TargetGroupArn)
    if (!calling('DeregisterTargets')(item) || group === undefined) return item
    return { ...item, after: { ...item.after, Targets: group.Targets.map(({ Id, Port }) => ({ Id, Port })) } }
  })

/** Deletes a load balancer at once, and says nothing before. */
const unannounced: Edit = (changes) =>
  changes
    .filter((item) => !item.id.endsWith(':retire'))
    .map((item) =>
      calling('DeleteLoadBalancer')(item) ? { ...item, waits: item.waits.filter((wait) => wait.kind !== 'not-before') } : item,
    )

/** Also removes what no TXT record says is ours. */
const tidyDns: Edit = (changes, observed: DnsObserved) => {
  const foreign = observed.records.Z1?.find((record) => record.name === FOREIGN.name)
  const pattern = changes[0]
  if (foreign === undefined || pattern === undefined) return changes
  const before = {
    HostedZoneId: 'Z1',
    Name: foreign.name,
    Type: foreign.type,
    TTL: foreign.ttl,
    ResourceRecords: foreign.values.map((Value) => ({ Value })),
  }
  return [
    ...changes,
    {
      ...hasty(pattern),
      id: `dns:delete:Route53.RecordSet:${foreign.name} ${foreign.type}`,
      action: 'delete',
      before,
      after: null,
    },
  ]
}

/** Somebody's record in our zone. */
export const FOREIGN = {
  name: 'old.example.com',
  type: 'TXT',
  ttl: 300,
  values: ['"v=spf1 -all"'],
  alias: null,
  healthCheckId: null,
  setIdentifier: null,
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a record is made before its load balancer is active and its host has a listener',
    breaks: 'route-to-live-balancer',
    planners: edited('dns', 'build', hastyIf(calling('ChangeResourceRecordSets'))),
  },
  {
    name: 'a load balancer is deleted while resolvers still send people there',
    breaks: 'route-to-live-balancer',
    planners: edited('loadbalancers', 'retire', hastyIf(calling('DeleteLoadBalancer'))),
  },
  {
    name: 'a rule is deleted before the record of its host',
    breaks: 'host-has-rule',
    planners: edited('loadbalancers', 'retire', hastyIf(calling('DeleteRule'))),
  },
  {
    name: 'a certificate is taken off before the one that takes its place is there',
    breaks: 'host-has-certificate',
    planners: edited('loadbalancers', 'retire', hastyIf(calling('RemoveListenerCertificates'))),
  },
  {
    name: 'a certificate is deleted from ACM while a listener holds it',
    breaks: 'certificate-in-use-exists',
    planners: edited('certificates', 'retire', hastyIf(calling('DeleteCertificate'))),
  },
  {
    name: 'a rule is sent to a new target group before its targets are healthy',
    breaks: 'rule-keeps-healthy-targets',
    planners: edited('loadbalancers', 'build', (changes) =>
      changes.filter((item) => !item.id.endsWith(':join')).map((item) => (calling('ModifyRule')(item) ? hasty(item) : item)),
    ),
  },
  {
    name: 'targets that are still ready are taken off with those that are not',
    breaks: 'rule-keeps-healthy-targets',
    planners: edited('loadbalancers', 'retire', allTargetsOff),
  },
  {
    name: 'a target group is deleted while a rule uses it',
    breaks: 'group-in-use-exists',
    planners: edited(
      'loadbalancers',
      'retire',
      hastyIf((item) => item.calls[0] === 'DeleteTargetGroup'),
    ),
  },
  {
    name: 'a load balancer goes without the mark that a restart would find',
    breaks: 'announced-before-gone',
    planners: edited('loadbalancers', 'retire', unannounced),
  },
  {
    name: 'what is left of an object is done for nobody, so that its finalizer does not wait for it',
    breaks: 'kept-until-nothing-is-left',
    planners: edited('certificates', 'retire', (changes) =>
      changes.map((item) => ({ ...item, object: { kind: 'Ingress', namespace: '', name: '' } })),
    ),
  },
  {
    name: 'IPv6 addresses are taken off while AAAA records send people there',
    breaks: 'route-to-an-address',
    planners: edited('loadbalancers', 'retire', hastyIf(calling('SetIpAddressType'))),
  },
  {
    name: 'an AAAA record is made before the load balancer has IPv6 addresses',
    breaks: 'route-to-an-address',
    planners: edited(
      'dns',
      'build',
      hastyIf((item) => item.target.endsWith(' AAAA')),
    ),
  },
  {
    name: 'a record that nothing proves to be ours is deleted',
    breaks: 'foreign-stays',
    planners: edited('dns', 'retire', tidyDns),
  },
]

/** Thinks of rules only when there is a listener to put them on. */
export const forgetful: Planners = edited('loadbalancers', 'build', (changes, observed: LoadBalancersObserved) =>
  observed.listeners.length > 0 ? changes : changes.filter((item) => !calling('CreateRule')(item)),
)
