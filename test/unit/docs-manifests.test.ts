import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseConfig } from '../../controllers/config.ts'
import { namespaceFindings } from '../../controllers/shared/namespace-findings.ts'
import type { Namespace } from '../../controllers/shared/objects.ts'
import { type DocBlock, docBlocks } from '../support/doc-blocks.ts'
import { docCommands } from '../support/doc-commands.ts'
import { docPages } from '../support/doc-pages.ts'
import { offlinePlan } from '../support/offline-plan.ts'

type Manifest = { readonly kind: string; readonly apiVersion?: string; readonly metadata?: { readonly name?: string } }
type Backend = { readonly service?: { readonly name: string; readonly port: { readonly number?: number } } }
type IngressManifest = Manifest & {
  readonly metadata: { readonly namespace?: string }
  readonly spec: { readonly rules?: readonly { readonly http?: { readonly paths: readonly { readonly backend: Backend }[] } }[] }
}

const pages = docPages()
const where = ({ page, line }: DocBlock) => `${page}:${line}`
const blocks = pages.flatMap((page) => docBlocks(page).blocks)
const yaml = blocks.filter(({ language }) => language === 'yaml' || language === 'json')

/** Blocks that are neither commands nor YAML, by page: how many, and what they are. */
const OTHERS: Readonly<Record<string, readonly [count: number, what: string]>> = {
  'CONTRIBUTING.md': [1, 'the folders of the repository'],
  'docs/plan.md': [1, 'the form of a plan; cli.test.ts holds plans to it'],
  'docs/guides/architecture.md': [9, 'drawings'],
  'docs/guides/http.md': [1, 'an answer; api/docs.test.ts holds its codes'],
  'docs/guides/security.md': [1, 'a drawing'],
}

/** What is wrong with a document of a block; empty if nothing. */
async function faultsOf(document: unknown, text: string, at: string): Promise<readonly string[]> {
  if (typeof document !== 'object' || document === null) return ['it is no object']
  if (!('kind' in document)) {
    parseConfig(text, at)
    return []
  }
  const manifest = document as Manifest
  const { kind, apiVersion, metadata } = manifest
  const lacking = [
    ...(apiVersion === undefined ? ['apiVersion'] : []),
    ...(metadata?.name === undefined ? ['metadata.name'] : []),
  ]
  if (lacking.length > 0) return [`${kind} without ${lacking.join(' and ')}`]
  if (kind === 'Ingress') return ingressFaults(manifest as IngressManifest)
  if (kind === 'Namespace') return namespaceFaults(manifest as Manifest & Namespace)
  return [`nobody reads a ${kind} here`]
}

/** Blocking or not: a manifest that a page shows is one without findings. The Services that it names are there. */
async function ingressFaults(ingress: IngressManifest): Promise<readonly string[]> {
  const backends = (ingress.spec.rules ?? []).flatMap((rule) => rule.http?.paths ?? []).map(({ backend }) => backend.service)
  const services = backends.flatMap((service) =>
    service === undefined
      ? []
      : [
          {
            apiVersion: 'v1',
            kind: 'Service',
            metadata: { name: service.name, namespace: ingress.metadata.namespace },
            spec: { ports: [{ port: service.port.number ?? 80 }] },
          },
        ],
  )
  const { code, changes, findings } = await offlinePlan([...services, ingress])
  const records = changes.filter(({ type }) => type === 'AWS::Route53::RecordSet')
  return [
    ...findings.map(({ message }) => message),
    ...(code === 2 && records.length > 0 ? [] : [`its plan ends with ${code}, and has ${records.length} records`]),
  ]
}

function namespaceFaults(namespace: Manifest & Namespace): readonly string[] {
  const { tenancy } = parseConfig('', 'defaults')
  return namespaceFindings(namespace, tenancy).map(({ message }) => message)
}

async function blockFaults(block: DocBlock): Promise<readonly string[]> {
  const documents = parseAllDocuments(block.text)
  const wrong = documents.flatMap(({ errors }) => errors.map(({ message }) => message))
  if (wrong.length > 0) return wrong
  const found = await Promise.all(
    documents.map((document) =>
      faultsOf(document.toJS(), String(document), where(block)).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ]),
    ),
  )
  return found.flat()
}

describe('the manifests and configurations of the pages (real clock)', () => {
  it.each(yaml.map((block) => [where(block), block] as const))('%s is understood without a finding', async (_at, block) => {
    expect(await blockFaults(block)).toEqual([])
  })

  it('are seen to be wrong', async () => {
    expect(yaml.length).toBeGreaterThan(5)
    const faults = async (text: string) => (await blockFaults({ page: 'page.md', line: 1, language: 'yaml', text })).join()
    const ingress = pages.flatMap((page) => docBlocks(page).blocks).find(({ text }) => text.includes('kind: Ingress'))!.text
    expect(await faults(ingress)).toBe('')
    expect(await faults(ingress.replace('scheme: internet-facing', 'scheme: public'))).toContain('scheme')
    expect(await faults(ingress.replace('fairlead.dev/certificate:', 'fairlead.dev/cerificate:'))).toContain('did you mean')
    expect(await faults(ingress.replace('ingressClassName: fairlead', 'ingressClassName: other'))).not.toBe('')
    expect(await faults('aws: { regoin: us-east-1 }')).toContain('aws.region')
    expect(await faults('a: [')).not.toBe('')
    expect(await faults('kind: Namespace\nmetadata: { name: a }')).toBe('Namespace without apiVersion')
    const namespace =
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: a, annotations: { fairlead.dev/allowed-hosts: "a..b" } }'
    expect(await faults(namespace)).toContain('allows nothing')
    expect(await faults('apiVersion: v1\nkind: Pod\nmetadata: { name: a }')).toBe('nobody reads a Pod here')
  })

  it('are all that the pages have in blocks, beside commands and what is written down here', () => {
    const commands = new Set(pages.flatMap((page) => docCommands(page).map(({ page: path, line }) => `${path}:${line}`)))
    const isCommands = ({ page, line, text }: DocBlock) =>
      text.split('\n').some((_line, index) => commands.has(`${page}:${line + index}`))
    const others = blocks.filter((block) => !yaml.includes(block) && !isCommands(block)).map(({ page }) => page)
    const counts = Object.fromEntries([...new Set(others)].map((page) => [page, others.filter((one) => one === page).length]))
    expect(counts).toEqual(Object.fromEntries(Object.entries(OTHERS).map(([page, [count]]) => [page, count])))
  })

  it('have drawings that fit into a terminal', () => {
    const drawn = blocks.filter(({ page }) => OTHERS[page]?.[1].includes('drawing'))
    const wide = drawn.flatMap(({ page, line, text }) =>
      text.split('\n').flatMap((row, index) => (row.length > 110 ? [`${page}:${line + index}: ${row.length} columns`] : [])),
    )
    expect(wide).toEqual([])
  })
})
