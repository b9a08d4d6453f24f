import { INGRESSES, SECRETS } from '../../controllers/cluster/kubernetes.ts'
import { awsAccount } from './aws.ts'
import type { SimulatedStage } from './simulated-stage.ts'

export type AwsAccountState = {
  readonly certificates: readonly { readonly arn?: string; readonly CertificateArn?: string; readonly serial?: string }[]
  readonly loadBalancers: readonly {
    readonly listeners: readonly { readonly rules: readonly { readonly priority: string }[] }[]
  }[]
  readonly targetGroups: readonly object[]
  readonly securityGroups: readonly object[]
  readonly zones: readonly {
    readonly name: string
    readonly records: readonly { readonly Name: string; readonly Type: string }[]
  }[]
}

export async function awsState(stage: SimulatedStage): Promise<AwsAccountState> {
  const state = (await stage.aws.state()) as unknown as { accounts: Record<string, AwsAccountState> }
  return state.accounts[awsAccount]!
}

/** How many of each thing of ours exist, Kubernetes included. Records without the zone's own NS and SOA, rules without the default ones. */
export async function census(stage: SimulatedStage): Promise<Readonly<Record<string, number>>> {
  const { certificates, loadBalancers, targetGroups, securityGroups, zones } = await awsState(stage)
  const listeners = loadBalancers.flatMap((balancer) => balancer.listeners)
  return {
    certificates: certificates.length,
    loadBalancers: loadBalancers.length,
    listeners: listeners.length,
    // AWS takes a rule twice, at two priorities.
    rules: listeners.flatMap(({ rules }) => rules.filter(({ priority }) => priority !== 'default')).length,
    targetGroups: targetGroups.length,
    securityGroups: securityGroups.length,
    records: zones.flatMap((zone) => zone.records.filter((record) => record.Name !== zone.name)).length,
    secrets: stage.kubernetes.list(SECRETS).length,
    ingresses: stage.kubernetes.list(INGRESSES).length,
  }
}

export const NOTHING_LEFT = {
  certificates: 0,
  loadBalancers: 0,
  listeners: 0,
  rules: 0,
  targetGroups: 0,
  securityGroups: 0,
  records: 0,
  secrets: 0,
  ingresses: 0,
}
