/**
 * Whether one resourceVersion comes before another. Comparable as integers since Kubernetes 1.35 (KEP-5504), and always so
 * in practice with etcd; what is no integer cannot be ordered, and is then never older.
 */
export function isOlder(one: string, other: string): boolean {
  if (!INTEGER.test(one) || !INTEGER.test(other)) return false
  if (one.length !== other.length) return one.length < other.length
  return one < other
}

const INTEGER = /^(0|[1-9][0-9]*)$/
