import { describe, expect, it } from 'vitest'
import { ALB } from '../../controllers/shared/annotations.ts'
import { offlinePlan } from '../support/offline-plan.ts'

const HOST = 'x.example.com'
type Annotations = Readonly<Record<string, string>>

function ingress(annotations: Annotations, spec: object, name = 'i', day = 1) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'a', annotations, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
    spec: { ingressClassName: 'fairlead', ...spec },
  }
}

function service(name: string, spec: object = {}) {
  const ports = [{ name: 'http', port: 80, nodePort: 30080 }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { type: 'NodePort', ports, ...spec } }
}

const to = (name: string, port: object = { number: 80 }) => ({ service: { name, port } })
const path = (value: string, pathType = 'Prefix', backend: object = to('web')) => ({ path: value, pathType, backend })
const rule = (host: string | undefined, ...paths: readonly object[]) => ({ host, http: { paths } })
const rules = (...all: readonly object[]) => ({ rules: all })
const plain = rules(rule(HOST, path('/')))

/** What a plan of these objects has: its findings, rules as `port host path`, and hosts with a record. */
async function outcome(objects: readonly object[]) {
  const { code, changes, findings } = await offlinePlan([service('web'), ...objects])
  const ofType = (type: string) => changes.filter((change) => change.type.endsWith(`::${type}`))
  return {
    code,
    findings: findings.map((finding) => `${finding.object.name} ${finding.severity} ${finding.code}`),
    rules: ofType('ListenerRule').map((change) => {
      const conditions = change.after?.Conditions as unknown as readonly Condition[]
      const values = conditions.flatMap((one) => one.HostHeaderConfig?.Values ?? one.PathPatternConfig?.Values ?? [])
      return `${/rule\/(\d+)\//.exec(change.target)?.[1]} ${values.join(' ')}`
    }),
    redirects: ofType('Listener').filter((change) => JSON.stringify(change.after).includes('HTTP_301')).length,
    certificates: ofType('PKI::Certificate').length,
    records: ofType('RecordSet').map((change) => change.target),
  }
}
type Condition = Readonly<Partial<Record<'HostHeaderConfig' | 'PathPatternConfig', { readonly Values: readonly string[] }>>>

const vault = { 'fairlead.dev/certificate': 'vault' }
const alb = (name: string, value: string): Annotations => ({ [`${ALB}${name}`]: value })
const group = alb('group.name', 'g')
const both = alb('listen-ports', '[{"HTTP":80},{"HTTPS":443}]')
const served80 = { findings: [], rules: [`80 ${HOST} /*`], redirects: 0, certificates: 0, records: [`${HOST} A`] }
const served443 = { findings: [], rules: [`443 ${HOST} /*`], redirects: 1, certificates: 1, records: [`${HOST} A`] }
const nothing = (...findings: readonly string[]) => ({ findings, rules: [], records: [] })
const order = [
  path('/'),
  path('/api', 'Prefix', to('web2')),
  path('/api', 'Exact'),
  path('/i*', 'ImplementationSpecific', to('web2')),
]

