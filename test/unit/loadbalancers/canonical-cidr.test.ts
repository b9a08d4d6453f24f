import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalCidr } from '../../../controllers/loadbalancers/canonical-cidr.ts'
import { ec2Cidr } from '../../support/ec2-permissions.ts'

describe('the form of a CIDR (no clock)', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['192.168.1.129/025', '192.168.1.128/25'],
    ['::0/0', '::/0'],
    ['2001:DB8:0::/48', '2001:db8::/48'],
    ['2001:db8:0:0:1::1/63', '2001:db8::/63'],
    ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
    ['1:0:0:2:0:0:0:3/128', '1:0:0:2::3/128'],
    ['1:0:0:2:0:0:3:4/128', '1::2:0:0:3:4/128'],
    ['::FFFF:10.1.2.3/112', '::ffff:a01:0/112'],
    ['ffff:ffff::/1', '8000::/1'],
  ])('%s is %s', (given, expected) => {
    expect(canonicalCidr(given)).toBe(expected)
    expect(canonicalCidr(expected)).toBe(expected)
  })

  it('is that of EC2 for every address and length', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`)
    const v6 = fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, length]) => `${address}/${length}`)
    fc.assert(
      fc.property(fc.oneof(v4, v6), (cidr) => {
        expect(canonicalCidr(cidr)).toBe(ec2Cidr(cidr))
      }),
    )
  })
})
