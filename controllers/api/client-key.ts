import { isIPv6, SocketAddress } from 'node:net'

/** What counts as one client: an IPv4 address, or the network of an IPv6 address, since whoever has one has all of its /64. */
export function clientKey(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = new SocketAddress({ address: plain, family: 'ipv6' }).address.split('::')
  const first = head.split(':').filter((part) => part !== '')
  const last = tail === undefined ? [] : tail.split(':').filter((part) => part !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`
}

/** IPv4 as IPv4, also where the socket speaks both. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}
