/**
 * Why a load balancer cannot match a host, as what it would have to be; null: it can. A name of DNS need not be one of its: "You can
 * include only alphabetical characters after the final '.' character", and 128 in all.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HostHeaderConditionConfig.html
 */
export function hostFault(host: string): string | null {
  if (host.length > 128) return 'at most 128 characters'
  return /\.[a-z]+$/.test(host)
    ? null
    : 'a host whose last label has letters only, which leaves out internationalised ones (xn--…)'
}
