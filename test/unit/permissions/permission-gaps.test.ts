import { describe, expect, it } from 'vitest'
import { type Granted, permissionGaps } from '../../support/permission-gaps.ts'
import { type Usage, usageOf } from '../../support/usage.ts'

const granted: Granted = {
  verbs: ['list networking.k8s.io/ingresses', 'get secrets in fairlead-system'],
  policies: { dns: ['route53:GetChange'], certificates: ['acm:ImportCertificate'], release: ['acm:RemoveTagsFromCertificate'] },
  capabilities: ['update {mount}/sign/{role}'],
}
const used: Usage = {
  verbs: ['list networking.k8s.io/ingresses', 'get secrets', 'get secrets in fairlead-system'],
  forbidden: [],
  actions: ['dns route53:GetChange', 'certificates acm:ImportCertificate', 'certificates acm:RemoveTagsFromCertificate'],
  capabilities: ['update pki_int/sign/web'],
}

describe('what is granted held against what is used (no clock)', () => {
  it('finds nothing where everything granted was used, and nothing else', () => {
    expect(permissionGaps(granted, used)).toEqual([])
  })

  it('finds a forbidden request', () => {
    expect(permissionGaps(granted, { ...used, forbidden: ['list /api/v1/secrets'] })).toEqual(['forbidden: list /api/v1/secrets'])
  })

  it('finds a verb that nobody used; one in a namespace is not one everywhere', () => {
    const verbs = ['get secrets', ...granted.verbs]
    expect(permissionGaps({ ...granted, verbs }, { ...used, verbs: granted.verbs })).toEqual([
      'granted in the cluster and used by no test: get secrets',
    ])
    expect(permissionGaps(granted, { ...used, verbs: ['list networking.k8s.io/ingresses', 'get secrets in games'] })).toEqual([
      'granted in the cluster and used by no test: get secrets in fairlead-system',
    ])
  })

  it('finds an action that no policy has, and one that only another controller’s policy has', () => {
    const actions = [...used.actions, 'dns route53:DeleteHostedZone', 'dns acm:ImportCertificate']
    expect(permissionGaps(granted, { ...used, actions })).toEqual([
      'called by dns and in no policy: route53:DeleteHostedZone',
      'called by dns and in the policy of certificates alone: acm:ImportCertificate',
    ])
  })

  it('finds an action that its controller never used, whoever else did', () => {
    const actions = ['certificates route53:GetChange', ...used.actions.filter((one) => !one.startsWith('dns'))]
    expect(permissionGaps(granted, { ...used, actions })).toEqual([
      'called by certificates and in the policy of dns alone: route53:GetChange',
      'granted in deploy/iam/dns.json and used by no test: route53:GetChange',
    ])
  })

  it('finds what only a release needs and nobody gave up', () => {
    const actions = used.actions.filter((one) => !one.includes('RemoveTags'))
    expect(permissionGaps(granted, { ...used, actions })).toEqual([
      'granted in deploy/iam/release.json and used by no test: acm:RemoveTagsFromCertificate',
    ])
  })

  it('finds a capability in Vault that nobody used', () => {
    const capabilities = ['create {mount}/sign/{role}', ...granted.capabilities]
    expect(permissionGaps({ ...granted, capabilities }, used)).toEqual([
      'granted in Vault and used by no test: create {mount}/sign/{role}',
    ])
    expect(permissionGaps(granted, { ...used, capabilities: ['update pki_int/a/sign/web', 'update pki_int/sign/'] })).toEqual([
      'granted in Vault and used by no test: update {mount}/sign/{role}',
    ])
  })
})

describe('usages of several runs (no clock)', () => {
  it('are one, each thing once', () => {
    const parts = [{ verbs: ['b', 'a'] }, { verbs: ['a'], forbidden: ['x'] }, { actions: ['c'], capabilities: ['d'] }]
    expect(usageOf(parts)).toEqual({ verbs: ['a', 'b'], forbidden: ['x'], actions: ['c'], capabilities: ['d'] })
    expect(usageOf([])).toEqual({ verbs: [], forbidden: [], actions: [], capabilities: [] })
  })
})
