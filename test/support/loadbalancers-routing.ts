import type { LoadBalancersObserved, ObservedRule } from '../../controllers/loadbalancers/observed.ts'
import type { RuleWish } from '../../controllers/loadbalancers/wish.ts'
import { covers } from '../../controllers/shared/hosts.ts'

/** A request to a listener of a load balancer. */
export type Request = { readonly port: number; readonly host: string; readonly path: string }

/** The rule that the load balancer tries first of those that match, as AWS has it: the lowest priority wins. */
export function ruleFor(world: LoadBalancersObserved, balancer: string, request: Request): ObservedRule | null {
  const listener = world.listeners.find((item) => item.LoadBalancerArn === balancer && item.Port === request.port)
  const matching = world.rules.filter(
    (rule) =>
      rule.ListenerArn === listener?.ListenerArn &&
      (rule.Hosts.length === 0 || rule.Hosts.some((host) => takesHost(host, request.host))) &&
      (rule.Paths.length === 0 || rule.Paths.some((path) => matches(path, request.path))),
  )
  return matching.sort((a, b) => a.Priority - b.Priority)[0] ?? null
}

/** The wanted line that a request belongs to, were there a rule for each. `lines` in order of precedence. */
export function lineFor(lines: readonly RuleWish[], request: Request): RuleWish | null {
  const takes = (line: RuleWish) =>
    line.port === request.port &&
    (line.host === '' || takesHost(line.host, request.host)) &&
    (line.paths.length === 0 || line.paths.some((path) => matches(path, request.path)))
  return lines.find(takes) ?? null
}

/** Requests that tell the lines apart: for every value of a line, one that it matches, on every port and host. */
export function requestsFor(lines: readonly RuleWish[]): readonly Request[] {
  const paths = [...new Set(['/', '/other/x', ...lines.flatMap((line) => line.paths).map(sample)])]
  const ends = new Map(lines.map((line) => [`${line.port} ${line.host}`, line]))
  return [...ends.values()].flatMap(({ port, host }) =>
    paths.map((path) => ({ port, host: host === '' ? 'any.example.net' : host.replace('*', 'some'), path })),
  )
}

export function sample(value: string): string {
  return value.replaceAll('*', 'zz').replaceAll('?', 'q')
}

function takesHost(pattern: string, host: string): boolean {
  return covers(pattern, host) || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
}

function matches(pattern: string, path: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(path)
}
