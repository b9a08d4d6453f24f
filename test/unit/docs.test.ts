import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CERTIFICATE_EVENTS } from '../../controllers/certificates/events.ts'
import { plan } from '../../controllers/cli/plan.ts'
import { parseConfig } from '../../controllers/config.ts'
import { EXTERNAL_DNS_TABLE } from '../../controllers/dns/annotations.ts'
import { DNS_EVENTS } from '../../controllers/dns/events.ts'
import { ALB_TABLE } from '../../controllers/loadbalancers/annotations.ts'
import { FAIRLEAD_TABLE } from '../../controllers/loadbalancers/annotations-own.ts'
import { loadBalancersEvents } from '../../controllers/loadbalancers/events.ts'
import { ALB, EXTERNAL_DNS_PREFIXES, FAIRLEAD, FINALIZER, INGRESS_CONTROLLER } from '../../controllers/shared/annotations.ts'
import type { FindingTable } from '../../controllers/shared/finding-entry.ts'
import { TAG_CLUSTER, TAG_OBJECT, TAG_OWNER, TAG_RETIRE_AFTER, TAG_SLOT, TAG_TXT_OWNER } from '../../controllers/shared/names.ts'
import type { Plan } from '../../controllers/shared/plan.ts'

const root = resolve(import.meta.dirname, '../..')

function filesUnder(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')].map((path) => ({
  path,
  text: read(path),
}))

/** Relative links of a page to what is not there. */
function brokenLinks(path: string, text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(resolve(root, dirname(path), target)))
}

const tableNames = (prefix: string, table: object) => Object.keys(table).map((name) => prefix + name)
const KNOWN_NAMES = new Set([
  ...tableNames(ALB, ALB_TABLE),
  ...tableNames(FAIRLEAD, FAIRLEAD_TABLE),
  ...EXTERNAL_DNS_PREFIXES.flatMap((prefix) => tableNames(prefix, EXTERNAL_DNS_TABLE)),
  // Names of ours that are no annotations.
  ...[FINALIZER, INGRESS_CONTROLLER, TAG_CLUSTER, TAG_OBJECT, TAG_SLOT, TAG_RETIRE_AFTER, TAG_OWNER, TAG_TXT_OWNER],
])

function unknownNames(text: string): readonly string[] {
  const names = /(?:alb\.ingress\.kubernetes\.io|external-dns(?:\.alpha)?\.kubernetes\.io|fairlead\.dev)\/[A-Za-z0-9.*-]*/g
  return [...text.matchAll(names)]
    .map((match) => match[0].replace(/\.$/, ''))
    .filter((name) => !name.endsWith('/') && !KNOWN_NAMES.has(name))
}

const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }

function unknownScripts(text: string): readonly string[] {
  const run = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z:-]*)/g)].map((match) => match[1]!)
  return [...run, ...(/\bnpm test\b/.test(text) ? ['test'] : [])].filter((name) => scripts[name] === undefined)
}

/** Codes of findings that a controller's source makes, wherever their place in a call or an object says that they are one. */
function codesMade(text: string): readonly string[] {
  const forms = [
    /\b(?:problem|finding|full)\(\s*(?:[\w.]+,\s*)?'([A-Z]\w+)'/g,
    /\brefuse\(\s*'([A-Z]\w+)'/g,
    /\bcode: '([A-Z]\w+)',\s*(?:severity|field|because|\})/g,
    /\{ code: '([A-Z]\w+)', (?:field|because)/g,
    /badAnnotation\([^;]*?code: '([A-Z]\w+)'/g,
  ]
  return forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1]!))
}

/** Codes of AWS that refusal.ts passes on by name. */
function codesPassedOn(text: string): readonly string[] {
  return [...text.matchAll(/((?:case '\w+':\s*)+)(?:if [^\n]*\n\s*)?return \{\s*code,/g)].flatMap((match) =>
    [...match[1]!.matchAll(/'(\w+)'/g)].map((one) => one[1]!),
  )
}
const CONTROLLERS: readonly (readonly [folder: string, table: FindingTable])[] = [
  ['certificates', CERTIFICATE_EVENTS],
  ['loadbalancers', loadBalancersEvents],
  ['dns', DNS_EVENTS],
]

describe('the documentation (no clock)', () => {
  it.each(pages)('$path links to what is there', ({ path, text }) => {
    expect(brokenLinks(path, text)).toEqual([])
  })

  it.each(pages)('$path names annotations that Fairlead knows', ({ text }) => {
    expect(unknownNames(text)).toEqual([])
  })

  it.each(pages)('$path names npm scripts that exist', ({ text }) => {
    expect(unknownScripts(text)).toEqual([])
  })

  it('sees a broken link, a misspelt annotation and a script that is not there', () => {
    expect(brokenLinks('docs/start.md', 'see [a](plan.md#x), [b](nowhere.md) and [c](https://example.com)')).toEqual([
      'nowhere.md',
    ])
    expect(unknownNames('`fairlead.dev/certifcate`, `fairlead.dev/certificate`, alb.ingress.kubernetes.io/shceme.')).toEqual([
      'fairlead.dev/certifcate',
      'alb.ingress.kubernetes.io/shceme',
    ])
    expect(unknownScripts('`npm run --silent fairled -- plan`, `npm run check`')).toEqual(['fairled'])
  })

  it('links every page from another one', () => {
    const linked = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s#]+)/g)].map((match) => relative(root, resolve(root, dirname(path), match[1]!))),
    )
    const lost = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !linked.includes(path))
    expect(lost).toEqual([])
  })

  it.each(CONTROLLERS)('describes every finding of %s', (folder, table) => {
    const made = filesUnder(`controllers/${folder}`, '.ts').flatMap((path) => [
      ...codesMade(read(path)),
      ...codesPassedOn(read(path)),
    ])
    expect(made.length).toBeGreaterThan(5)
    expect([...new Set(made)].filter((code) => table[code] === undefined)).toEqual([])
  })

  it.each(CONTROLLERS)('describes no finding that %s cannot make', (folder, table) => {
    const sources = [...filesUnder(`controllers/${folder}`, '.ts'), 'controllers/shared/annotations.ts']
    const text = sources
      .filter((path) => !path.endsWith('/events.ts'))
      .map(read)
      .join('\n')
    expect(Object.keys(table).filter((code) => !text.includes(`'${code}'`))).toEqual([])
  })

  it('names findings that exist', () => {
    const codes = CONTROLLERS.flatMap(([, table]) => Object.keys(table))
    const named = [...read('docs/guides/defaults.md').matchAll(/`([A-Z][a-z]+[A-Z][A-Za-z]+)`/g)].map((match) => match[1]!)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((code) => !codes.includes(code))).toEqual([])
  })
})

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
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-docs-'))
  try {
    writeFileSync(join(folder, 'all.json'), JSON.stringify({ kind: 'List', items: [service('web'), ...objects] }))
    let text = ''
    const options = { offline: true, file: folder, output: 'json' } as const
    const code = await plan(parseConfig('', 'defaults'), options, (printed) => {
      text = printed
    })
    const { changes, findings } = JSON.parse(text) as Plan
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
  } finally {
    rmSync(folder, { recursive: true })
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
