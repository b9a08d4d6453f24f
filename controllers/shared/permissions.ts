/** One statement of an IAM policy. `on`: `any` resource; only `ours` (by resource tag); `creating` something of ours (by request tag). */
export type AwsPermission = {
  readonly actions: readonly string[]
  readonly on: 'any' | 'ours' | 'creating'
  /** To tag, only in the very calls that make what is tagged; whoever may tag what is there may call it ours. */
  readonly within?: readonly string[]
  readonly why: string
}

/** One RBAC rule. `scope`: the whole `cluster`, or Fairlead's `own` namespace. */
export type KubernetesPermission = {
  readonly group: string
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly scope: 'cluster' | 'own'
  readonly why: string
}

/** A path in a Vault policy, with `{mount}` and `{role}` of each profile filled in. */
export type VaultPermission = { readonly path: string; readonly capabilities: readonly string[]; readonly why: string }

/** What a part of Fairlead may do: the source of its RBAC, IAM and Vault policy. */
export type Permissions = {
  readonly name: string
  readonly aws: readonly AwsPermission[]
  readonly kubernetes: readonly KubernetesPermission[]
  readonly vault: readonly VaultPermission[]
}
