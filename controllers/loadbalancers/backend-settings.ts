import { readAttributes, TARGET_GROUP_ATTRIBUTES } from './attributes.ts'
import type { Attributes, HealthCheck } from './observed.ts'
import type { Reader } from './reader.ts'

/** What the annotations of a Service, or else of the Ingress, say about a target group. */
export type BackendSettings = {
  readonly targetType: 'instance' | 'ip'
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly attributes: Attributes
  readonly healthCheck: HealthCheck
}

/** Defaults of the AWS Load Balancer Controller; bounds: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export function backendSettings(read: Reader, defaultTargetType: 'instance' | 'ip'): BackendSettings {
  const protocol = read.oneOf('backend-protocol', ['HTTP', 'HTTPS']) ?? 'HTTP'
  const protocolVersion = read.oneOf('backend-protocol-version', ['HTTP1', 'HTTP2', 'GRPC']) ?? 'HTTP1'
  const grpc = protocolVersion === 'GRPC'
  const interval = read.integer('healthcheck-interval-seconds', 5, 300) ?? 15
  const timeout = read.integer('healthcheck-timeout-seconds', 2, 120) ?? Math.min(5, interval - 1)
  if (timeout >= interval) read.refuse('healthcheck-timeout-seconds', `less than the interval of ${interval} seconds`)
  return {
    targetType: read.oneOf('target-type', ['instance', 'ip']) ?? defaultTargetType,
    protocol,
    protocolVersion,
    attributes: readAttributes(read, 'target-group-attributes', TARGET_GROUP_ATTRIBUTES) ?? {},
    healthCheck: {
      HealthCheckProtocol: read.oneOf('healthcheck-protocol', ['HTTP', 'HTTPS']) ?? 'HTTP',
      HealthCheckPort: checkPort(read),
      HealthCheckPath: checkPath(read) ?? (grpc ? '/AWS.ALB/healthcheck' : '/'),
      HealthCheckIntervalSeconds: interval,
      HealthCheckTimeoutSeconds: timeout,
      HealthyThresholdCount: read.integer('healthy-threshold-count', 2, 10) ?? 2,
      UnhealthyThresholdCount: read.integer('unhealthy-threshold-count', 2, 10) ?? 2,
      Matcher: matcher(read, grpc) ?? (grpc ? '12' : '200'),
    },
  }
}

function checkPort(read: Reader): string {
  const port = read.text('healthcheck-port')
  if (port === undefined || port === 'traffic-port') return 'traffic-port'
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535) return String(Number(port))
  read.refuse('healthcheck-port', 'traffic-port or a port number; names of ports are not supported yet')
  return 'traffic-port'
}

function checkPath(read: Reader): string | undefined {
  const path = read.text('healthcheck-path')
  if (path === undefined || /^\/[!-~]{0,1023}$/.test(path)) return path
  return read.refuse('healthcheck-path', 'a path that begins with /, without spaces, of at most 1024 characters')
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html: 200-499, or 0-99 for gRPC. */
function matcher(read: Reader, grpc: boolean): string | undefined {
  const text = read.text('success-codes')
  if (text === undefined) return undefined
  const [least, most] = grpc ? [0, 99] : [200, 499]
  const codes = text.replaceAll(' ', '').split(',')
  const right = codes.every((part) => {
    if (!/^\d{1,3}(-\d{1,3})?$/.test(part)) return false
    const [low = 0, high = low] = part.split('-').map(Number)
    return low >= least && high <= most && low <= high
  })
  return right ? codes.join(',') : read.refuse('success-codes', `codes or ranges from ${least} to ${most}, such as 200,301-308`)
}
