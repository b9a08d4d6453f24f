import { canonicalCidr } from '../shared/cidr-text.ts'
import { RIGHT_TAGS, wrongTags } from '../shared/wrong-tag.ts'
import { LOAD_BALANCER_ATTRIBUTES, readAttributes } from './attributes.ts'
import type { Attributes } from './observed.ts'
import type { Reader } from './reader.ts'
import { isSslPolicy } from './ssl-policies.ts'

export type ListenPort = { readonly protocol: 'HTTP' | 'HTTPS'; readonly port: number }

/** What one Ingress says about the load balancer it shares; absent: it leaves it to others, or to the default. */
export type BalancerSettings = {
  readonly scheme: 'internal' | 'internet-facing' | undefined
  readonly ipAddressType: 'ipv4' | 'dualstack' | undefined
  readonly sslPolicy: string | undefined
  readonly sslRedirect: number | undefined
  readonly name: string | undefined
  readonly attributes: Attributes | undefined
  readonly subnets: readonly string[] | undefined
  readonly securityGroups: readonly string[] | undefined
}

export type SharedSettings = {
  readonly listenPorts: readonly ListenPort[] | undefined
  readonly certificateArns: readonly string[]
  readonly inboundCidrs: readonly string[] | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly order: number
}

const ARN = /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/

export function balancerSettings(read: Reader): BalancerSettings {
  const name = read.text('load-balancer-name')
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html (Name)
  const nameIsRight =
    name === undefined || (/^(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name) && name !== '')
  const groups = read.list('security-groups')
  // Names would have to be looked up; ids are what every guide shows.
  const groupsAreRight = groups === undefined || groups.every((item) => /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(item))
  const subnets = read.list('subnets')
  const policy = read.text('ssl-policy')
  return {
    scheme: read.oneOf('scheme', ['internal', 'internet-facing']),
    ipAddressType: read.oneOf('ip-address-type', ['ipv4', 'dualstack']),
    sslPolicy:
      policy === undefined || isSslPolicy(policy)
        ? policy
        : read.refuse(
            'ssl-policy',
            'the name of a security policy of Elastic Load Balancing, such as ELBSecurityPolicy-TLS13-1-2-2021-06',
          ),
    sslRedirect: read.integer('ssl-redirect', 1, 65535),
    name: nameIsRight
      ? name
      : read.refuse('load-balancer-name', 'at most 32 letters, digits and hyphens, not beginning with internal-'),
    attributes: readAttributes(read, 'load-balancer-attributes', LOAD_BALANCER_ATTRIBUTES),
    subnets,
    securityGroups: groupsAreRight
      ? groups
      : read.refuse('security-groups', 'ids of security groups (sg-…); names are not supported yet'),
  }
}

export function sharedSettings(read: Reader): SharedSettings {
  const arns = read.list('certificate-arn') ?? []
  if (!arns.every((arn) => ARN.test(arn))) read.refuse('certificate-arn', 'ARNs of ACM certificates')
  const cidrs = read.list('inbound-cidrs')
  const tags = read.map('tags') ?? {}
  const wrong = wrongTags(tags)
  return {
    listenPorts: listenPorts(read),
    certificateArns: arns.filter((arn) => ARN.test(arn)),
    inboundCidrs:
      cidrs?.every((cidr) => canonicalCidr(cidr) !== null) === false
        ? read.refuse('inbound-cidrs', 'IPv4 or IPv6 CIDRs such as 10.0.0.0/8')
        : cidrs,
    tags: wrong === null ? tags : (read.refuse('tags', RIGHT_TAGS, wrong) ?? {}),
    order: read.integer('group.order', -1000, 1000) ?? 0,
  }
}

function listenPorts(read: Reader): readonly ListenPort[] | undefined {
  const text = read.text('listen-ports')
  if (text === undefined) return undefined
  const expected = 'JSON like [{"HTTP":80},{"HTTPS":443}], each port once'
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return read.refuse('listen-ports', expected, 'it is not JSON')
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return read.refuse('listen-ports', expected)
  const ports: ListenPort[] = []
  for (const entry of parsed as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null) return read.refuse('listen-ports', expected)
    for (const [protocol, port] of Object.entries(entry)) {
      if (protocol !== 'HTTP' && protocol !== 'HTTPS')
        return read.refuse('listen-ports', expected, `${protocol} is not a protocol`)
      if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535)
        return read.refuse('listen-ports', expected, `${String(port)} is not a port`)
      if (ports.some((item) => item.port === port)) return read.refuse('listen-ports', expected, `port ${port} is there twice`)
      ports.push({ protocol, port })
    }
  }
  if (ports.length === 0) return read.refuse('listen-ports', expected, 'there is no port')
  return ports.sort((a, b) => a.port - b.port)
}
