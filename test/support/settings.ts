import type { Settings } from '../../controllers/shared/settings.ts'

/** The settings that tests start from; each says only what it needs otherwise. */
export const testSettings: Settings = {
  removes: true,
  clusterId: 'cluster-1',
  account: '111111111111',
  region: 'us-east-1',
  accounts: {},
  vpcId: 'vpc-1',
  ownNamespace: 'fairlead-system',
  txtOwner: 'fairlead-cluster-1',
  profiles: {},
  defaultProfile: 'default',
  defaults: { scheme: 'internal', targetType: 'ip', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', tags: {} },
  waits: {
    firstHealthySeconds: 60,
    aliasTtlSeconds: 60,
    ttlMarginSeconds: 10,
    propagationSeconds: 60,
    loadBalancerActiveSeconds: 180,
  },
  quotas: {
    rulesPerLoadBalancer: 100,
    certificatesPerLoadBalancer: 25,
    targetGroupsPerLoadBalancer: 100,
    conditionValuesPerRule: 5,
    conditionWildcardsPerRule: 5,
    targetsPerTargetGroup: 1000,
  },
  tenancy: { unlisted: 'first-claim', namespaces: {} },
}
