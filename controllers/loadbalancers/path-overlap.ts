/** Whether one request could match both of two lists of path values (none: any path); when in doubt, yes. */
export function overlap(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 0 || b.length === 0) return true
  return a.some((one) => b.some((other) => mayMeet(one, other)))
}

function mayMeet(a: string, b: string): boolean {
  const [stemA, stemB] = [stemOf(a), stemOf(b)]
  if (stemA === a && stemB === b) return a === b
  if (stemA === a) return a.startsWith(stemB)
  if (stemB === b) return b.startsWith(stemA)
  return stemA.startsWith(stemB) || stemB.startsWith(stemA)
}

/** What stands before the first wildcard. */
function stemOf(value: string): string {
  const wild = value.search(/[*?]/)
  return wild < 0 ? value : value.slice(0, wild)
}
