import type { Change, Shape } from '../shared/change.ts'
import type { Tags } from '../shared/names.ts'
import { LISTENER, LISTENER_RULE, LOAD_BALANCER, SECURITY_GROUP, TARGET_GROUP } from './changes.ts'
import { tagsFrom } from './from-elbv2.ts'
import type { Calls } from './observe-calls.ts'
import { rulesOf } from './observe-listeners.ts'

export type Holder = { readonly id: string; readonly tags: Tags }

/** Who has the name, port or priority that a create asked for; null if nobody has, or the change is not of that sort. */
export async function holderOf(calls: Calls, change: Change, input: Shape): Promise<Holder | null> {
  if (change.action !== 'create') return null
  if (change.type === SECURITY_GROUP) return securityGroupNamed(calls, input)
  const id = await arnOf(calls, change, input)
  if (id === undefined) return null
  const answer = await calls.elbv2.describeTags({ ResourceArns: [id] }, calls.options)
  return { id, tags: tagsFrom(answer.TagDescriptions?.[0]?.Tags) }
}

async function arnOf(calls: Calls, change: Change, input: Shape): Promise<string | undefined> {
  const { elbv2, options } = calls
  switch (change.type) {
    case LOAD_BALANCER:
      return (await elbv2.describeLoadBalancers({ Names: [String(input.Name)] }, options)).LoadBalancers?.[0]?.LoadBalancerArn
    case TARGET_GROUP:
      return (await elbv2.describeTargetGroups({ Names: [String(input.Name)] }, options)).TargetGroups?.[0]?.TargetGroupArn
    case LISTENER: {
      const answer = await elbv2.describeListeners({ LoadBalancerArn: String(input.LoadBalancerArn) }, options)
      return answer.Listeners?.find((item) => item.Port === input.Port)?.ListenerArn
    }
    case LISTENER_RULE:
      return (await rulesOf({ calls }, String(input.ListenerArn))).find((item) => item.Priority === String(input.Priority))
        ?.RuleArn
    default:
      return undefined
  }
}

async function securityGroupNamed({ ec2, options }: Calls, input: Shape): Promise<Holder | null> {
  const Filters = [
    { Name: 'group-name', Values: [String(input.GroupName)] },
    { Name: 'vpc-id', Values: [String(input.VpcId)] },
  ]
  const group = (await ec2.describeSecurityGroups({ Filters }, options)).SecurityGroups?.[0]
  return group?.GroupId === undefined ? null : { id: group.GroupId, tags: tagsFrom(group.Tags) }
}
