/** One line of Vault's audit log. https://developer.hashicorp.com/vault/docs/audit/schema */
export type VaultAudited = {
  readonly type: 'request' | 'response'
  readonly auth?: { readonly metadata?: Readonly<Record<string, string>> | null }
  readonly error?: string
  readonly request?: { readonly operation: string; readonly path: string }
}

/** The capability that an allowed request of a ServiceAccount needed. */
export function usedCapabilities(
  { type, auth, error, request }: VaultAudited,
  account: { readonly namespace: string; readonly name: string },
): readonly string[] {
  const { service_account_namespace: namespace, service_account_name: name } = auth?.metadata ?? {}
  if (type !== 'response' || request === undefined || (error ?? '').includes('permission denied')) return []
  return namespace === account.namespace && name === account.name ? [`${request.operation} ${request.path}`] : []
}
