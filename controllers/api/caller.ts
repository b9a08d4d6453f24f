/** What a request wants to see. */
export type Wanted =
  | { readonly what: 'metrics' }
  /** One object, or with `name: null` all of a namespace. */
  | { readonly what: 'status'; readonly namespace: string; readonly name: string | null }

/** Who asks, and what they may see. */
export type Caller = {
  /** For the log; never anything secret. */
  readonly name: string
  may(wanted: Wanted): Promise<boolean>
  /** The namespaces whose objects are listed for a caller who names none; 'all' for all of them. */
  namespaces(): Promise<'all' | readonly string[]>
}

export type Sees = { readonly namespaces: readonly string[]; readonly metrics: boolean }

/** A caller whose rights stand in the configuration. */
export function configuredCaller(name: string, sees: readonly Sees[]): Caller {
  const namespaces = new Set(sees.flatMap((one) => one.namespaces))
  const all = namespaces.has('*')
  return {
    name,
    may: async (wanted) =>
      wanted.what === 'metrics' ? sees.some((one) => one.metrics) : all || namespaces.has(wanted.namespace),
    namespaces: async () => (all ? 'all' : [...namespaces].sort()),
  }
}
