// What a value may be, written down from the documents of AWS and of the AWS Load Balancer Controller, apart from the product's parsers:
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/ and the ELBv2 API reference.
import { LISTS, type Listed } from './annotation-lists.ts'

type Oracle = (value: string) => boolean

const word =
  (...words: readonly string[]): Oracle =>
  (value) =>
    words.includes(value)
const whole =
  (from: number, to: number): Oracle =>
  (value) =>
    /^-?[0-9]{1,9}$/.test(value) && +value >= from && +value <= to
const pattern =
  (is: RegExp): Oracle =>
  (value) =>
    is.test(value)
const each =
  (is: Oracle): Oracle =>
  (value) => {
    const items = value.split(',').flatMap((item) => item.trim() || [])
    return items.length > 0 && items.every(is)
  }
const pairs =
  (is: (key: string, value: string) => boolean): Oracle =>
  (value) =>
    each((item) => {
      const at = item.indexOf('=')
      return at > 0 && !/\s/.test(item.slice(0, at)) && is(item.slice(0, at), item.slice(at + 1).trim())
    })(value)
const anything: Oracle = () => true

const CIDR4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)\/0{0,2}(3[0-2]|[12]?\d)$/
const CIDR6 = /^(?=.*:)[0-9a-f:]{2,39}(\.\d+){0,3}\/0{0,2}(12[0-8]|1[01]\d|\d?\d)$/i
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const listed =
  (names: Readonly<Record<string, Listed>>) =>
  (key: string, value: string): boolean => {
    const is = Object.hasOwn(names, key) ? names[key] : undefined
    if (is === undefined) return false
    if (is === 'text') return value !== ''
    if (typeof is === 'string') return is.split('|').includes(value)
    return /^\d{1,7}$/.test(value) && +value >= is[0] && +value <= is[1]
  }

function listenPorts(value: string): boolean {
  try {
    const list = JSON.parse(value) as unknown
    if (!Array.isArray(list)) return false
    const ports = list.flatMap((item: unknown): readonly (readonly [string, unknown])[] =>
      typeof item === 'object' && item !== null ? Object.entries(item) : [['nothing', 0]],
    )
    const right = ports.every(
      ([protocol, port]) =>
        /^HTTPS?$/.test(protocol) && Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535,
    )
    return right && ports.length > 0 && new Set(ports.map(([, port]) => port)).size === ports.length
  } catch {
    return false
  }
}

/** Of these an Ingress with a wrong value is held, or the paths to a Service with one. Values are trimmed first, as Kubernetes' own are. */
export const ALB_ORACLE: Readonly<Record<string, Oracle>> = {
  scheme: word('internal', 'internet-facing'),
  'ip-address-type': word('ipv4', 'dualstack'),
  subnets: each(anything),
  'security-groups': each(pattern(/^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/)),
  'ssl-policy': word(...LISTS.policies),
  'ssl-redirect': whole(1, 65_535),
  'load-balancer-name': (value) => /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/i.test(value) && !value.startsWith('internal-'),
  'load-balancer-attributes': pairs(listed(LISTS.loadBalancer)),
  'group.name': pattern(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/),
  'group.order': whole(-1000, 1000),
  'listen-ports': listenPorts,
  'certificate-arn': each(pattern(/^arn:aws(-cn|-us-gov)?:acm:[a-z]{2}(-[a-z]+)+-\d:\d{12}:certificate\/[A-Za-z0-9-]+$/)),
  'inbound-cidrs': each((item) => CIDR4.test(item) || (CIDR6.test(item) && isAddress(item))),
  tags: pairs(
    (key, value) => key.length <= 128 && value.length <= 256 && TAG.test(key + value) && !/^(aws:|fairlead\.dev\/)/i.test(key),
  ),
}
export const BACKEND_ORACLE: Readonly<Record<string, Oracle>> = {
  'target-type': word('instance', 'ip'),
  'backend-protocol': word('HTTP', 'HTTPS'),
  'backend-protocol-version': word('HTTP1', 'HTTP2', 'GRPC'),
  'target-group-attributes': pairs(listed(LISTS.targetGroup)),
  'healthcheck-protocol': word('HTTP', 'HTTPS'),
  'healthcheck-port': (value) => value === 'traffic-port' || (/^[0-9]+$/.test(value) && whole(1, 65_535)(value)),
  'healthcheck-path': pattern(/^\/[\x21-\x7e]{0,1023}$/),
  'healthcheck-interval-seconds': whole(5, 300),
  'healthcheck-timeout-seconds': whole(2, 120),
  'healthy-threshold-count': whole(2, 10),
  'unhealthy-threshold-count': whole(2, 10),
  // Which of the two ranges counts is the protocol's.
  'success-codes': each((item) => {
    const [low = '', high = low, ...rest] = item.replaceAll(' ', '').split('-')
    return rest.length === 0 && [low, high].every((code) => /^\d{1,3}$/.test(code) && +code <= 499) && +low <= +high
  }),
}
export const FAIRLEAD_ORACLE: Readonly<Record<string, Oracle>> = {
  certificate: pattern(/^(vault|none|arn:aws:acm:us-east-1:111111111111:certificate\/[A-Za-z0-9-]+)$/),
  'certificate-profile': word('default'),
  zone: pattern(/^Z[0-9A-Z]{1,31}$/),
}

function isAddress(cidr: string): boolean {
  return URL.canParse(`http://[${cidr.split('/')[0]}]/`)
}
