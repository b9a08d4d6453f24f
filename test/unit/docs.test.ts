import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CERTIFICATE_EVENTS } from '../../controllers/certificates/events.ts'
import { EXTERNAL_DNS_TABLE } from '../../controllers/dns/annotations.ts'
import { DNS_EVENTS } from '../../controllers/dns/events.ts'
import { ALB_TABLE } from '../../controllers/loadbalancers/annotations.ts'
import { FAIRLEAD_TABLE } from '../../controllers/loadbalancers/annotations-own.ts'
import { loadBalancersEvents } from '../../controllers/loadbalancers/events.ts'
import { ALB, EXTERNAL_DNS_PREFIXES, FAIRLEAD, FINALIZER, INGRESS_CONTROLLER } from '../../controllers/shared/annotations.ts'
import type { FindingTable } from '../../controllers/shared/finding-entry.ts'
import { TAG_CLUSTER, TAG_OBJECT, TAG_OWNER, TAG_RETIRE_AFTER, TAG_SLOT, TAG_TXT_OWNER } from '../../controllers/shared/names.ts'
import { NAMESPACE_TABLE } from '../../controllers/shared/namespace-annotations.ts'

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

/** Headings as GitHub names them in addresses. */
function anchorsIn(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Relative links of a page to what is not there: a file, or a heading of it. */
function brokenLinks(path: string, text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s#]*)(?:#([^)]*))?\)/g)]
    .filter(([, target = '']) => !/^[a-z]+:/.test(target))
    .filter(([, target = '', anchor]) => {
      const file = target === '' ? path : relative(root, resolve(root, dirname(path), target))
      if (target !== '' && !existsSync(resolve(root, file))) return true
      return anchor !== undefined && file.endsWith('.md') && !anchorsIn(target === '' ? text : read(file)).includes(anchor)
    })
    .map(([link]) => link.slice(2, -1))
}

const tableNames = (prefix: string, table: object) => Object.keys(table).map((name) => prefix + name)
const KNOWN_NAMES = new Set([
  ...tableNames(ALB, ALB_TABLE),
  ...tableNames(FAIRLEAD, FAIRLEAD_TABLE),
  ...tableNames(FAIRLEAD, NAMESPACE_TABLE),
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
    const links =
      '# Here\nsee [a](plan.md#offline), [b](nowhere.md), [c](https://example.com#x), [d](plan.md#x), [e](#here), [f](#there)'
    expect(brokenLinks('docs/start.md', links)).toEqual(['nowhere.md', 'plan.md#x', '#there'])
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
