import { describe, expect, it } from 'vitest'
import { intendCertificates } from '../../../controllers/certificates/intent.ts'
import type { Ingress } from '../../../controllers/shared/objects.ts'
import { scenarioSettings } from '../../support/scenario.ts'
import { toyContext } from '../../support/toy-planners.ts'

function wantedHosts(...hosts: readonly string[]): readonly string[] | undefined {
  const context = toyContext()
  const [bare] = context.view.ingresses
  const metadata = { ...bare!.metadata, annotations: { 'fairlead.dev/certificate': 'vault' } }
  const ingress: Ingress = { ...bare!, metadata, spec: { ...bare!.spec, rules: hosts.map((host) => ({ host })) } }
  const { intent } = intendCertificates({
    ...context,
    settings: scenarioSettings,
    view: { ...context.view, ingresses: [ingress] },
  })
  return intent.wanted[0]?.hosts
}

describe('the names of a certificate (no clock)', () => {
  it('are the hosts of the Ingress, each once', () => {
    expect(wantedHosts('a.example.com', 'B.example.com', 'a.example.com')).toEqual(['a.example.com', 'b.example.com'])
  })

  it('leave out what a wildcard beside them covers, and only that', () => {
    expect(wantedHosts('a.example.com', '*.example.com', 'x.a.example.com', 'example.com')).toEqual([
      '*.example.com',
      'x.a.example.com',
      'example.com',
    ])
  })
})