type Case = readonly [what: string, objects: readonly object[], expected: object]
const CASES: readonly Case[] = [
  ['no certificate', [ingress({}, plain)], served80],
  ['certificate none', [ingress({ 'fairlead.dev/certificate': 'none' }, plain)], served80],
  ['certificate vault', [ingress(vault, plain)], served443],
  [
    'vault without a host',
    [ingress(vault, rules(rule(undefined, path('/'))))],
    { findings: expect.arrayContaining(['i blocking NoHosts']), rules: [] },
  ],
  ['tls alone', [ingress({}, { ...plain, tls: [{ hosts: [HOST] }] })], served80],
  ['a host only in tls', [ingress(vault, { ...plain, tls: [{ hosts: ['t.example.com'] }] })], served443],
  [
    'listen-ports without ssl-redirect',
    [ingress({ ...vault, ...both }, plain)],
    { ...served443, rules: [...served80.rules, ...served443.rules], redirects: 0 },
  ],
  ['listen-ports with ssl-redirect', [ingress({ ...vault, ...both, ...alb('ssl-redirect', '443') }, plain)], served443],
  ['ssl-redirect to nowhere', [ingress(alb('ssl-redirect', '443'), plain)], nothing('i blocking InvalidAnnotation')],
  [
    'HTTPS without a certificate',
    [ingress(alb('listen-ports', '[{"HTTPS":443}]'), plain)],
    nothing('i blocking NoCertificateForHost'),
  ],
  ['no host', [ingress({}, rules(rule(undefined, path('/'))))], { findings: [], rules: ['80 /*'], records: [] }],
  ['a host in capitals', [ingress({}, rules(rule('X.Example.COM.', path('/'))))], served80],
  [
    'no DNS name',
    [ingress({}, rules(rule('nodots', path('/')), rule(HOST, path('/'))))],
    { ...served80, findings: ['i blocking HostNotDnsName'] },
  ],
  [
    'a top-level domain with a digit or a hyphen',
    [ingress({}, rules(rule('пример.рф', path('/')), rule('a.example.c0m', path('/')), rule(HOST, path('/'))))],
    { ...served80, findings: ['i blocking HostNotMatchable', 'i blocking HostNotMatchable'] },
  ],
  [
    'a host of more than 128 characters',
    [ingress({}, rules(rule(`${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`, path('/')), rule(HOST, path('/'))))],
    { ...served80, findings: ['i blocking HostNotMatchable'] },
  ],
  ['defaultBackend', [ingress({}, { ...plain, defaultBackend: to('web') })], { ...served80, rules: [`80 ${HOST} /*`, '80 /*'] }],
  ['a host without http', [ingress({}, rules({ host: HOST }))], { ...nothing(), code: 0 }],
  ['a port by name', [ingress({}, rules(rule(HOST, path('/', 'Prefix', to('web', { name: 'http' })))))], served80],
  [
    'no such port',
    [ingress({}, rules(rule(HOST, path('/', 'Prefix', to('web', { name: 'htp' })))))],
    nothing('i blocking ServicePortNotFound'),
  ],
  [
    'no such Service',
    [ingress({}, rules(rule(HOST, path('/'), path('/b', 'Prefix', to('gone')))))],
    { ...served80, findings: ['i blocking ServiceNotFound'] },
  ],
  [
    'ExternalName',
    [service('out', { type: 'ExternalName' }), ingress({}, rules(rule(HOST, path('/', 'Prefix', to('out')))))],
    nothing('i blocking ServiceIsExternalName'),
  ],
  [
    'no Service',
    [ingress({}, rules(rule(HOST, path('/', 'Prefix', { resource: { kind: 'Bucket' } }))))],
    nothing('i blocking BackendNotSupported'),
  ],
  [
    'ClusterIP',
    [service('c', { type: 'ClusterIP', ports: [{ port: 80 }] }), ingress({}, rules(rule(HOST, path('/', 'Prefix', to('c')))))],
    nothing('i blocking ServiceHasNoNodePort'),
  ],
  ['a wildcard in a Prefix', [ingress({}, rules(rule(HOST, path('/a*'))))], nothing('i blocking PathNotSupported')],
  [
    'the order of rules',
    [service('web2'), ingress({}, rules(rule('*.example.com', path('/')), rule(HOST, ...order)))],
    { rules: [`80 ${HOST} /api`, `80 ${HOST} /api /api/* /i*`, `80 ${HOST} /*`, '80 *.example.com /*'] },
  ],
  [
    'paths that share a rule',
    [ingress({}, rules(rule(HOST, path('/a', 'Exact'), path('/b'), path('/c', 'Exact'), path('/d', 'Exact'))))],
    { rules: [`80 ${HOST} /a /c /d`, `80 ${HOST} /b /b/*`] },
  ],
  ['a slash at the end', [ingress({}, rules(rule(HOST, path('/e/'))))], { rules: [`80 ${HOST} /e /e/*`] }],
  [
    'one group, one host and path',
    [ingress(group, plain), ingress(group, rules(rule(HOST, path('/'), path('/j'))), 'j', 2)],
    { findings: ['j blocking DuplicateHostPath'], rules: [`80 ${HOST} /j /j/*`, `80 ${HOST} /*`] },
  ],
  [
    'a refused older Ingress',
    [ingress({ ...group, ...alb('auth-type', 'oidc') }, plain), ingress(group, plain, 'j', 2)],
    nothing('i blocking AnnotationNotYetSupported', 'j blocking DuplicateHostPath'),
  ],
  [
    'the same path twice',
    [ingress({}, rules(rule(HOST, path('/'), path('/'))))],
    { ...served80, findings: ['i warning DuplicateHostPath'] },
  ],
  [
    'another class',
    [ingress({}, { ...plain, ingressClassName: 'nginx' })],
    { ...nothing(), findings: ['i info ClassNotServed'], code: 0 },
  ],
]

describe('docs/guides/defaults.md (real clock)', () => {
  it.each(CASES)('is right about: %s', async (_what, objects, expected) => {
    expect(await outcome(objects)).toMatchObject(expected)
  })
})
