import { describe, expect, it } from 'vitest'
import type { Zone } from '../../../controllers/dns/observed.ts'
import { zoneFor } from '../../../controllers/dns/zones.ts'

const zone = (id: string, name: string, isPrivate = false): Zone => ({ id, name, private: isPrivate })
const zones = [
  zone('Z1', 'example.com'),
  zone('Z2', 'app.example.com'),
  zone('Z3', 'example.com', true),
  zone('Z4', 'twice.org'),
  zone('Z5', 'twice.org'),
  zone('Z6', 'inside.net', true),
]
const chosen = (host: string, scheme: 'internal' | 'internet-facing', pin: string | null = null) => {
  const choice = zoneFor(host, scheme, pin, zones)
  return choice.kind === 'zone' ? choice.zone.id : choice.kind
}

describe('the zone of a host (no clock)', () => {
  it.each([
    ['www.example.com', 'internet-facing', 'Z1'],
    ['www.example.com', 'internal', 'Z3'],
    ['x.app.example.com', 'internet-facing', 'Z2'],
    ['app.example.com', 'internet-facing', 'Z2'],
    ['x.app.example.com', 'internal', 'Z3'],
    ['notexample.com', 'internet-facing', 'none'],
    ['a.inside.net', 'internet-facing', 'none'],
    ['a.inside.net', 'internal', 'Z6'],
    ['a.twice.org', 'internal', 'ambiguous'],
  ] as const)('%s of an %s load balancer: %s', (host, scheme, expected) => expect(chosen(host, scheme)).toBe(expected))

  it('is the one it is pinned to, if that holds it', () => {
    expect(chosen('x.app.example.com', 'internet-facing', 'Z1')).toBe('Z1')
    expect(chosen('a.twice.org', 'internet-facing', 'Z5')).toBe('Z5')
    expect(chosen('a.twice.org', 'internet-facing', 'Z1')).toBe('bad-pin')
    expect(chosen('a.twice.org', 'internet-facing', 'Z9')).toBe('bad-pin')
  })
})
