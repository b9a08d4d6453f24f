/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html, without their common prefix. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['TLS13-1-3-2021-06', 'TLS13-1-2-2021-06', 'TLS13-1-2-Res-2021-06', 'TLS13-1-2-Ext1-2021-06', 'TLS13-1-2-Ext2-2021-06'],
  ...['TLS13-1-1-2021-06', 'TLS13-1-0-2021-06'],
  ...['TLS13-1-3-PQ-2025-09', 'TLS13-1-2-PQ-2025-09', 'TLS13-1-2-Res-PQ-2025-09', 'TLS13-1-2-Ext1-PQ-2025-09'],
  ...['TLS13-1-2-Ext2-PQ-2025-09', 'TLS13-1-0-PQ-2025-09'],
  ...['TLS13-1-3-FIPS-2023-04', 'TLS13-1-2-FIPS-2023-04', 'TLS13-1-2-Res-FIPS-2023-04', 'TLS13-1-2-Ext0-FIPS-2023-04'],
  ...['TLS13-1-2-Ext1-FIPS-2023-04', 'TLS13-1-2-Ext2-FIPS-2023-04', 'TLS13-1-1-FIPS-2023-04', 'TLS13-1-0-FIPS-2023-04'],
  ...['TLS-1-2-Ext-2018-06', 'TLS-1-2-2017-01', 'TLS-1-1-2017-01', '2016-08', '2015-05', 'TLS-1-0-2015-04'],
  ...['FS-1-2-Res-2020-10', 'FS-1-2-Res-2019-08', 'FS-1-2-2019-08', 'FS-1-1-2019-08', 'FS-2018-06'],
])
/** When the newest of these was made: AWS may have added others since, with a later date in their names. */
const NEWEST = '2025-09'

export function isSslPolicy(name: string): boolean {
  const match = /^ELBSecurityPolicy-((?:[A-Za-z0-9]+-){0,8}(20\d\d-(?:0[1-9]|1[0-2])))$/.exec(name)
  return match !== null && (KNOWN.has(match[1] ?? '') || (match[2] ?? '') > NEWEST)
}
