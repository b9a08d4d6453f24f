import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedFiles } from '../support/generated.ts'

describe('generated files (no clock)', () => {
  it.each(Object.entries(generatedFiles()))('%s is what its sources say; else run npm run generate', (path, text) => {
    expect(readFileSync(join(import.meta.dirname, '../..', path), 'utf8')).toBe(text)
  })
})
