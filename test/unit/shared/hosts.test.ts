import { describe, expect, it } from 'vitest'
import { canonicalHost, covers } from '../../../controllers/shared/hosts.ts'

describe('hosts (no clock)', () => {
  it.each([
    ['Web.Example.COM.', 'web.example.com'],
    ['*.example.com', '*.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a-b.example.com', 'a-b.example.com'],
  ])('%s is %s', (text, host) => expect(canonicalHost(text)).toBe(host))

  it.each([
    '',
    'localhost',
    '10.0.0.1',
    'a..b',
    '-a.example.com',
    'a_b.example.com',
    'a.*.example.com',
    '*',
    'exa mple.com',
    'example.com/x',
    'example.com#x',
    'ex%61mple.com',
    `${'a'.repeat(64)}.example.com`,
  ])('%j is not a host', (text) => expect(canonicalHost(text)).toBeNull())

  it.each([
    ['a.example.com', 'a.example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'b.a.example.com', false],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '*.example.com', true],
    ['*.com', '*.example.com', false],
    ['a.example.com', 'b.example.com', false],
  ])('%s covers %s: %s', (name, host, expected) => expect(covers(name, host)).toBe(expected))
})
