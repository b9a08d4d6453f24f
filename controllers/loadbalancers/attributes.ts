import type { Attributes } from './observed.ts'
import type { Reader } from './reader.ts'

/** One of these; a whole number between two, and where it says so `off` or another; or text that has this form. */
type Values = readonly string[] | { readonly from: number; readonly to: number; readonly or?: string } | RegExp
export type AttributeTable = {
  readonly values: Readonly<Record<string, Values>>
  /** What several say together and may not. */
  readonly conflict: (given: Attributes) => string | null
}

const FLAG = ['true', 'false']
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; empty: none. */
const BUCKET = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/
const PREFIX = /^(?!.*AWSLogs)[^\s/][\x21-\x7e]{0,255}$|^$/
const WEEK = 604_800
const LOGS = ['access_logs', 'connection_logs', 'health_check_logs']

/** Of an application load balancer: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html */
export const LOAD_BALANCER_ATTRIBUTES: AttributeTable = {
  values: {
    'deletion_protection.enabled': FLAG,
    'ipv6.deny_all_igw_traffic': FLAG,
    // Always on for an application load balancer.
    'load_balancing.cross_zone.enabled': ['true'],
    'zonal_shift.config.enabled': FLAG,
    'idle_timeout.timeout_seconds': { from: 1, to: 4000 },
    'client_keep_alive.seconds': { from: 60, to: WEEK },
    ...Object.fromEntries(
      LOGS.flatMap((log): [string, Values][] => [
        [`${log}.s3.enabled`, FLAG],
        [`${log}.s3.bucket`, BUCKET],
        [`${log}.s3.prefix`, PREFIX],
      ]),
    ),
    'routing.http.desync_mitigation_mode': ['monitor', 'defensive', 'strictest'],
    'routing.http.drop_invalid_header_fields.enabled': FLAG,
    'routing.http.preserve_host_header.enabled': FLAG,
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': FLAG,
    'routing.http.xff_client_port.enabled': FLAG,
    'routing.http.xff_header_processing.mode': ['append', 'preserve', 'remove'],
    'routing.http2.enabled': FLAG,
    'waf.fail_open.enabled': FLAG,
  },
  conflict(given) {
    const log = LOGS.find((name) => given[`${name}.s3.enabled`] === 'true' && !given[`${name}.s3.bucket`])
    if (log !== undefined) return `${log}.s3.enabled needs ${log}.s3.bucket`
    return Object.keys(given).length > 20 ? 'AWS takes up to 20 at once' : null
  },
}

const COUNT = { from: 1, to: 1000 }
const OFF_OR_PERCENT = { from: 1, to: 100, or: 'off' }

/** Of a target group of instances or addresses: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html */
export const TARGET_GROUP_ATTRIBUTES: AttributeTable = {
  values: {
    'deregistration_delay.timeout_seconds': { from: 0, to: 3600 },
    'stickiness.enabled': FLAG,
    'stickiness.type': ['lb_cookie', 'app_cookie'],
    'stickiness.lb_cookie.duration_seconds': { from: 1, to: WEEK },
    // Those that begin with AWSALB are the load balancer's own.
    'stickiness.app_cookie.cookie_name': /^(?!AWSALB)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/,
    'stickiness.app_cookie.duration_seconds': { from: 1, to: WEEK },
    'slow_start.duration_seconds': { from: 30, to: 900, or: '0' },
    'load_balancing.algorithm.type': ['round_robin', 'least_outstanding_requests', 'weighted_random'],
    'load_balancing.algorithm.anomaly_mitigation': ['on', 'off'],
    'load_balancing.cross_zone.enabled': [...FLAG, 'use_load_balancer_configuration'],
    'target_group_health.dns_failover.minimum_healthy_targets.count': { ...COUNT, or: 'off' },
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': OFF_OR_PERCENT,
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': COUNT,
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': OFF_OR_PERCENT,
  },
  conflict(given) {
    if (given['stickiness.type'] === 'app_cookie' && !given['stickiness.app_cookie.cookie_name'])
      return 'stickiness.type=app_cookie needs stickiness.app_cookie.cookie_name'
    const algorithm = given['load_balancing.algorithm.type'] ?? 'round_robin'
    if ((given['slow_start.duration_seconds'] ?? '0') !== '0' && algorithm !== 'round_robin')
      return 'slow_start.duration_seconds needs load_balancing.algorithm.type=round_robin'
    if (given['load_balancing.algorithm.anomaly_mitigation'] === 'on' && algorithm !== 'weighted_random')
      return 'load_balancing.algorithm.anomaly_mitigation=on needs load_balancing.algorithm.type=weighted_random'
    return null
  },
}

/** Attributes that AWS would take; absent, with a finding, where it would refuse one, since it then takes none. */
export function readAttributes(read: Reader, name: string, table: AttributeTable): Attributes | undefined {
  const given = read.map(name)
  if (given === undefined) return undefined
  for (const [key, value] of Object.entries(given)) {
    const values = Object.hasOwn(table.values, key) ? table.values[key] : undefined
    if (values === undefined) return read.refuse(name, 'attributes that AWS knows', `${JSON.stringify(key)} is none`)
    if (!isOneOf(value, values)) return read.refuse(name, `${key}=${textOf(values)}`, `${key} is ${JSON.stringify(value)}`)
  }
  const conflict = table.conflict(given)
  return conflict === null ? given : read.refuse(name, 'attributes that go together', conflict)
}

function isOneOf(value: string, values: Values): boolean {
  if (values instanceof RegExp) return values.test(value)
  if (!('from' in values)) return values.includes(value)
  return value === values.or || (/^\d{1,9}$/.test(value) && Number(value) >= values.from && Number(value) <= values.to)
}

function textOf(values: Values): string {
  if (values instanceof RegExp) return 'a name that AWS takes'
  if (!('from' in values)) return values.join('|')
  return `${values.or === undefined ? '' : `${values.or} or `}${values.from} to ${values.to}`
}
