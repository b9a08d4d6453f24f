import { describe, expect, it } from 'vitest'
import { compose, intendUnit } from '../../../controllers/shared/compose.ts'
import type { ClusterView } from '../../../controllers/shared/objects.ts'
import type { Plan } from '../../../controllers/shared/plan.ts'
import { modelPlanners } from '../../support/model-world.ts'
import { contextOf, type State, siteAt, viewOf } from '../../support/scenario.ts'
import { converge, endOf, nowhere, type Start } from '../../support/scenario-run.ts'
import type { Walked } from '../../support/walk.ts'

const HOST = 'a.example.com'
const state = (ipAddressType: 'ipv4' | 'dualstack', hosts: readonly string[] = [HOST]): State => ({
  sites: [siteAt('one', hosts, { ipAddressType })],
  pods: { web: 2, api: 2, img: 1 },
  movedPods: [],
})
const ipv4 = endOf(converge(state('ipv4'), nowhere, 1))
const dual = endOf(converge(state('dualstack'), nowhere, 1))

const operations = ({ applied }: Walked) =>
  applied.map(({ calls, target, action }) => (calls[0] === 'ChangeResourceRecordSets' ? `${action} ${target}` : calls[0]))
const addressesIn = ({ changes }: Plan) => changes.find((item) => item.calls[0] === 'SetIpAddressType')
const recordIn = ({ changes }: Plan, target: string) => changes.find((item) => item.target === target)

function planned(at: State, { world, owned, now }: Start, edit = (view: ClusterView): ClusterView => view): Plan {
  const context = contextOf(edit(viewOf(at, owned)), now)
  return compose(modelPlanners, context, intendUnit(modelPlanners, context), world).plan
}

describe('IPv6 addresses of a load balancer (simulated clock)', () => {
  it('come before the AAAA records, and before no other', () => {
    const plan = planned(state('dualstack', [HOST, 'b.example.com']), ipv4)
    const change = addressesIn(plan)?.id
    expect(change).toBeDefined()
    expect(recordIn(plan, `${HOST} AAAA`)?.needs).toContain(change)
    expect(recordIn(plan, 'b.example.com AAAA')?.needs).toContain(change)
    expect(recordIn(plan, 'b.example.com A')?.needs).not.toContain(change)
    const made = operations(converge(state('dualstack'), ipv4, 2))
    expect(made).toEqual(['AuthorizeSecurityGroupIngress', 'SetIpAddressType', `create ${HOST} AAAA`])
  })

  it('go after the AAAA records, when no resolver knows those any more', () => {
    const plan = planned(state('ipv4'), dual)
    expect(addressesIn(plan)).toMatchObject({
      needs: [recordIn(plan, `${HOST} AAAA`)?.id],
      waits: [
        { kind: 'record-insync', of: HOST },
        { kind: 'ttl-passed', of: HOST },
      ],
    })
    const made = operations(converge(state('ipv4'), dual, 2))
    expect(made).toEqual([`delete ${HOST} AAAA`, 'SetIpAddressType', 'RevokeSecurityGroupIngress'])
  })

  it('are not closed to anybody before', () => {
    const plan = planned(state('ipv4'), dual)
    const closing = plan.changes.find((item) => item.calls[0] === 'RevokeSecurityGroupIngress')
    expect(closing?.needs).toContain(addressesIn(plan)?.id)
  })

  it('come and go for a host, too, that is only held since its Service is gone', () => {
    const both = (type: 'ipv4' | 'dualstack'): State => ({
      ...state(type),
      sites: [
        siteAt('one', [HOST], { ipAddressType: type }),
        siteAt('two', ['b.example.com'], { ipAddressType: type, paths: { '/': 'api' } }),
      ],
    })
    const withoutApi = (view: ClusterView) => ({
      ...view,
      services: view.services.filter((item) => item.metadata.name !== 'api'),
    })
    const up = planned(both('dualstack'), endOf(converge(both('ipv4'), nowhere, 1)), withoutApi)
    expect(recordIn(up, 'b.example.com AAAA')?.needs).toEqual([addressesIn(up)?.id])
    const down = planned(both('ipv4'), endOf(converge(both('dualstack'), nowhere, 1)), withoutApi)
    expect(addressesIn(down)?.needs).toContain(recordIn(down, 'b.example.com AAAA')?.id)
  })
})
