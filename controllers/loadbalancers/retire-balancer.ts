import type { Change, Wait } from '../shared/change.ts'
import { TAG_OBJECT, TAG_RETIRE_AFTER } from '../shared/names.ts'
import { LOAD_BALANCER } from './changes.ts'
import { draft, tagList } from './draft.ts'
import { isOn } from './model.ts'
import { ids } from './naming.ts'
import type { ObservedLoadBalancer } from './observed.ts'
import { isProtected } from './plan.ts'
import { goneWhen, type Retiring, sharedObject } from './retiring.ts'
import { publishableWhen } from './serving.ts'

/**
 * A load balancer that nobody wants. First it is marked with the time before which it must stay (what a restart finds);
 * where another takes its place, only when that one may be published, since the records move after the mark.
 * It is deleted when no record points at it for anyone, and that time has passed. Its listeners and rules go with it:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
 */
export function retireBalancer(retiring: Retiring, balancer: ObservedLoadBalancer): readonly Change[] {
  const { context, modelled } = retiring
  const { LoadBalancerArn, LoadBalancerName: name, DNSName } = balancer
  if (isProtected(balancer)) return []
  const object = sharedObject(retiring, balancer.Tags[TAG_OBJECT])
  const { propagationSeconds, aliasTtlSeconds, ttlMarginSeconds } = context.settings.waits
  const grace = propagationSeconds + aliasTtlSeconds + ttlMarginSeconds
  const until = balancer.Tags[TAG_RETIRE_AFTER]
  const replaced = modelled.model === null ? '' : `; ${modelled.model.name} takes its place`
  const base = { type: LOAD_BALANCER, target: LoadBalancerArn, name, object }
  const mark = draft(context, {
    ...base,
    action: 'update',
    detail: 'retire',
    call: 'AddTags',
    before: { LoadBalancerArn, DNSName },
    after: {
      ResourceArns: [LoadBalancerArn],
      Tags: tagList({ [TAG_RETIRE_AFTER]: new Date(context.now + grace * 1000).toISOString() }),
    },
    reason: `It is to go${replaced}; until then it has to serve who still has its address`,
    ...successorReady(retiring, balancer),
  })
  const gone = goneWhen(retiring, balancer, null)
  const left = until === undefined ? grace : Math.ceil((Date.parse(until) - context.now) / 1000)
  const notBefore: readonly Wait[] = left > 0 ? [{ kind: 'not-before', of: LoadBalancerArn, seconds: left }] : []
  const removal = draft(context, {
    ...base,
    action: 'delete',
    call: 'DeleteLoadBalancer',
    before: { LoadBalancerArn, LoadBalancerName: name, DNSName, Scheme: balancer.Scheme },
    reason: `Nobody asks for it any more${replaced}`,
    needs: [...gone.needs, ...(until === undefined ? [ids.balancer('update', name, 'retire')] : [])],
    waits: [...gone.waits, ...notBefore],
  })
  return until === undefined ? [mark, removal] : [removal]
}

/** What has to be so before the records of hosts that stay may move to the load balancer that takes the place of this one. */
function successorReady({ context, modelled, observed, built }: Retiring, balancer: ObservedLoadBalancer) {
  const { model } = modelled
  if (model === null) return { needs: [], waits: [] }
  const hosts = new Set(observed.rules.filter((rule) => isOn(rule, balancer, observed)).flatMap((rule) => rule.Hosts))
  const rules = model.rules.filter((rule) => hosts.has(rule.wish.host))
  if (rules.length === 0) return { needs: [], waits: [] }
  const { needs, waits } = publishableWhen(context, model, rules, built)
  return { needs, waits }
}
