/**
 * A CIDR in the one form that EC2 keeps and shows: host bits cleared, IPv6 in lower case and shortened.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
 */
export function canonicalCidr(cidr: string): string {
  const [address = '', given] = cidr.split('/')
  const wide = address.includes(':')
  const length = Number(given ?? (wide ? 128 : 32))
  const groups = wide ? groupsOf(address) : address.split('.').map(Number)
  const bits = wide ? 16 : 8
  const kept = groups.map((group, index) => {
    const clear = Math.min(bits, Math.max(0, (index + 1) * bits - length))
    return Math.floor(group / 2 ** clear) * 2 ** clear
  })
  return `${wide ? shortened(kept) : kept.join('.')}/${length}`
}

/** The eight groups of an IPv6 address, whose last two may be written as an IPv4 address. */
function groupsOf(address: string): readonly number[] {
  const [head = [], tail] = address.split('::').map((side) => (side === '' ? [] : side.split(':').flatMap(groupOf)))
  if (tail === undefined) return head
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

function groupOf(text: string): readonly number[] {
  if (!text.includes('.')) return [Number.parseInt(text, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

/** RFC 5952: the longest run of at least two zero groups, the first of equally long ones, is `::`. */
function shortened(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16))
  let best = { start: 0, length: 1 }
  for (let start = 0; start < 8; start++) {
    const end = groups.findIndex((group, index) => index >= start && group !== 0)
    const length = (end < 0 ? 8 : end) - start
    if (length > best.length) best = { start, length }
  }
  if (best.length < 2) return text.join(':')
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`
}
