import { describe, expect, it } from 'vitest'
import { intend } from '../../../controllers/loadbalancers/intent.ts'
import { ALB, FAIRLEAD } from '../../../controllers/shared/annotations.ts'
import type { Ingress } from '../../../controllers/shared/objects.ts'
import { context, ingress, service, view } from '../../support/loadbalancers-world.ts'

const root = { 'a.example.com': [{ path: '/' }] }
const annotated = (annotations: Record<string, string>) => ingress('a', root, { annotations })
const of = (...ingresses: readonly Ingress[]) => intend(context(view(ingresses)))
const listeners = (one: Ingress) =>
  of(one).intent.listeners.map(
    ({ protocol, port, redirectTo }) => `${protocol}:${port}${redirectTo === null ? '' : `->${redirectTo}`}`,
  )
const codes = (...ingresses: readonly Ingress[]) => of(...ingresses).findings.map((item) => `${item.code} ${item.severity}`)

describe('listeners an Ingress asks for (no clock)', () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ['a certificate', {}, ['HTTP:80->443', 'HTTPS:443']],
    ['no certificate', { [`${FAIRLEAD}certificate`]: 'none' }, ['HTTP:80']],
    ['listen-ports', { [`${ALB}listen-ports`]: '[{"HTTPS":8443},{"HTTP":8080}]' }, ['HTTP:8080', 'HTTPS:8443']],
    [
      'listen-ports and ssl-redirect',
      { [`${ALB}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]', [`${ALB}ssl-redirect`]: '443' },
      ['HTTP:80->443', 'HTTPS:443'],
    ],
  ])('with %s', (_name, annotations, expected) => {
    expect(listeners(annotated(annotations))).toEqual(expected)
  })

  it('takes a certificate ARN as a wish for HTTPS, and never serves the label ssl over plain HTTP', () => {
    const arn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1'
    expect(listeners(annotated({ [`${FAIRLEAD}certificate`]: 'none', [`${ALB}certificate-arn`]: arn }))).toEqual([
      'HTTP:80->443',
      'HTTPS:443',
    ])
    const plain = annotated({})
    const { [`${FAIRLEAD}certificate`]: _, ...rest } = plain.metadata.annotations ?? {}
    expect(listeners({ ...plain, metadata: { ...plain.metadata, annotations: rest } })).toEqual(['HTTP:80'])
    expect(listeners({ ...plain, metadata: { ...plain.metadata, annotations: rest, labels: { ssl: 'true' } } })).toEqual([])
  })
})

describe('what is wrong with an Ingress (no clock)', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an unknown annotation', { [`${ALB}schem`]: 'internal' }, 'UnknownAnnotation warning'],
    ['an unknown annotation of ours', { [`${FAIRLEAD}certificat`]: 'vault' }, 'UnknownAnnotation warning'],
    ['a value that is none', { [`${ALB}scheme`]: 'intern' }, 'InvalidAnnotation blocking'],
    ['authentication', { [`${ALB}auth-type`]: 'oidc' }, 'AnnotationNotYetSupported blocking'],
    ['actions', { [`${ALB}actions.web`]: '{}' }, 'AnnotationNotYetSupported blocking'],
    ['a firewall', { [`${ALB}wafv2-acl-arn`]: 'arn' }, 'AnnotationNotYetSupported blocking'],
    ['listener attributes', { [`${ALB}listener-attributes.HTTP-80`]: 'a=b' }, 'AnnotationNotYetSupported warning'],
    ['listen-ports that are not JSON', { [`${ALB}listen-ports`]: '80,443' }, 'InvalidAnnotation blocking'],
    ['an ssl-redirect to nowhere', { [`${ALB}ssl-redirect`]: '8443' }, 'InvalidAnnotation blocking'],
    ['a CIDR with too many bits', { [`${ALB}inbound-cidrs`]: '10.0.0.0/33' }, 'InvalidAnnotation blocking'],
    ['a health check slower than its interval', { [`${ALB}healthcheck-timeout-seconds`]: '15' }, 'InvalidAnnotation blocking'],
    ['gRPC success codes for HTTP', { [`${ALB}success-codes`]: '0-99' }, 'InvalidAnnotation blocking'],
    ['another account', { [`${FAIRLEAD}account`]: 'other' }, 'AnnotationNotYetSupported blocking'],
  ])('%s', (_name, annotations, expected) => {
    expect(codes(annotated(annotations))).toEqual([expected])
    expect(of(annotated(annotations)).intent.rules.length).toBe(expected.endsWith('blocking') ? 0 : 1)
  })

  it('offers the nearest name', () => {
    expect(of(annotated({ [`${ALB}schem`]: 'internal' })).findings[0]?.expected).toBe(`${ALB}scheme`)
  })

  it('refuses one path alone where it can, and holds what is there', () => {
    const one = ingress('a', {
      'a.example.com': [
        { path: '/' },
        { path: '/gone', service: 'gone' },
        { path: '/port', port: 81 },
        { path: '/name', port: 'http' },
        { path: '/s*r', type: 'Prefix' },
      ],
      'not a host': [{ path: '/' }],
    })
    const { intent, findings } = intend(context(view([one], { services: [service('web')] })))
    expect(intent.rules.map((rule) => rule.path).sort()).toEqual(['/', '/name'])
    expect(findings.map((item) => item.code).sort()).toEqual([
      'HostNotDnsName',
      'PathNotSupported',
      'ServiceNotFound',
      'ServicePortNotFound',
    ])
    expect(intent.held.lines).toHaveLength(4)
    expect(intent.held.objects).toEqual([])
  })

  it('refuses ExternalName Services, node ports that are not there, and backends that are no Service', () => {
    const external = view([annotated({})], { services: [service('web', { type: 'ExternalName', externalName: 'x.y' })] })
    expect(intend(context(external)).findings.map((item) => item.code)).toEqual(['ServiceIsExternalName'])
    const plain = view([annotated({ [`${ALB}target-type`]: 'instance' })], {
      services: [service('web', { ports: [{ port: 80 }] })],
    })
    expect(intend(context(plain)).findings.map((item) => item.code)).toEqual(['ServiceHasNoNodePort'])
    const one = annotated({})
    const resource = {
      ...one,
      spec: {
        rules: [
          {
            host: 'a.example.com',
            http: { paths: [{ path: '/', pathType: 'Prefix' as const, backend: { resource: { kind: 'Bucket', name: 'b' } } }] },
          },
        ],
      },
    }
    expect(codes({ ...resource, spec: { ...resource.spec, ingressClassName: 'fairlead' } })).toEqual([
      'BackendNotSupported blocking',
    ])
  })

  it('gives a host and path to the oldest, and does not tell the other whose it is', () => {
    const { intent, findings } = of(
      ingress('b', root, { age: 2, namespace: 'rivals' }),
      ingress('a', root, { age: 1, namespace: 'secret' }),
    )
    expect(intent.rules.filter((rule) => rule.port === 443).map((rule) => rule.object.namespace)).toEqual(['secret'])
    expect(findings.map((item) => `${item.code} ${item.object.namespace}`)).toEqual(['DuplicateHostPath rivals'])
    expect(JSON.stringify(findings)).not.toContain('secret')
  })

  it('keeps the claim of an older Ingress that is broken', () => {
    const broken = ingress('a', root, { age: 1, annotations: { [`${ALB}ssl-redirect`]: 'x' } })
    expect(of(broken, ingress('b', root, { age: 2 })).intent.rules).toEqual([])
  })

  it('lets a group go on without the member that contradicts it', () => {
    const older = ingress('a', root, { age: 1, annotations: { [`${ALB}scheme`]: 'internal' } })
    const younger = ingress(
      'b',
      { 'b.example.com': [{ path: '/' }] },
      { age: 2, annotations: { [`${ALB}scheme`]: 'internet-facing' } },
    )
    const { intent, findings } = of(younger, older)
    expect(intent.loadBalancer.scheme).toBe('internal')
    expect(intent.rules.map((rule) => rule.host)).toEqual(['a.example.com'])
    expect(findings.map((item) => `${item.code} ${item.object.name}`)).toEqual(['GroupConflict b'])
  })

  it('takes nothing of a member for its other ports when it is refused for one', () => {
    const older = ingress('a', root, { age: 1, annotations: { [`${ALB}inbound-cidrs`]: '10.0.0.0/8' } })
    const ports = { [`${ALB}listen-ports`]: '[{"HTTP":80},{"HTTP":443}]' }
    const younger = ingress('b', { 'b.example.com': [{ path: '/' }] }, { age: 2, annotations: ports })
    const { intent, findings } = of(older, younger)
    expect(findings.map((item) => `${item.code} ${item.object.name}`)).toEqual(['GroupConflict b'])
    expect(intent.listeners.map(({ port, cidrs, open }) => ({ port, cidrs, open }))).toEqual([
      { port: 80, cidrs: ['10.0.0.0/8'], open: false },
      { port: 443, cidrs: ['10.0.0.0/8'], open: false },
    ])
  })

  it('takes a path without path, a rule without host and a default backend', () => {
    const one = ingress('a', { 'a.example.com': [{}], '': [{ path: '/x' }] }, { defaultBackend: 'web' })
    expect(of(one).intent.rules.map((rule) => [rule.host, rule.path, rule.paths])).toEqual([
      ['a.example.com', '', []],
      ['', '/x', ['/x', '/x/*']],
      ['', '', []],
    ])
  })

  it('lets a Service’s annotation win over the Ingress’s', () => {
    const own = service('web')
    const said = { ...own, metadata: { ...own.metadata, annotations: { [`${ALB}healthcheck-path`]: '/service' } } }
    const { intent } = intend(context(view([annotated({ [`${ALB}healthcheck-path`]: '/ingress' })], { services: [said] })))
    expect(intent.targetGroups[0]?.HealthCheck.HealthCheckPath).toBe('/service')
  })
})
