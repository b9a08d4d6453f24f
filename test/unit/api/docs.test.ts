import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../../controllers/api/problem.ts'
import { ROUTES } from '../../../controllers/api/routes.ts'

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/http.md'), 'utf8')

describe('the guide to HTTP (no clock)', () => {
  it('has every code a request can be refused with, its status and what it means', () => {
    const rows = Object.entries(PROBLEMS).map(([code, { status, means }]) => `| ${status} | \`${code}\` | ${means} |`)
    expect(guide.match(/^\| \d{3} \|.*$/gm)).toEqual(rows)
  })

  it('has every path', () => {
    const paths = ROUTES.map(({ path }) => path.replace('{kind}', 'Ingress'))
    expect([...guide.matchAll(/^\| `(\/[^`]+)` \|/gm)].map((match) => match[1]).sort()).toEqual(paths.sort())
  })
})
