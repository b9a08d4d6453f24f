/** What a run of the product used of what deploy/ grants it, and what it asked for in vain. */
export type Usage = {
  /** In the cluster, in the words of `usedPermissions`. */
  readonly verbs: readonly string[]
  /** Requests that RBAC or IAM refused, a line each. */
  readonly forbidden: readonly string[]
  /** `loadbalancers elasticloadbalancing:AddTags`: a controller and the action that IAM was asked for. */
  readonly actions: readonly string[]
  /** `update pki_int/sign/web`: a capability of Vault and the path. */
  readonly capabilities: readonly string[]
}

const KEYS = ['verbs', 'forbidden', 'actions', 'capabilities'] as const

/** Several usages as one, each thing once. */
export function usageOf(parts: Iterable<Partial<Usage>>): Usage {
  const sets = KEYS.map((key) => [key, new Set<string>()] as const)
  for (const part of parts) for (const [key, set] of sets) for (const one of part[key] ?? []) set.add(one)
  return Object.fromEntries(sets.map(([key, set]) => [key, [...set].sort()])) as unknown as Usage
}
