import type { Outcome } from '../shared/planner.ts'
import type { Calls } from './observe-calls.ts'

/** One API call by name: its input is plain JSON in the API's own field names, its outcome the one thing it answered. */
type Invoke = (calls: Calls, input: never) => Promise<Outcome>

const nothing: Outcome = {}

/** The first of the list that an answer holds; ELBv2 answers every create and modify with a list of one. */
async function first<Field extends string>(
  field: Field,
  answer: Promise<{ readonly [F in Field]?: readonly object[] | undefined }>,
) {
  return { ...(await answer)[field]?.[0] }
}
async function whole(answer: Promise<object>): Promise<Outcome> {
  return { ...(await answer) }
}
async function done(answer: Promise<object>): Promise<Outcome> {
  await answer
  return nothing
}

type Elbv2Input<Name extends keyof Calls['elbv2']> = Parameters<Calls['elbv2'][Name]>[0]
type Ec2Input<Name extends keyof Calls['ec2']> = Parameters<Calls['ec2'][Name]>[0]

const invocations = {
  CreateSecurityGroup: ({ ec2, options }: Calls, input: Ec2Input<'createSecurityGroup'>) =>
    whole(ec2.createSecurityGroup(input, options)),
  DeleteSecurityGroup: ({ ec2, options }: Calls, input: Ec2Input<'deleteSecurityGroup'>) =>
    done(ec2.deleteSecurityGroup(input, options)),
  AuthorizeSecurityGroupIngress: ({ ec2, options }: Calls, input: Ec2Input<'authorizeSecurityGroupIngress'>) =>
    done(ec2.authorizeSecurityGroupIngress(input, options)),
  RevokeSecurityGroupIngress: ({ ec2, options }: Calls, input: Ec2Input<'revokeSecurityGroupIngress'>) =>
    done(ec2.revokeSecurityGroupIngress(input, options)),
  CreateLoadBalancer: ({ elbv2, options }: Calls, input: Elbv2Input<'createLoadBalancer'>) =>
    first('LoadBalancers', elbv2.createLoadBalancer(input, options)),
  SetSubnets: ({ elbv2, options }: Calls, input: Elbv2Input<'setSubnets'>) => whole(elbv2.setSubnets(input, options)),
  SetSecurityGroups: ({ elbv2, options }: Calls, input: Elbv2Input<'setSecurityGroups'>) =>
    whole(elbv2.setSecurityGroups(input, options)),
  SetIpAddressType: ({ elbv2, options }: Calls, input: Elbv2Input<'setIpAddressType'>) =>
    whole(elbv2.setIpAddressType(input, options)),
  ModifyLoadBalancerAttributes: ({ elbv2, options }: Calls, input: Elbv2Input<'modifyLoadBalancerAttributes'>) =>
    whole(elbv2.modifyLoadBalancerAttributes(input, options)),
  AddTags: ({ elbv2, options }: Calls, input: Elbv2Input<'addTags'>) => done(elbv2.addTags(input, options)),
  RemoveTags: ({ elbv2, options }: Calls, input: Elbv2Input<'removeTags'>) => done(elbv2.removeTags(input, options)),
  DeleteLoadBalancer: ({ elbv2, options }: Calls, input: Elbv2Input<'deleteLoadBalancer'>) =>
    done(elbv2.deleteLoadBalancer(input, options)),
  CreateListener: ({ elbv2, options }: Calls, input: Elbv2Input<'createListener'>) =>
    first('Listeners', elbv2.createListener(input, options)),
  ModifyListener: ({ elbv2, options }: Calls, input: Elbv2Input<'modifyListener'>) =>
    first('Listeners', elbv2.modifyListener(input, options)),
  DeleteListener: ({ elbv2, options }: Calls, input: Elbv2Input<'deleteListener'>) => done(elbv2.deleteListener(input, options)),
  AddListenerCertificates: ({ elbv2, options }: Calls, input: Elbv2Input<'addListenerCertificates'>) =>
    done(elbv2.addListenerCertificates(input, options)),
  RemoveListenerCertificates: ({ elbv2, options }: Calls, input: Elbv2Input<'removeListenerCertificates'>) =>
    done(elbv2.removeListenerCertificates(input, options)),
  CreateRule: ({ elbv2, options }: Calls, input: Elbv2Input<'createRule'>) => first('Rules', elbv2.createRule(input, options)),
  ModifyRule: ({ elbv2, options }: Calls, input: Elbv2Input<'modifyRule'>) => first('Rules', elbv2.modifyRule(input, options)),
  SetRulePriorities: ({ elbv2, options }: Calls, input: Elbv2Input<'setRulePriorities'>) =>
    done(elbv2.setRulePriorities(input, options)),
  DeleteRule: ({ elbv2, options }: Calls, input: Elbv2Input<'deleteRule'>) => done(elbv2.deleteRule(input, options)),
  CreateTargetGroup: ({ elbv2, options }: Calls, input: Elbv2Input<'createTargetGroup'>) =>
    first('TargetGroups', elbv2.createTargetGroup(input, options)),
  ModifyTargetGroup: ({ elbv2, options }: Calls, input: Elbv2Input<'modifyTargetGroup'>) =>
    first('TargetGroups', elbv2.modifyTargetGroup(input, options)),
  ModifyTargetGroupAttributes: ({ elbv2, options }: Calls, input: Elbv2Input<'modifyTargetGroupAttributes'>) =>
    whole(elbv2.modifyTargetGroupAttributes(input, options)),
  RegisterTargets: ({ elbv2, options }: Calls, input: Elbv2Input<'registerTargets'>) =>
    done(elbv2.registerTargets(input, options)),
  DeregisterTargets: ({ elbv2, options }: Calls, input: Elbv2Input<'deregisterTargets'>) =>
    done(elbv2.deregisterTargets(input, options)),
  DeleteTargetGroup: ({ elbv2, options }: Calls, input: Elbv2Input<'deleteTargetGroup'>) =>
    done(elbv2.deleteTargetGroup(input, options)),
} satisfies Readonly<Record<string, Invoke>>

/** The operations that changes are made of; `permissions` and the planner's changes name no other. */
export const OPERATIONS: readonly string[] = Object.keys(invocations)

/** Makes the one call of a change. `input` was planned in the API's shape; what is wrong with it AWS says. */
export function invoke(calls: Calls, operation: string, input: unknown): Promise<Outcome> {
  const known = Object.hasOwn(invocations, operation) ? invocations[operation as keyof typeof invocations] : undefined
  if (known === undefined) throw new TypeError(`${operation} is not an operation of this controller`)
  return (known as Invoke)(calls, input as never)
}
