import { describe, expect, it } from 'vitest'
import { canonicalCidr } from '../../../controllers/shared/cidr-text.ts'

describe('CIDRs as EC2 writes them (no clock)', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['10.1.255.3/17', '10.1.128.0/17'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.168.1.1/016', '192.168.0.0/16'],
    ['2001:DB8:0:0:0:0:0:1/64', '2001:db8::/64'],
    ['2001:db8:ffff:ffff::/33', '2001:db8:8000::/33'],
    ['::1/128', '::1/128'],
    ['fe80::1:2/127', 'fe80::1:2/127'],
    ['::ffff:10.1.2.3/120', '::ffff:a01:200/120'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical)
  })

  it.each(['10.0.0.0', '10.0.0.0/33', '::/129', 'fe80::1%eth0/64', '10.0.0/8', '/8', '', '10.0.0.0/8/8', '10.0.0.0/ 8', 'a/8'])(
    '%j is none',
    (text) => {
      expect(canonicalCidr(text)).toBeNull()
    },
  )
})
