import { describe, expect, it } from 'vitest'
import { type AuditedRequest, refusedByRbac } from '../../support/audit-log.ts'
import { actionsOf, capabilitiesOf } from '../../support/granted.ts'
import { usedActions } from '../../support/used-actions.ts'
import { usedCapabilities } from '../../support/used-capabilities.ts'

describe('what the logs of the servers say was used (no clock)', () => {
  it('names the controller whose role called AWS, and nobody else', () => {
    const actions = ['elasticloadbalancing:CreateRule', 'elasticloadbalancing:AddTags']
    const of = (who: string, denied: string | null = null) =>
      usedActions({ caller: `arn:aws:sts::111111111111:assumed-role/${who}`, actions, denied })
    const ours = 'fairlead-loadbalancers/fairlead-loadbalancers'
    expect(of(ours)).toEqual({
      actions: ['loadbalancers elasticloadbalancing:CreateRule', 'loadbalancers elasticloadbalancing:AddTags'],
    })
    expect(of(ours, 'elasticloadbalancing:AddTags')).toEqual({ forbidden: ['elasticloadbalancing:AddTags for loadbalancers'] })
    expect(of('fairlead/fairlead-dns')).toEqual({})
    expect(of('fairlead-loadbalancers-old/x')).toEqual({})
    const user = { caller: 'arn:aws:iam::111111111111:user/fairlead', actions }
    expect(usedActions({ ...user, denied: null })).toEqual({})
    expect(usedActions({ ...user, denied: 'ec2:DescribeVpcs' })).toEqual({ forbidden: [`ec2:DescribeVpcs for ${user.caller}`] })
  })

  it('takes a capability of Vault for used where it was allowed, and by our ServiceAccount', () => {
    const account = { namespace: 'fairlead-system', name: 'fairlead' }
    const auth = { metadata: { service_account_namespace: 'fairlead-system', service_account_name: 'fairlead' } }
    const line = { type: 'response' as const, auth, request: { operation: 'update', path: 'pki_int/sign/web' } }
    expect(usedCapabilities(line, account)).toEqual(['update pki_int/sign/web'])
    expect(usedCapabilities({ ...line, error: '1 error occurred:\n\t* permission denied\n\n' }, account)).toEqual([])
    expect(usedCapabilities({ ...line, type: 'request' }, account)).toEqual([])
    expect(usedCapabilities(line, { ...account, name: 'reader' })).toEqual([])
    expect(usedCapabilities({ ...line, auth: { metadata: null } }, account)).toEqual([])
  })

  it('takes a request for forbidden where RBAC said so, unless a test had taken that very permission away', () => {
    const request = (verb: string, resource: string, decision: string): AuditedRequest => ({
      auditID: '1',
      stage: 'ResponseComplete',
      verb,
      requestURI: `/api/v1/${resource}`,
      user: { username: 'system:serviceaccount:fairlead-system:fairlead' },
      objectRef: { resource },
      responseStatus: { code: 403 },
      annotations: { 'authorization.k8s.io/decision': decision },
    })
    const requests = [request('create', 'events', 'allow'), request('list', 'pods', 'forbid'), request('watch', 'pods', 'forbid')]
    expect(refusedByRbac(requests)).toEqual(['list /api/v1/pods', 'watch /api/v1/pods'])
    expect(refusedByRbac(requests, { takenAway: ['list pods'], startedAnew: [] })).toEqual(['watch /api/v1/pods'])
  })

  it('leaves out what an API server refused that had not read RBAC yet', () => {
    const at = (seconds: number): AuditedRequest => ({
      auditID: String(seconds),
      stage: 'ResponseComplete',
      verb: 'list',
      requestURI: `/api/v1/pods?at=${seconds}`,
      user: { username: 'system:serviceaccount:fairlead-system:fairlead' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
      requestReceivedTimestamp: new Date(seconds * 1000).toISOString(),
    })
    const startedAnew = [{ from: 10_000, to: 12_000 }]
    const refused = refusedByRbac([at(9), at(10), at(12), at(13)], { takenAway: [], startedAnew })
    expect(refused).toEqual(['list /api/v1/pods?at=9', 'list /api/v1/pods?at=13'])
  })
})

describe('what policies grant (no clock)', () => {
  it('is read from IAM, each action once', () => {
    const Statement = [{ Action: ['b:Two', 'a:One'] }, { Action: ['a:One'] }]
    expect(actionsOf(JSON.stringify({ Statement }))).toEqual(['a:One', 'b:Two'])
  })

  it('is read from Vault, a line for each capability', () => {
    const text = 'path "{mount}/sign/{role}" {\n  capabilities = ["create", "update"]\n}\npath "a" { capabilities = ["read"] }'
    expect(capabilitiesOf(text)).toEqual(['create {mount}/sign/{role}', 'update {mount}/sign/{role}', 'read a'])
  })
})
