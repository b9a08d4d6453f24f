/** `a|b`: one of these; `text`: any but none; two numbers: a whole number between them. */
export type Listed = string | readonly [from: number, to: number]

const flag = 'true|false'
const logs = (name: string): Readonly<Record<string, Listed>> => ({ [`${name}.s3.enabled`]: 'false' })

/** As AWS lists them, as far as a random value needs. */
export const LISTS = {
  policies: [
    ...['ELBSecurityPolicy-TLS13-1-2-2021-06', 'ELBSecurityPolicy-TLS13-1-3-2021-06', 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06'],
    ...['ELBSecurityPolicy-2016-08', 'ELBSecurityPolicy-TLS-1-2-2017-01', 'ELBSecurityPolicy-FS-1-2-Res-2020-10'],
  ],
  loadBalancer: {
    ...logs('access_logs'),
    ...logs('connection_logs'),
    'idle_timeout.timeout_seconds': [1, 4000],
    'client_keep_alive.seconds': [60, 604_800],
    'routing.http2.enabled': flag,
    'routing.http.drop_invalid_header_fields.enabled': flag,
    'routing.http.xff_client_port.enabled': flag,
    'routing.http.desync_mitigation_mode': 'monitor|defensive|strictest',
    'routing.http.xff_header_processing.mode': 'append|preserve|remove',
    'waf.fail_open.enabled': flag,
  },
  targetGroup: {
    'deregistration_delay.timeout_seconds': [0, 3600],
    'stickiness.enabled': flag,
    'stickiness.type': 'lb_cookie',
    'stickiness.lb_cookie.duration_seconds': [1, 604_800],
    'load_balancing.algorithm.type': 'round_robin|least_outstanding_requests',
    'slow_start.duration_seconds': '0',
    'load_balancing.cross_zone.enabled': `${flag}|use_load_balancer_configuration`,
  },
} as const satisfies { readonly policies: readonly string[] } & Record<string, unknown>
