import { BlockList, isIP } from 'node:net'
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { fitsPattern } from './rule-pattern.ts'

/** What a load balancer looks at in a request, to find its rule. */
export type RoutedRequest = {
  readonly method: string
  /** Without the port. */
  readonly host: string
  /** As it is sent, without the query. */
  readonly path: string
  /** What stands after the first `?`, as it is sent; '' for none. */
  readonly query: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The address that connects; null if nobody said. A load balancer does not look at X-Forwarded-For. */
  readonly sourceIp: string | null
}

/** Null: it cannot be told here, since the condition is a regular expression or asks for what is not known of the request. */
export type Match = boolean | null

/** A rule takes a request that meets all of its conditions; a default rule has none. */
export function matchRule(conditions: readonly RuleCondition[], request: RoutedRequest): Match {
  const met = conditions.map((condition) => matchCondition(condition, request))
  if (met.includes(false)) return false
  return met.includes(null) ? null : true
}

/**
 * A condition is met by any of its values. Hosts, header values and queries are compared in any case; paths and methods in theirs.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
 */
function matchCondition(condition: RuleCondition, request: RoutedRequest): Match {
  const met = matchValues(condition, request)
  return met || regexesOf(condition).length === 0 ? met : null
}

function matchValues(condition: RuleCondition, request: RoutedRequest): Match {
  const { Field, Values = [] } = condition
  switch (Field) {
    case 'host-header':
      return (condition.HostHeaderConfig?.Values ?? Values).some((value) => fitsAnyCase(value, request.host, false))
    case 'path-pattern':
      return (condition.PathPatternConfig?.Values ?? Values).some((value) => fitsPattern(value, request.path))
    case 'http-header': {
      const { HttpHeaderName = '', Values: wanted = [] } = condition.HttpHeaderConfig ?? {}
      const given = request.headers.filter(([name]) => name.toLowerCase() === HttpHeaderName.toLowerCase())
      return given.some(([, text]) => wanted.some((value) => fitsAnyCase(value, text, true)))
    }
    case 'http-request-method':
      // No wildcards: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpRequestMethodConditionConfig.html
      return (condition.HttpRequestMethodConfig?.Values ?? []).includes(request.method)
    case 'query-string': {
      const wanted = condition.QueryStringConfig?.Values ?? []
      const given = pairsOf(request.query)
      return wanted.some(({ Key, Value = '' }) =>
        given.some(
          ([key, text]) => (Key === undefined || Key === '' || fitsAnyCase(Key, key, true)) && fitsAnyCase(Value, text, true),
        ),
      )
    }
    case 'source-ip':
      if (request.sourceIp === null) return null
      return (condition.SourceIpConfig?.Values ?? []).some((cidr) => isIn(cidr, request.sourceIp ?? ''))
    default:
      return null
  }
}

export function regexesOf(condition: RuleCondition): readonly string[] {
  const { RegexValues, HostHeaderConfig, PathPatternConfig, HttpHeaderConfig } = condition
  return [RegexValues, HostHeaderConfig?.RegexValues, PathPatternConfig?.RegexValues, HttpHeaderConfig?.RegexValues].flatMap(
    (values) => values ?? [],
  )
}

function fitsAnyCase(pattern: string, text: string, escapes: boolean): boolean {
  return fitsPattern(pattern.toLowerCase(), text.toLowerCase(), { escapes })
}

function pairsOf(query: string): readonly (readonly [key: string, value: string])[] {
  if (query === '') return []
  return query.split('&').map((pair) => {
    const cut = pair.indexOf('=')
    return cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)]
  })
}

function isIn(cidr: string, address: string): boolean {
  const [net = '', bits = ''] = cidr.split('/')
  const family = isIP(net)
  if (family === 0 || isIP(address) !== family || bits === '') return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(net, Number(bits), type)
  return block.check(address, type)
}
