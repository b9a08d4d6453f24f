import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { docCommands } from '../support/doc-commands.ts'
import { docPages } from '../support/doc-pages.ts'
import { DOC_RULES, docRuleOf } from '../support/doc-rules.ts'

const root = join(import.meta.dirname, '../..')
const commands = docPages().flatMap(docCommands)
const on = (text: string) => docCommands({ path: 'page.md', text })

/** Files of the repository that a command names, which are not there. */
function missingFiles(text: string): readonly string[] {
  const named = [...text.matchAll(/(?:file:\/\/| -f | -k |-r )(deploy\/[\w./-]+)/g)].map((match) => match[1]!)
  // `games` is the copy that the guide makes.
  return named.filter((path) => !path.endsWith('/games') && !existsSync(join(root, path)))
}

describe('the commands of the pages (no clock)', () => {
  it('are found: those of blocks, over several lines, and those in running text', () => {
    const page =
      'See `npm run check`.\n```\nkubectl get pods   # all\n\nA=1 vault write x \\\n  y=z | cat\nB=$(kubectl version)\n```\n```\n{ schema }\n```\n'
    expect(on(page).map(({ line, text }) => `${line} ${text}`)).toEqual([
      '1 npm run check',
      '3 kubectl get pods',
      '5 A=1 vault write x y=z | cat',
      '7 B=$(kubectl version)',
    ])
    expect(() => on('```\nnpm test\noops\n```')).toThrow('page.md:3: a line among commands that is none: oops')
    expect(() => on('```\nnpm test\n')).toThrow('page.md:1: a block that does not end')
  })

  it('are each run by docs.test.ts, or not for a reason that is written down', () => {
    expect(commands.length).toBeGreaterThan(100)
    const unknown = commands.filter((command) => docRuleOf(command) === null)
    expect(unknown.map(({ page, line, text }) => `${page}:${line}: ${text}`)).toEqual([])
  })

  it('leave no rule without a command', () => {
    const used = new Set(commands.map(docRuleOf))
    expect(DOC_RULES.filter((rule) => !used.has(rule)).map(({ match }) => String(match))).toEqual([])
  })

  it('name files that are there', () => {
    expect(missingFiles('aws iam x --policy-document file://deploy/iam/nothing.json')).toEqual(['deploy/iam/nothing.json'])
    expect(commands.flatMap(({ text }) => missingFiles(text))).toEqual([])
  })

  it('run what the image runs', () => {
    const inPod = commands.filter(({ text }) => / exec /.test(text))
    expect(inPod.length).toBeGreaterThan(0)
    const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))![1]!) as readonly string[]
    expect(inPod.filter(({ text }) => !text.includes(` -- ${entry.join(' ')} `))).toEqual([])
  })
})
