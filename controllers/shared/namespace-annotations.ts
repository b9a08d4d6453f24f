/** An annotation that counts on a Namespace, as its documentation has it. */
export type NamespaceAnnotation = { readonly type: string; readonly default: string; readonly does: string }

const quota = (what: string): NamespaceAnnotation => ({
  type: 'whole number from 0',
  default: 'as many as asked for',
  does: `${what} that the namespace may have. The smaller of this and the configuration counts.`,
})

/** Our own annotations on a Namespace, by name without the prefix. */
export const NAMESPACE_TABLE: Readonly<Record<string, NamespaceAnnotation>> = {
  'allowed-hosts': {
    type: '`shop.example.com`, `*.example.com` (one label), `**.example.com` (one or more) or `*`, comma-separated',
    default: '`tenancy.unlisted`: any host that no other namespace has, or none',
    does: 'Hosts that its Ingresses may have.',
  },
  'allowed-profiles': {
    type: 'names of profiles, or `*`, comma-separated',
    default: 'every profile; with `tenancy.unlisted: deny` the default one',
    does: 'Certificate profiles that its Ingresses may use.',
  },
  'allowed-accounts': {
    type: 'names of accounts, or `*`, comma-separated',
    default: 'every account; with `tenancy.unlisted: deny` the home account',
    does: 'AWS accounts that its Ingresses may use.',
  },
  'quota-load-balancers': quota('Load balancers'),
  'quota-certificates': quota('Certificates from Vault'),
  'quota-records': quota('Hosts with records'),
  paused: {
    type: '`true` or `false`',
    default: '`false`',
    does: 'Nothing is written for any object in it. See the safety guide.',
  },
}
