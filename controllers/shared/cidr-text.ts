import { isIPv4, isIPv6 } from 'node:net'

/** A CIDR as EC2 writes it: without host bits (10.1.2.3/8 is 10.0.0.0/8), IPv6 in its shortest form (RFC 5952); null if it is none. */
export function canonicalCidr(text: string): string | null {
  const [address = '', length = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(length)) return null
  const bits = Number(length)
  if (isIPv4(address) && bits <= 32) return `${masked(address.split('.').map(Number), 8, bits).join('.')}/${bits}`
  // A zone (`%eth0`) is one machine's own affair.
  if (!isIPv6(address) || address.includes('%') || bits > 128) return null
  const groups = masked(groupsOf(address), 16, bits).map((group) => group.toString(16))
  return `${shortest(groups.join(':'))}/${bits}`
}

function masked(parts: readonly number[], width: number, bits: number): readonly number[] {
  return parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width))
    const size = 2 ** (width - kept)
    return Math.floor(part / size) * size
  })
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = shortest(address).split('::')
  const numbers = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : [])
  const [first, last] = [numbers(head), numbers(tail)]
  return tail === undefined ? first : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}

/** As URLs have it, which is RFC 5952; a dotted end becomes two groups. */
const shortest = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1)
