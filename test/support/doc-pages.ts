import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type DocPage = { readonly path: string; readonly text: string }

const root = join(import.meta.dirname, '../..')

/** What users and contributors read: the pages of docs/, and those at the root. */
export function docPages(): readonly DocPage[] {
  const under = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join('docs', name))
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...under].map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }))
}
