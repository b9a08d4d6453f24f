import type { Change, Shape } from '../shared/change.ts'
import type { Finding } from '../shared/finding.ts'
import type { PlanContext } from '../shared/planner.ts'
import { problem } from './backend.ts'
import { TARGET_GROUP } from './changes.ts'
import { chunksOf, digest, draft, tagList, tagsFor } from './draft.ts'
import type { Model, ModelGroup } from './model.ts'
import { slots } from './naming.ts'
import type { HealthCheck } from './observed.ts'
import { type Target, targetKey } from './targets.ts'
import type { LoadBalancerIntent } from './wish.ts'

/** No cap is documented; the AWS Load Balancer Controller sends as many. */
const TARGETS_PER_CALL = 200

/** Target groups, their settings, and targets to register. Taking targets off is for `retire`. */
export function planGroups(
  context: PlanContext,
  intent: LoadBalancerIntent,
  model: Model,
): { readonly changes: readonly Change[]; readonly findings: readonly Finding[] } {
  const changes: Change[] = []
  const findings: Finding[] = []
  for (const group of model.groups) {
    const { wish, observed } = group
    if (observed === null) changes.push(createGroup(context, intent, model, group))
    else if (!sameCheck(observed.HealthCheck, wish.HealthCheck)) {
      const fields = (Object.keys(wish.HealthCheck) as (keyof HealthCheck)[]).filter(
        (key) => observed.HealthCheck[key] !== wish.HealthCheck[key],
      )
      const pick = (from: HealthCheck) =>
        checkShape(Object.fromEntries(fields.map((key) => [key, from[key]])), wish.ProtocolVersion)
      changes.push(
        updateOf(
          context,
          group,
          'health-check',
          'ModifyTargetGroup',
          pick(observed.HealthCheck),
          pick(wish.HealthCheck),
          'Its health check is to be another',
        ),
      )
    }
    const attributes = Object.entries(wish.attributes)
      .filter(([key, value]) => observed?.Attributes?.[key] !== value)
      .sort()
    if (attributes.length > 0) {
      const before = observed?.Attributes
        ? { Attributes: attributes.map(([Key]) => ({ Key, Value: observed.Attributes?.[Key] ?? null })) }
        : null
      const after = { Attributes: attributes.map(([Key, Value]) => ({ Key, Value })) }
      changes.push(
        updateOf(
          context,
          group,
          'attributes',
          'ModifyTargetGroupAttributes',
          before,
          after,
          'Attributes are asked for that it does not have',
        ),
      )
    }
    const most = context.settings.quotas.targetsPerTargetGroup
    if (wish.targets.length > most) findings.push(tooMany(group, most))
    for (const chunk of chunksOf(missingTargets(group, most), TARGETS_PER_CALL)) {
      const reason = `${chunk.length} ${chunk.length === 1 ? 'target' : 'targets'} of Service ${wish.service} became ready`
      changes.push(updateOf(context, group, registerDetail(chunk), 'RegisterTargets', null, { Targets: chunk }, reason))
    }
  }
  return { changes, findings }
}

function registerDetail(chunk: readonly Target[]): string {
  return `register:${digest(...chunk.map(targetKey))}`
}

/** Wanted targets that are not registered, or are on their way out. */
function missingTargets({ wish, observed }: ModelGroup, most: number): readonly Target[] {
  const there = new Set((observed?.Targets ?? []).filter((item) => !isDraining(item.State)).map(targetKey))
  return wish.targets.slice(0, most).filter((target) => !there.has(targetKey(target)))
}

export function isDraining(state: string): boolean {
  return state === 'draining' || state === 'unhealthy.draining'
}

export function updateOf(
  context: PlanContext,
  group: { readonly name: string; readonly arn: ModelGroup['arn']; readonly wish: { readonly object: Change['object'] } },
  detail: string,
  call: string,
  before: Shape | null,
  after: Shape,
  reason: string,
  needs: readonly string[] = [],
): Change {
  return draft(context, {
    action: 'update',
    type: TARGET_GROUP,
    target: typeof group.arn === 'string' ? group.arn : group.name,
    name: group.name,
    detail,
    object: group.wish.object,
    call,
    before,
    after: { TargetGroupArn: group.arn, ...after },
    reason,
    needs,
  })
}

function createGroup(context: PlanContext, intent: LoadBalancerIntent, model: Model, { wish, name }: ModelGroup): Change {
  return draft(context, {
    action: 'create',
    type: TARGET_GROUP,
    target: name,
    object: wish.object,
    call: 'CreateTargetGroup',
    reason: `Service ${wish.service} needs a target group`,
    after: {
      Name: name,
      Protocol: wish.Protocol,
      ProtocolVersion: wish.ProtocolVersion,
      Port: wish.Port,
      VpcId: model.vpcId,
      TargetType: wish.TargetType,
      IpAddressType: 'ipv4',
      HealthCheckEnabled: true,
      ...checkShape(wish.HealthCheck, wish.ProtocolVersion),
      Tags: tagList(tagsFor(context, wish.object, slots.group(context.unit, model.name, name), intent.loadBalancer.tags)),
    },
  })
}

/** In the API's form: Matcher has a field for HTTP and one for gRPC. */
function checkShape(check: Partial<HealthCheck>, version: string): Shape {
  const { Matcher, ...rest } = check
  return Matcher === undefined ? rest : { ...rest, Matcher: version === 'GRPC' ? { GrpcCode: Matcher } : { HttpCode: Matcher } }
}

function sameCheck(a: HealthCheck, b: HealthCheck): boolean {
  return (Object.keys(b) as (keyof HealthCheck)[]).every((key) => a[key] === b[key])
}

function tooMany({ wish }: ModelGroup, most: number): Finding {
  const says = `Service ${wish.service} has ${wish.targets.length} targets, of which the first ${most} are registered`
  return problem(
    wish.object,
    'TooManyTargets',
    wish.field,
    String(wish.targets.length),
    `at most ${most} targets`,
    says,
    'warning',
  )
}
